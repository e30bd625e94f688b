"""Opens the files of a dataset in a destination."""

from __future__ import annotations

import os

from lumber.destinations.address import Address, Kind
from lumber.destinations.credentials import Credentials
from lumber.destinations.layout import EXPORTS, manifest_key
from lumber.destinations.opening import open_store
from lumber.destinations.options import parse_options
from lumber.destinations.reading.place import Place, is_export_id
from lumber.destinations.reading.pointers import find_version
from lumber.destinations.reading.published import PublishedFiles
from lumber.destinations.store import Store
from lumber.errors import DatasetMissing

# Where the tools of the providers look for another endpoint.
_ENDPOINTS = {Kind.S3: ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")}
_ACCOUNTS = ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT")


def open_address(address: Address) -> Store:
    """Open a place that isn't registered, with the settings that the environment has for its provider."""
    options = {}
    if endpoint := _first(_ENDPOINTS.get(address.kind, ())):
        options["endpoint"] = endpoint
    if address.kind is Kind.AZURE and (account := _first(_ACCOUNTS)):
        options["account"] = account
    return open_store(address, parse_options(options, address), Credentials())


def files_in(store: Store, place: Place) -> PublishedFiles:
    """Return the files of a version in a store.

    Raises DatasetMissing, DatasetDamaged if what names the version is damaged, and a DestinationError.
    """
    version = place.version
    if place.root is None:
        return PublishedFiles(store, _root_of(store, version), version)
    if is_export_id(version):
        return PublishedFiles(store, place.root, version)
    pointer = find_version(store, place.root, version)
    return PublishedFiles(store, place.root, pointer.export_id, pointer)


def _root_of(store: Store, export_id: str) -> str:
    """Return the root that an export was published in."""
    for root in (EXPORTS, *store.folders()):
        if store.find(manifest_key(root, export_id)) is not None:
            return root
    raise DatasetMissing(
        f"{store.address} has no export {export_id}: it wasn't published there, or it was removed."
    )


def _first(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)
