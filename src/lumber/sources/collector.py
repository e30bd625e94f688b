"""Opens a source whose rows are collected first: its reader, its mappings compiled, and the collecting."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from lumber.catalog.kind import Kind
from lumber.catalog.registry import all_kinds, get_kind
from lumber.catalog.selection import Selection
from lumber.errors import ConfigError, FieldProblem
from lumber.files.modes import PRIVATE_FOLDER
from lumber.files.temporary import process_folder
from lumber.sources.collected_file import Stopped
from lumber.sources.collected_kind import CollectedKind, kind_to_collect, plain_table
from lumber.sources.collecting import (
    FILES,
    ROWS_FILE,
    Collection,
    collect,
    find_collection,
    reading_errors,
)
from lumber.sources.guarantee import Guarantee
from lumber.sources.interface import NoSuchTable, Query, Reader, ReaderOptions, ReaderTable
from lumber.sources.lines import nearest
from lumber.sources.mapping import TableMapping
from lumber.sources.registry import Source
from lumber.sources.tables import MOST_LISTED, SourceTable
from lumber.store.shielded import shielded
from lumber.text import counted

SAMPLE_ROWS = 20_000
SAMPLE_SECONDS = 5.0
_LOOK_SECONDS = 0.2

T = TypeVar("T")


class Collector:
    """What collects the rows of an opened source, in the folder that its files are in.

    With `is_sample` only the first rows of each kind are read.
    """

    def __init__(
        self,
        reader: Reader,
        kinds: Mapping[str, CollectedKind],
        folder: Path,
        stopped: threading.Event,
        *,
        is_sample: bool,
    ) -> None:
        self._reader = reader
        self._kinds = kinds
        self._folder = folder
        self._stopped = stopped
        self._is_sample = is_sample
        self._found: Collection | None = None

    @property
    def file(self) -> Path:
        """The SQLite file that has the rows once they are collected."""
        return self._folder / ROWS_FILE

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of the files that an attempt leaves for the next one."""
        return FILES

    @property
    def found(self) -> Collection | None:
        """The collection, once there is one."""
        return self._found

    def has_all(self, kind: str) -> bool:
        """Say whether all rows of a kind are collected."""
        found = self._found
        return found is not None and (not self._is_sample or found.is_whole.get(kind, False))

    def find(self) -> Collection | None:
        """Return what an earlier attempt has collected, if it is complete and of the same rows."""
        self._found = find_collection(self._folder, list(self._kinds.values()))
        return self._found

    async def collect(self, on_rows: Callable[[int], None] = lambda _rows: None) -> Collection:
        """Return the collection: that of an earlier attempt, or a new one. Raises as `collecting.collect`."""
        if self._found is not None:
            return self._found
        self._found = await until_done(
            lambda: collect(
                self._reader,
                list(self._kinds.values()),
                self._folder,
                stopped=self._stopped,
                on_rows=on_rows,
                most_rows=SAMPLE_ROWS if self._is_sample else None,
                seconds=SAMPLE_SECONDS if self._is_sample else None,
            ),
            self._stopped,
            self._reader.cancel,
        )
        return self._found

    def notes(self, kind: str) -> list[str]:
        """Return what it costs to read a kind, and of which rows a sample is."""
        described = self._kinds[kind].described
        rows = "its rows" if described.rows is None else f"its rows (about {described.rows:,})"
        notes = [
            *described.notes,
            f"An export first collects {rows} in a private file beside the dataset, in one read, and deletes "
            "the file when it is done. That takes the disk space of the columns that the mapping reads.",
        ]
        found = self._found
        if found is not None and self._is_sample and not found.is_whole.get(kind, False):
            total = "" if described.rows is None else f" of about {described.rows:,}"
            verb = "was" if found.facts["rows"][kind] == 1 else "were"
            notes.insert(
                0,
                f"Only the first {counted(found.facts['rows'][kind], 'row')}{total} {verb} read: all numbers "
                "here are about them.",
            )
        return notes


async def until_done(
    work: Callable[[], T], stopped: threading.Event, cancel: Callable[[], None] = lambda: None
) -> T:
    """Return the result of `work`, run in a thread to its end; when stopped, `cancel` ends it early.

    A cancelled task waits for the thread too, and is then cancelled.
    """

    async def run() -> T:
        future = asyncio.get_running_loop().run_in_executor(None, work)
        while not future.done():
            await asyncio.wait([future], timeout=_LOOK_SECONDS)
            if stopped.is_set() and not future.done():
                await asyncio.get_running_loop().run_in_executor(None, cancel)
        return future.result()

    is_cancelled = threading.Event()

    def on_cancel() -> None:
        is_cancelled.set()
        stopped.set()

    try:
        found = await shielded(run(), on_cancel)
    except Stopped:
        raise asyncio.CancelledError from None
    except Exception:
        if stopped.is_set():
            raise asyncio.CancelledError from None
        raise
    if is_cancelled.is_set():
        raise asyncio.CancelledError
    return found


