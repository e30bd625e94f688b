"""Loaded sources, from the ledger, and rejected lines, from their files."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from lumber.errors import ConfigError, SourceMissing
from lumber.files.folder import Folder
from lumber.ingest.recognition import Recognition
from lumber.ingest.source_ids import check_source_id
from lumber.store.database import Database
from lumber.store.models import IngestSource

_READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """A source and how much of it is in the database. Bytes are counted after decompression."""

    source_id: str
    kind: str
    name: str
    is_complete: bool
    bytes: int
    lines: int
    loaded: int
    rejected: int
    reject_bytes: int
    created_at: datetime
    updated_at: datetime
    reading: Mapping[str, Any] | None = None
    recognition: Recognition = field(default=Recognition())

    @classmethod
    def of(cls, row: IngestSource) -> LoadedSource:
        """Build it from the ledger's row."""
        return cls(
            source_id=row.source_id,
            kind=row.kind,
            name=row.name,
            is_complete=bool(row.is_complete),
            bytes=row.bytes_done,
            lines=row.lines_done,
            loaded=row.loaded,
            rejected=row.rejected,
            reject_bytes=row.reject_bytes,
            created_at=row.created_at,
            updated_at=row.updated_at,
            reading=row.reading,
            recognition=Recognition.read(row.recognition),
        )


async def find_source(database: Database, source_id: str) -> LoadedSource:
    """Return a source. Raises SourceMissing."""
    with suppress(ConfigError):
        # Only a valid id is looked up: the name of a file is made from it.
        check_source_id(source_id)
        async with database.session() as session:
            row = await session.get(IngestSource, source_id)
        if row is not None:
            return LoadedSource.of(row)
    raise SourceMissing(f"Nothing was loaded under the source id {source_id!r}.")


def open_rejects(source: LoadedSource, data_dir: Path) -> BinaryIO | None:
    """Open the file of a source's rejects; None if there are no rejects. Raises SourceMissing."""
    if not source.rejected:
        return None
    folder = data_dir.expanduser().absolute()
    path = f"rejects/{source.source_id}.jsonl"
    try:
        with Folder.open(folder) as opened:
            return opened.file(path)
    except OSError:
        raise SourceMissing(
            f"The rejects of {source.source_id} are not at {folder / path}: they were written to another "
            "file or on another machine, or the file was removed."
        ) from None


def reject_lines(source: LoadedSource, data_dir: Path, limit: int | None) -> Generator[bytes]:
    """Yield a source's rejects as far as they are committed, but at most `limit` lines.

    The file is opened with the first line. Raises SourceMissing.
    """
    left = source.reject_bytes
    file = open_rejects(source, data_dir)
    if file is None:
        return
    with file:
        while left > 0 and (limit is None or limit > 0):
            data = file.readline(left) if limit is not None else file.read(min(left, _READ_BYTES))
            if not data:
                return
            left -= len(data)
            limit = limit if limit is None else limit - 1
            yield data
