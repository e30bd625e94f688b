"""Names the versions of a dataset in a destination, after the ledger has published them."""

from __future__ import annotations

import json
from typing import Any

from lumber.destinations.layout import latest_key, manifest_key, version_key
from lumber.destinations.promises import Promises
from lumber.destinations.store import KeyChanged, KeyExists, KeyMissing, Store, Unsupported
from lumber.errors import DestinationConflict, DestinationUnreachable

_LIMIT_BYTES = 100_000
_TRIES = 10


def name_version(
    store: Store,
    promises: Promises,
    root: str,
    *,
    number: int,
    data_version: str,
    export_id: str,
    manifest_sha256: str,
    is_latest: bool = True,
) -> None:
    """Write `versions/v<number>.json`, and `latest.json` unless that names a later version. Repeatable.

    Raises DestinationConflict if another export has this number there, and other DestinationErrors.
    """
    named = {
        "number": number,
        "data_version": data_version,
        "export_id": export_id,
        "manifest_sha256": manifest_sha256,
    }
    content = (json.dumps(named, indent=2) + "\n").encode()
    key = version_key(root, number)
    try:
        if not promises.conditional_put and store.find(key) is not None:
            raise KeyExists
        store.create(key, content)
    except KeyExists:
        if _read(store, key)[0] != named:
            raise DestinationConflict(
                f"{store.address.below(key)} names another export. Nothing was overwritten: choose another "
                "destination for this dataset."
            ) from None
    if is_latest:
        point_latest(
            store,
            promises,
            root,
            number=number,
            data_version=data_version,
            export_id=export_id,
            manifest_sha256=manifest_sha256,
        )


def withdraw(store: Store, root: str, *, export_id: str, number: int | None = None) -> None:
    """Remove the manifest of an export, and the name of its version. A clean-up then removes its data."""
    keys = [manifest_key(root, export_id)]
    store.delete(keys if number is None else [version_key(root, number), *keys])


def point_latest(
    store: Store,
    promises: Promises,
    root: str,
    *,
    number: int,
    data_version: str,
    export_id: str,
    manifest_sha256: str,
    is_forced: bool = False,
) -> None:
    """Let `latest.json` name this version, unless it names a later one; if `is_forced`, also then.

    Raises DestinationErrors.
    """
    named = {
        "number": number,
        "data_version": data_version,
        "export_id": export_id,
        "manifest_sha256": manifest_sha256,
    }
    content = (json.dumps(named, indent=2) + "\n").encode()
    key = latest_key(root)
    for _ in range(_TRIES):
        try:
            present, etag = _read(store, key)
        except KeyMissing:
            try:
                store.create(key, content)
            except KeyExists:
                continue
            return
        known = present.get("number")
        if not is_forced and isinstance(known, int) and known >= number:
            return
        try:
            store.replace(key, content, etag=etag if promises.conditional_update else None)
        except (KeyChanged, Unsupported):
            continue
        return
    raise DestinationUnreachable(f"{store.address.below(key)} changes all the time. Try again later.")


def _read(store: Store, key: str) -> tuple[dict[str, Any], str | None]:
    content, etag = store.read(key, _LIMIT_BYTES)
    try:
        value = json.loads(content)
    except ValueError:
        value = None
    return (value if isinstance(value, dict) else {}), etag