@asynccontextmanager
async def opened_reader(source: Source, options: ReaderOptions) -> AsyncIterator[Reader]:
    """Open the reader of a source for the block. Raises SourceDenied, SourceUnfit or SourceFailed."""
    from lumber.sources.readers.finding import open_reader

    address = source.reader_address()
    reader = await until_done(lambda: open_reader(address, options), options.stopped)
    try:
        yield reader
    finally:
        await shielded(asyncio.to_thread(reader.close), lambda: None)


@asynccontextmanager
async def opened_collector(
    source: Source,
    kinds: Sequence[str],
    options: ReaderOptions,
    *,
    folder: Path | None,
    selections: Sequence[Selection],
) -> AsyncIterator[tuple[Collector, dict[str, CollectedKind]]]:
    """Open a source for reading these kinds and those that they refer to; nothing is collected yet.

    Without a `folder`, a sample is collected into one that goes at the end.
    """
    is_sample = folder is None
    place = process_folder() / f"source-{uuid4().hex}" if folder is None else folder
    names = [name for name in _with_references(kinds) if name in source.mappings]
    chosen = {each.kind.name: each for each in selections} if len(names) == 1 else {}
    try:
        if is_sample:
            place.mkdir(PRIVATE_FOLDER)
        async with opened_reader(source, options) as reader:
            found = {}
            for name in names:
                mapping = source.mappings[name].mapping
                described = await until_done(
                    lambda mapping=mapping: describe(reader, mapping),  # type: ignore[misc]
                    options.stopped,
                    reader.cancel,
                )
                require_guarantee(mapping, described)
                found[name] = kind_to_collect(mapping, described, chosen.get(name))
            yield Collector(reader, found, place, options.stopped, is_sample=is_sample), found
    finally:
        if is_sample:
            with suppress(OSError):
                shutil.rmtree(place)


async def described(source: Source, mapping: TableMapping, options: ReaderOptions) -> ReaderTable:
    """Return what a source says about the rows of a mapping. Raises as `describe` and `opened_reader`."""
    async with opened_reader(source, options) as reader:
        return await until_done(lambda: describe(reader, mapping), options.stopped, reader.cancel)


def describe(reader: Reader, mapping: TableMapping) -> ReaderTable:
    """Return what a source says about the rows of a mapping. Raises ConfigError if there is no such table."""
    query = Query(mapping.table, mapping.select, filter=mapping.filter)
    try:
        with reading_errors():
            return reader.schema(query)
    except NoSuchTable as error:
        raise ConfigError([no_such_table(mapping, error)]) from None


def no_such_table(mapping: TableMapping, error: NoSuchTable) -> FieldProblem:
    """Return the problem of a table that a source doesn't have."""
    more = (
        f", and {counted(len(error.known) - MOST_LISTED, 'other')}" if len(error.known) > MOST_LISTED else ""
    )
    message = f"there is no table {error.name!r}{nearest(error.name, error.known)}{more}"
    return mapping.lines.problem("table", error.name, message, error.known[:MOST_LISTED])


def require_guarantee(mapping: TableMapping, described: ReaderTable) -> None:
    """Raise ConfigError if a source can't hold what a mapping promises."""
    if mapping.guarantee is not Guarantee.SNAPSHOT or described.guarantee is Guarantee.SNAPSHOT:
        return
    why = f" {' '.join(described.notes)}" if described.notes else ""
    allowed = (Guarantee.APPEND_ONLY.value, Guarantee.BEST_EFFORT.value)
    message = f"{described.name} can't be read as it was at one moment.{why}"
    raise ConfigError([mapping.lines.problem("guarantee", mapping.guarantee.value, message, allowed)])


def _with_references(kinds: Sequence[str]) -> list[str]:
    """Return these kinds, and those whose rows theirs refer to."""
    by_table = {get_kind(name).table: name for name in all_kinds()}
    found = list(kinds)
    for name in kinds:
        kind: Kind = get_kind(name)
        found += [by_table[each.table] for each in kind.references]
        found += [kind.leader.kind] if kind.leader is not None else []
    return list(dict.fromkeys(found))


async def listed_tables(source: Source, options: ReaderOptions) -> list[str]:
    """Return the names of what can be read in a source."""
    async with opened_reader(source, options) as reader:
        with reading_errors():
            return await until_done(reader.tables, options.stopped, reader.cancel)


async def reflected(source: Source, name: str, options: ReaderOptions) -> SourceTable:
    """Return a table as its rows are once they are collected. Raises ConfigError if there is none."""
    async with opened_reader(source, options) as reader:

        def find() -> ReaderTable:
            with reading_errors():
                return reader.schema(Query(name))

        try:
            described = await until_done(find, options.stopped, reader.cancel)
        except NoSuchTable as error:
            message = f"there is no table {name!r}{nearest(name, error.known)}"
            raise ConfigError([FieldProblem("table", name, message, error.known[:MOST_LISTED])]) from None
    return plain_table(described)
