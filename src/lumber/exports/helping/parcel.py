"""Parcels: work and results that one worker leaves for another in the staging folder of an export.

A parcel is a pickle without what each worker has of its own: how it opens the database, the key of private
exports, and the path of the folder. These are put in again where it is read. So neither a password nor a key
is in a file, and each machine may have the folder elsewhere. Known values of private exports are encrypted.

Reading a pickle runs what is in it. A parcel is read only if a process of this user wrote it, and if it has
the SHA-256 that the ledger says.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumber.engine.source import SourceSpec
from lumber.exports.helping.facts import MARKER
from lumber.files.staged import create_staged, open_staged, remove_staged
from lumber.privacy.rule import PrivacyRule
from lumber.privacy.sealed import sealed, unsealed

_PREFIX = "parcel-"
_SOURCE, _PRIVACY, _STAGING = "source", "privacy", "staging"


@dataclass(frozen=True, slots=True)
class Own:
    """What a worker has of its own, and no parcel holds."""

    staging: Path
    source: SourceSpec | None = field(default=None, repr=False)
    privacy: PrivacyRule | None = field(default=None, repr=False)


def write_parcel(value: Any, own: Own) -> dict[str, str]:
    """Write a value into staging. Return where it is, for the ledger. Raises OSError."""
    buffer = io.BytesIO()
    _Pickler(buffer, own).dump(value)
    content = buffer.getvalue()
    name = f"{_PREFIX}{uuid.uuid4().hex}"
    with os.fdopen(create_staged(own.staging / name), "wb") as file:
        file.write(content)
    return {"file": name, "sha256": hashlib.sha256(content).hexdigest()}


def read_parcel(place: Mapping[str, Any], own: Own) -> Any:
    """Read what `write_parcel` wrote. Raises ParcelRefused or OSError."""
    with open_staged(own.staging / str(place["file"])) as file:
        owner = os.fstat(file.fileno()).st_uid
        content = file.read()
    if owner != os.geteuid():
        raise ParcelRefused(f"{place['file']} in {own.staging} was written by another user ({owner}).")
    if hashlib.sha256(content).hexdigest() != place["sha256"]:
        raise ParcelRefused(f"{place['file']} in {own.staging} isn't the file that the ledger names.")
    return _Unpickler(io.BytesIO(content), own).load()


def remove_parcels(staging: Path) -> None:
    """Remove the parcels of an ended offer, and its marker. What can't be removed goes with staging."""
    with suppress(OSError):
        for path in list(staging.iterdir()):
            if path.name.startswith(_PREFIX) or path.name == MARKER:
                remove_staged(path)


class ParcelRefused(ValueError):
    """A staged file with work or results is not what the ledger says."""


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, own: Own) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._own = own

    def persistent_id(self, value: Any) -> Any:
        if isinstance(value, SourceSpec):
            return (_SOURCE,)
        if isinstance(value, PrivacyRule):
            # What a first pass found has names of hosts and users: nobody reads them without the key.
            return (_PRIVACY,) if value.known is None else (_PRIVACY, sealed(value))
        if isinstance(value, Path) and value.is_relative_to(self._own.staging):
            return (_STAGING, str(value.relative_to(self._own.staging)))
        return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, own: Own) -> None:
        super().__init__(file)
        self._own = own

    def persistent_load(self, name: Any) -> Any:
        what, *rest = name
        if what == _SOURCE and self._own.source is not None:
            return self._own.source
        if what == _PRIVACY and self._own.privacy is not None:
            return unsealed(self._own.privacy, rest[0]) if rest else self._own.privacy
        if what == _STAGING:
            return self._own.staging / rest[0]
        raise ParcelRefused(f"A parcel needs the {what} of this worker, which has none.")
