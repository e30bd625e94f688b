"""What an offer says that a worker must have and see, so that its files have the same bytes.

Same versions of Lumber and of the libraries that read and write rows, the same meaning of the config, the
same privacy key, and the same staging folder: a marker in it holds a number that only the ledger repeats.
"""

from __future__ import annotations

import os
import platform
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lumber.files.staged import STAGING, create_staged, open_staged, remove_staged
from lumber.version import __version__

MARKER = "offer"
_NONCE_BYTES = 16
_LIBRARIES = ("pyarrow", "polars", "numpy", "adbc-driver-manager")


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What an offer says.

    `folder` is the name of its staging folder. `snapshot_id` is the moment of PostgreSQL that the coordinator
    holds open. `changes` are the changes of rows that SQLite had counted at its moment, by table.
    """

    versions: dict[str, str]
    config_hash: str
    dialect: str
    folder: str
    nonce: str
    key_id: str | None = None
    snapshot_id: str | None = None
    changes: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the form of the ledger."""
        return asdict(self)

    @classmethod
    def load(cls, value: Mapping[str, Any]) -> OfferFacts:
        """Read what `as_json` returned. Raises ValueError."""
        return TypeAdapter(cls).validate_python(value)


def present_versions() -> dict[str, str]:
    """Return the versions that decide the bytes of a dataset, and what a parcel can be read with."""
    # It takes time to load, and most exports are never offered.
    from importlib.metadata import PackageNotFoundError, version

    found = {"lumber": __version__, "python": ".".join(map(str, sys.version_info[:2]))}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # pragma: no cover - a program that was packed without metadata
            found[name] = "unknown"
    return {**found, "machine": platform.machine()}


def difference(expected: Mapping[str, str], found: Mapping[str, str], *, what: str) -> str | None:
    """Say how the versions of a worker differ from those of the coordinator; None: they don't."""
    names = [name for name in (*expected, *found) if expected.get(name) != found.get(name)]
    if not names:
        return None
    texts = [
        f"{name} {found.get(name, 'missing')} instead of {expected.get(name, 'none')}"
        for name in dict.fromkeys(names)
    ]
    return f"{what} has {', '.join(texts)}"


def write_marker(staging: Path) -> str:
    """Write the marker into a staging folder, in place of an earlier one, and return its number.

    Raises OSError.
    """
    remove_staged(staging / MARKER)
    nonce = secrets.token_hex(_NONCE_BYTES)
    with os.fdopen(create_staged(staging / MARKER), "wb") as file:
        file.write(nonce.encode())
    return nonce


def find_staging(facts: OfferFacts, folders: list[Path]) -> Path | None:
    """Return the staging folder of an offer in one of these output folders; None if none has its marker."""
    for folder in folders:
        staging = folder / STAGING / facts.folder
        try:
            with open_staged(staging / MARKER) as file:
                nonce = file.read(2 * _NONCE_BYTES + 1)
                owner = os.fstat(file.fileno()).st_uid
        except OSError:
            continue
        if secrets.compare_digest(nonce, facts.nonce.encode()) and owner == os.geteuid():
            return staging
    return None
