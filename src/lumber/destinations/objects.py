"""ObjectStore: a bucket of S3, Google or Azure, through obstore.

obstore has threads: in a process that was forked after its parent used it, its calls hang for ever. So it is
imported here only, when a store is opened, and no process that forks others may open one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from lumber.destinations.address import Address, Kind
from lumber.destinations.credentials import Credentials
from lumber.destinations.failures import is_bucket_missing, missing_bucket, store_errors
from lumber.destinations.multipart import MultipartUploads
from lumber.destinations.options import DestinationOptions
from lumber.destinations.store import (
    PART_BYTES,
    KeyChanged,
    KeyExists,
    KeyMissing,
    Stored,
    Unfinished,
    Unsupported,
)
from lumber.errors import DestinationError

_MOST_PARTS = 9_000
_PARTS_AT_ONCE = 2
_DELETED_AT_ONCE = 500
_REQUEST_SECONDS = 30
# Files are tried again by whoever uploads them, who also notices a cancellation. This covers one request.
_RETRIES = 2
_RETRY_SECONDS = 10


class ObjectStore:
    """A bucket with a prefix. See `Store`."""

    def __init__(self, address: Address, options: DestinationOptions, credentials: Credentials) -> None:
        """Open it. Nothing is sent before the first call. Raises DestinationError."""
        self.address = address
        self._options = options
        self._credentials = credentials
        self._pid = os.getpid()
        with store_errors(address):
            self._store = _open(address, options, credentials)

    def find(self, key: str) -> Stored | None:
        """Return what is at a key; None if nothing is there."""
        obstore = self._library()
        try:
            with self._errors():
                return _stored(obstore.head(self._store, key))
        except KeyMissing:
            return None

    def read(self, key: str, limit_bytes: int) -> tuple[bytes, str | None]:
        """Return the content of a small object, with its etag. Raises KeyMissing."""
        obstore = self._library()
        with self._errors():
            found = obstore.get(self._store, key)
            if found.meta["size"] > limit_bytes:
                raise DestinationError(
                    f"{self.address.below(key)} has {found.meta['size']:,} bytes, more than the "
                    f"{limit_bytes:,} that are read."
                )
            return bytes(found.bytes()), found.meta["e_tag"]

    def stream(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """Yield the content of an object from a place on. Raises KeyMissing."""
        obstore = self._library()
        with self._errors():
            options = {"range": {"offset": start}} if start else None
            for chunk in obstore.get(self._store, key, options=options).stream(PART_BYTES):
                yield bytes(chunk)

    def create(self, key: str, content: bytes) -> None:
        """Write a new object. Raises KeyExists if the store finds one there."""
        obstore = self._library()
        with self._errors():
            obstore.put(self._store, key, content, mode="create", use_multipart=False)

    def replace(self, key: str, content: bytes, *, etag: str | None = None) -> None:
        """Write an object; with `etag`, only in the place of this content. Raises KeyChanged, Unsupported."""
        obstore = self._library()
        mode: Any = "overwrite" if etag is None else {"e_tag": etag}
        with self._errors():
            obstore.put(self._store, key, content, mode=mode, use_multipart=False)

    def upload(self, key: str, parts: Iterator[bytes], size_bytes: int) -> None:
        """Write a large object from its parts. If the iterator raises an error, nothing is at the key."""
        obstore = self._library()
        part_bytes = max(PART_BYTES, -(-size_bytes // _MOST_PARTS))
        with self._errors():
            obstore.put(
                self._store,
                key,
                parts,
                use_multipart=True,
                chunk_size=part_bytes,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield all objects below a prefix, in any order."""
        obstore = self._library()
        with self._errors():
            for chunk in obstore.list(self._store, prefix.rstrip("/")):
                yield from (_stored(each) for each in chunk)

    def folders(self) -> Sequence[str]:
        """Return the names of the folders at the top."""
        obstore = self._library()
        with self._errors():
            found = obstore.list_with_delimiter(self._store)
        return [each.rstrip("/").rpartition("/")[2] for each in found["common_prefixes"]]

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects. Keys without one are fine."""
        obstore = self._library()
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            batch = list(keys[start : start + _DELETED_AT_ONCE])
            if self.address.kind is Kind.S3:
                # In one request, where a key without an object is no error.
                with self._errors():
                    obstore.delete(self._store, batch)
                continue
            for key in batch:
                try:
                    with self._errors():
                        obstore.delete(self._store, key)
                except KeyMissing:
                    continue

    def unfinished(self, prefix: str) -> Sequence[Unfinished] | None:
        """Return the unfinished uploads below a prefix; None if this store can't list them."""
        uploads = MultipartUploads.of(self.address, self._options, self._credentials)
        return None if uploads is None else uploads.list(prefix)

    def abandon(self, upload: Unfinished) -> None:
        """Remove an unfinished upload and its parts. One that is gone is fine."""
        uploads = MultipartUploads.of(self.address, self._options, self._credentials)
        if uploads is not None:
            uploads.abort(upload)

    def _library(self) -> Any:
        if os.getpid() != self._pid:
            raise RuntimeError("a store can't be used in a forked process: open another one there")
        import obstore

        return obstore

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn errors about a key into ours, and all others into a DestinationError."""
        from obstore import exceptions

        try:
            with store_errors(self.address):
                try:
                    yield
                except exceptions.AlreadyExistsError:
                    raise KeyExists from None
                except exceptions.PreconditionError:
                    raise KeyChanged from None
                except (exceptions.NotSupportedError, NotImplementedError):
                    raise Unsupported from None
        except FileNotFoundError as error:
            if is_bucket_missing(str(error)):
                raise missing_bucket(self.address) from None
            raise KeyMissing from None


def _stored(meta: Any) -> Stored:
    return Stored(meta["path"], meta["size"], meta["last_modified"], meta["e_tag"])


def _open(address: Address, options: DestinationOptions, credentials: Credentials) -> Any:
    from obstore import store

    common: dict[str, Any] = {
        "prefix": address.prefix or None,
        "client_options": {
            "allow_http": options.allow_http or options.is_local,
            "timeout": timedelta(seconds=_REQUEST_SECONDS),
            "connect_timeout": timedelta(seconds=5),
        },
        "retry_config": {
            "max_retries": _RETRIES,
            "retry_timeout": timedelta(seconds=_RETRY_SECONDS),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=2),
                "base": 2,
            },
        },
    }
    secrets = credentials.load(address.kind)
    if address.kind is Kind.S3:
        is_path_style = options.path_style if options.path_style is not None else options.endpoint is not None
        common |= {"virtual_hosted_style_request": not is_path_style}
        common |= {name: value for name in ("endpoint", "region") if (value := getattr(options, name))}
        if secrets is not None:
            common["credential_provider"] = _S3Provider(credentials)
            common.setdefault("region", "us-east-1")
        return store.S3Store(address.bucket, **common)
    if address.kind is Kind.GCS:
        if options.endpoint is not None:
            common["base_url"] = options.endpoint
        common |= secrets or {}
        return store.GCSStore(address.bucket, **common)
    if options.endpoint is not None:
        common["endpoint"] = options.endpoint
    names = {"account_key": "account_key", "sas_token": "sas_key"}
    common |= {names[name]: value for name, value in (secrets or {}).items()}
    return store.AzureStore(address.bucket, account_name=options.account, **common)


class _S3Provider:
    """Gives obstore the secrets, and reads them again every few minutes, because they may be rotated.

    Those of the environment then don't mix with them.
    """

    _MINUTES = 5

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __call__(self) -> dict[str, Any]:
        found = self._credentials.load(Kind.S3) or {}
        return {
            "access_key_id": found["access_key_id"],
            "secret_access_key": found["secret_access_key"],
            "token": found.get("session_token"),
            "expires_at": datetime.now(UTC) + timedelta(minutes=self._MINUTES),
        }
