"""Opens the store of a destination."""

from __future__ import annotations

from lumber.destinations.address import Address, Kind
from lumber.destinations.credentials import Credentials
from lumber.destinations.options import DestinationOptions
from lumber.destinations.store import Store
from lumber.files.modes import DEFAULT_UMASK, umask_of


def open_store(
    address: Address,
    options: DestinationOptions | None = None,
    credentials: Credentials | None = None,
    *,
    umask: int | None = None,
    must_exist: bool = False,
) -> Store:
    """Return the store at an address. Nothing is sent and nothing is made yet.

    Files in a folder get their mode from `umask`. With `must_exist`, a folder that is missing is an error of
    each call, because its disk may not be mounted. Otherwise the first write makes it. Raises
    DestinationDenied if the secrets can't be read.
    """
    if address.kind is Kind.FOLDER:
        # An object store takes a library that folders don't need.
        from lumber.destinations.folder import FolderStore

        mask = umask_of(DEFAULT_UMASK) if umask is None else umask
        return FolderStore(address, umask=mask, must_exist=must_exist)
    from lumber.destinations.objects import ObjectStore

    return ObjectStore(address, options or DestinationOptions(), credentials or Credentials())
