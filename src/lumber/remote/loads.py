"""What was loaded at a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from lumber.ingest.loads import Load, LoadPage, is_source_id
from lumber.ingest.recognition import FormatCount, Recognition
from lumber.ingest.uploads.sources import LoadedSource

if TYPE_CHECKING:
    from lumber.remote.client import Client

_MOST_PER_PAGE = 1_000


class _Record(BaseModel):
    """A load as a service tells it. Fields of later versions are left out."""

    source_id: str
    kind: str
    name: str
    is_complete: bool
    bytes: int
    lines: int
    loaded: int
    rejected: int
    created_at: datetime
    updated_at: datetime
    can_delete: bool
    reading: dict[str, Any] | None = None
    formats: list[FormatCount] = Field(default_factory=list)
    unrecognised: int = 0
    filled: dict[str, int] = Field(default_factory=dict)
    addresses: int | None = None


class _Page(BaseModel):
    loads: list[dict[str, Any]]
    total: int
    next_after: str | None = None


def page_of_loads(client: Client, limit: int, after: str | None) -> LoadPage:
    """Return one page of loads, newest first; a long one in several calls."""
    found: list[Load] = []
    while True:
        size = min(limit - len(found), _MOST_PER_PAGE)
        page = client.read(_Page, client.connection.get("/loads", {"limit": size, "after": after}))
        found += [load_of(client, item) for item in page.loads]
        after = page.next_after
        if after is None or len(found) >= limit:
            return LoadPage(found, page.total, after)


def load_of(client: Client, value: Mapping[str, Any]) -> Load:
    """Read one load."""
    record = client.read(_Record, value)
    source = LoadedSource(
        source_id=record.source_id,
        kind=record.kind,
        name=record.name,
        is_complete=record.is_complete,
        bytes=record.bytes,
        lines=record.lines,
        loaded=record.loaded,
        rejected=record.rejected,
        reject_bytes=0,  # of a file at the service
        created_at=record.created_at,
        updated_at=record.updated_at,
        reading=record.reading,
        recognition=Recognition(record.formats, record.unrecognised, record.filled),
    )
    return Load(source, record.can_delete, record.addresses)


def ids_starting_with(client: Client, prefix: str, limit: int) -> Sequence[str]:
    """Return the ids that begin with a text, the shortest first."""
    if not is_source_id(prefix):
        return []
    found = (load.source.source_id for load in _all(client))
    return sorted((each for each in found if each.startswith(prefix)), key=lambda each: (len(each), each))[
        :limit
    ]


def _all(client: Client) -> Iterator[Load]:
    after: str | None = None
    while True:
        page = page_of_loads(client, _MOST_PER_PAGE, after)
        yield from page.loads
        after = page.next_after
        if after is None:
            return
