"""Turns errors of a store into errors of Lumber, without their texts: these may contain keys and tokens."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from lumber.destinations.address import Address
from lumber.errors import (
    DestinationDenied,
    DestinationError,
    DestinationFull,
    DestinationUnreachable,
)

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_NO_BUCKET = frozenset(("NoSuchBucket", "ContainerNotFound", "InvalidBucketName"))
_FULL = frozenset(
    ("QuotaExceeded", "InsufficientStorage", "StorageFull", "XMinioStorageFull", "InsufficientCapacity")
)
_DENIED = frozenset(
    ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")
)
_STATUS_FULL = 507
_LAST_CLIENT_ERROR = 499
# What passes although the status is that of a client's mistake.
_PASSING = (408, 429)


@contextmanager
def store_errors(address: Address) -> Iterator[None]:
    """Turn an error of obstore inside the block into a DestinationError."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("obstore"):
            raise
        raise explained(address, type(error).__name__, str(error)) from None


def explained(address: Address, kind: str, text: str) -> DestinationError:
    """Return the error for one of obstore, by the name of its class and the facts in its text."""
    found = _STATUS.search(text)
    status = 0 if found is None else int(found[1])
    code = found[1] if (found := _CODE.search(text)) else ""
    shown = ", ".join(part for part in (code, f"status {status}" if status else "") if part)
    answer = f" ({shown})" if shown else ""
    if code in _NO_BUCKET:
        return missing_bucket(address)
    if code in _FULL or status == _STATUS_FULL:
        return DestinationFull(f"{address} has no room left{answer}. Free some, or raise its quota.")
    if kind in ("PermissionDeniedError", "UnauthenticatedError") or code in _DENIED:
        return DestinationDenied(
            f"{address} refuses the credentials, or they don't allow this{answer}. Check the secrets of the "
            "destination and the rights of the account."
        )
    if status in _PASSING or not status or status > _LAST_CLIENT_ERROR:
        return DestinationUnreachable(
            f"{address} doesn't respond as it should{answer}. Check its address and the network, or try "
            "again later."
        )
    return DestinationError(f"{address} rejected a request{answer}.")


def is_bucket_missing(text: str) -> bool:
    """Say whether the text of an error means that there is no such bucket."""
    found = _CODE.search(text)
    return found is not None and found[1] in _NO_BUCKET


def missing_bucket(address: Address) -> DestinationError:
    """Return the error for a bucket that doesn't exist."""
    return DestinationError(
        f"{address} doesn't exist: create the bucket {address.bucket!r}, or correct the address."
    )


def missing_folder(address: Address) -> DestinationUnreachable:
    """Return the error for a folder that doesn't exist: its disk may be away for a while."""
    return DestinationUnreachable(
        f"{address} doesn't exist: mount its disk, or make the folder. Nothing was written."
    )


@contextmanager
def folder_errors(address: Address) -> Iterator[None]:
    """Turn an error of the operating system inside the block into a DestinationError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DestinationFull(f"The disk of {address} is full. Free some space.") from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise DestinationDenied(
                f"{address} can't be written: {reason}. Correct its permissions."
            ) from None
        if error.errno in (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN):
            raise DestinationUnreachable(f"{address} doesn't respond: {reason}. Check the disk.") from None
        raise DestinationError(f"{address} can't be used: {reason}.") from None
