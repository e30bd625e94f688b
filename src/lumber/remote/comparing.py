"""What two exports at a service differ in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumber.exports.comparing.report import Comparison, Differences, DriftReport, RowReport

if TYPE_CHECKING:
    from lumber.remote.client import Client


def differences_of(client: Client, path: str, examples: int | None) -> Differences:
    """Return what the calls below a path say of two exports; of rows only with a number of examples."""
    rows = None
    if examples is not None:
        rows = client.read(RowReport, client.connection.get(f"{path}/rows", {"examples": examples}))
    return Differences(
        documents=client.read(Comparison, client.connection.get(path)),
        drift=client.read(DriftReport, client.connection.get(f"{path}/drift")),
        rows=rows,
    )
