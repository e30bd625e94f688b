"""Reads Parquet, CSV and JSON objects of a bucket of S3, as `folder` reads files: each is downloaded first.

Objects are downloaded one after the other, beside the dataset, and removed when they are read. Their entity
tags must be the same when all are read as when they were listed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from lumber.destinations.address import Kind, parse_address
from lumber.destinations.credentials import Credentials
from lumber.destinations.opening import open_store
from lumber.destinations.options import parse_options
from lumber.destinations.store import KeyMissing
from lumber.errors import ConfigError, DestinationDenied, DestinationError, SourceFailed, SourceUnfit
from lumber.files.temporary import process_folder
from lumber.sources.address import SourceAddress, checked_parameters, refused
from lumber.sources.interface import Json, Query, ReaderOptions
from lumber.sources.readers.folder import FolderReader, LakeFile, LakeTable, format_of

# Their beginnings tell the columns: each of them is downloaded.
_SNIFFED = 3


@dataclass(frozen=True, slots=True)
class _Given(Credentials):
    """Secrets that were read already."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def load(self, kind: Kind) -> dict[str, str] | None:
        """Return the secrets; None: those of the platform."""
        return dict(self.secrets) or None


class BucketReader(FolderReader):
    """An open bucket; see `Reader`. The address is `s3://KEY_ID@BUCKET/PREFIX`, the password the secret."""

    def __init__(self, address: SourceAddress, options: ReaderOptions) -> None:
        checked_parameters(address, ("endpoint", "region"))
        if (address.user is None) != (address.password is None):
            raise refused("needs the id of a key as its user and the secret as its password, or neither")
        try:
            place = parse_address(f"s3://{address.host}{address.path}")
            chosen = parse_options(dict(address.query), place)
        except ConfigError as error:
            raise refused(error.problems[0].message, error.problems[0].allowed) from None
        secrets = (
            {}
            if address.user is None or address.password is None
            else {"access_key_id": address.user, "secret_access_key": address.password}
        )
        shown = f"s3://{address.host}{address.path}".rstrip("/")
        with _store_errors(shown):
            self._store = open_store(place, chosen, _Given(secrets=secrets))
        parent = process_folder() if options.scratch is None else options.scratch
        root = Path(tempfile.mkdtemp(prefix="bucket-", dir=parent))
        try:
            self._open(root, shown, options)
        except BaseException:
            shutil.rmtree(root, ignore_errors=True)
            raise

    def walk(self) -> Iterator[LakeFile]:
        """Yield the objects with rows, in the order of their names."""
        found = []
        with _store_errors(self.shown):
            for each in self._store.list(""):
                name = each.key.rpartition("/")[2]
                if format_of(name) is not None and not name.startswith((".", "_")):
                    changed = each.etag or each.modified_at.isoformat()
                    found.append(LakeFile(each.key, each.size_bytes, changed))
        yield from sorted(found, key=lambda file: file.name)

    def path(self, name: str) -> Path:
        """Return where an object can be read: it is downloaded if it isn't there."""
        path = self._root / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".part-{path.name}")
            try:
                with _store_errors(self.shown), part.open("wb") as file:
                    for chunk in self._store.stream(name):
                        file.write(chunk)
            except KeyMissing:
                raise SourceFailed(f"{self.shown}/{name} went away while the files were read.") from None
            part.rename(path)
        return path

    def union(self, files: Sequence[LakeFile], most: int) -> str:
        """Return the SQL of the objects whose beginnings tell the columns."""
        step = -(-len(files) // min(most, _SNIFFED))
        return super().union(files[::step], most)

    def rows(self, table: LakeTable) -> int | None:
        """Return None: the number of rows is in each object."""
        return None

    def read(self, range_: Json) -> Iterator[pa.RecordBatch]:
        """Yield the rows of an object, and remove what was downloaded of it."""
        yield from super().read(range_)
        if "file" in range_:
            (self._root / range_["file"]).unlink(missing_ok=True)

    def freeze(self, queries: Sequence[Query]) -> Json:
        """List the objects with their entity tags."""
        # What was downloaded may be old.
        for each in self._root.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        return super().freeze(queries)

    def close(self) -> None:
        """Close DuckDB, and remove what was downloaded."""
        super().close()
        shutil.rmtree(self._root, ignore_errors=True)


@contextmanager
def _store_errors(shown: str) -> Iterator[None]:
    try:
        yield
    except DestinationDenied as error:
        raise SourceUnfit(f"{shown} denies access: {error}") from error
    except DestinationError as error:
        raise SourceFailed(f"{shown} can't be read: {error}") from error
