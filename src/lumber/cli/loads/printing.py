"""A load as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lumber.ingest.loads import Load

# Why a load of an earlier version stays, and what to do.
KEPT = (
    "An earlier version of Lumber loaded some of its rows and did not record which. To be without them, load "
    "everything else into a new database."
)


def as_json(load: Load) -> dict[str, Any]:
    """Return a load as `lumber loads` prints it with --json."""
    values = asdict(load.source)
    del values["reject_bytes"]
    values |= values.pop("recognition")
    for name in ("created_at", "updated_at"):
        values[name] = values[name].isoformat()
    if load.addresses is not None:
        values["addresses"] = load.addresses
    return {**values, "can_delete": load.can_delete}
