"""Plans a backfill: cuts a past range into windows that a dataset doesn't hold yet, one for each version.

Windows follow each other outwards from the range that the dataset holds, so it never has a gap, and what it
holds says what is left to do. An increment never leaves out rows of the version before, and reads none of
them again. So windows can overlap, and can run in any order: no row is added twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.catalog.kind import Kind
from lumber.errors import ConfigError, DatasetStateError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.exports.guests import guest_of, sourced
from lumber.exports.parsing import parse_config
from lumber.exports.snapshot import Snapshot, take_snapshot
from lumber.exports.status import Status
from lumber.exports.versions.listing import dataset_row
from lumber.exports.versions.origin import only_grows
from lumber.exports.versions.planning import dependent_step, held_range, range_us
from lumber.exports.versions.reserving import (
    VersionState,
    latest_version,
    newest_version,
    parent_of,
    refuse_held,
)
from lumber.sources.registry import Source
from lumber.store.database import Database
from lumber.store.keyset import Cutoff, Keyset
from lumber.store.models import DatasetVersion, ExportStatus
from lumber.store.types import from_microseconds, to_microseconds

# SQLite counts at most 500 windows in one statement.
MOST_WINDOWS = 400
_LENGTHS = ("12h", "1d", "7d", "1month")
_LENGTH = re.compile(r"([1-9][0-9]{0,3}) *(h|hours?|d|days?|w|weeks?|months?)")
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Length:
    """The length of windows: months of the calendar in UTC, or a time."""

    months: int = 0
    time: timedelta = timedelta(0)

    def edge(self, start: datetime, count: int) -> datetime:
        """Return the beginning of the window `count` after the one that begins at `start`."""
        if not self.months:
            return start + self.time * count
        years, month = divmod(start.month - 1 + self.months * count, 12)
        first = start.replace(year=start.year + years, month=month + 1, day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        return min(first + timedelta(days=start.day - 1), following - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Window:
    """A range of time to add: from `start` on, before `before`. `rows` are those of kinds that only grow."""

    start: datetime
    before: datetime
    rows: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"start": self.start.isoformat(), "before": self.before.isoformat(), "rows": self.rows}


@dataclass(frozen=True, slots=True)
class Backfill:
    """What is left to add to a dataset: `windows`, in this order, with the config of its latest version.

    `held` is what the dataset holds, from the first on, before the second; None: no limit.
    """

    dataset: str
    number: int
    config: ExportConfig
    held: tuple[datetime | None, datetime | None]
    windows: tuple[Window, ...]
    # What each window reads besides its own rows.
    notes: tuple[str, ...] = ()

    def config_of(self, window: Window) -> ExportConfig:
        """Return the config of the export that adds a window."""
        dates = {"start_date": window.start, "end_date": None, "end_before": window.before}
        return self.config.model_copy(
            update={**dates, "dataset": self.dataset, "incremental": True, "new_major": False}
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "dataset": self.dataset,
            "latest": self.number,
            "held": [None if each is None else each.isoformat() for each in self.held],
            "windows": [each.as_json() for each in self.windows],
            "notes": list(self.notes),
        }


def parse_length(text: str) -> Length:
    """Return the length of windows: `12h`, `1d`, `7d`, `2w`, `1month`. Raises ConfigError."""
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None:
        message = f"{text!r} isn't the length of a window"
        raise ConfigError([FieldProblem("window", text, message, _LENGTHS)])
    count, unit = int(match[1]), match[2]
    if unit.startswith("m"):
        return Length(months=count)
    hours = {"h": 1, "d": 24, "w": 168}[unit[0]]
    return Length(time=timedelta(hours=count * hours))


async def plan_backfill(
    database: Database,
    name: str,
    start: str | datetime,
    end: str | datetime | None,
    length: Length,
    *,
    owner_id: str | None = None,
    counts: bool = True,
) -> Backfill:
    """Return the windows that a dataset doesn't hold yet, the latest first, then those after its end.

    Raises DatasetNotFound, DatasetStateError if it has no version or one that is held, and ConfigError.
    """
    async with database.session() as session:
        dataset = await dataset_row(session, name, owner_id)
        refuse_held(dataset, await newest_version(session, dataset.id))
        latest = await latest_version(session, dataset.id)
        if latest is None:
            text = f"{dataset.name} has no version yet. Make the first one: lumber export --dataset "
            raise DatasetStateError(f"{text}{dataset.name} --incremental")
        stored = await session.scalar(
            sa.select(ExportStatus.config).where(ExportStatus.id == latest.export_id)
        )
        if stored is None:
            text = f"The export of version {latest.number} of {dataset.name} is gone, and its config with it."
            raise DatasetStateError(
                f"{text} Make another version first: lumber export --dataset {dataset.name}"
            )
        held = held_range(parent_of(latest))
    config = parse_config(stored)
    async with sourced(config, database) as source:
        earlier, later = window_edges(config, held, start, end, length)
        windows = [Window(*each) for each in (*reversed(list(pairwise(earlier))), *pairwise(later))]
        if len(windows) > MOST_WINDOWS:
            text = f"makes more than {MOST_WINDOWS} windows: use longer ones"
            raise ConfigError([FieldProblem("window", None, text)])
        if counts and windows:
            rows = await _rows(database, config, source, (earlier, later))
            windows = [replace(each, rows=rows.get(each.start)) for each in windows]
        notes = tuple(_notes(config, source, len(windows)))
    return Backfill(dataset.name, latest.number, config, held, tuple(windows), notes)


def _notes(config: ExportConfig, source: Source | None, windows: int) -> Iterator[str]:
    """Yield what each window reads besides its own rows, and how many run at a time."""
    if windows > 1:
        yield "One window runs at a time, on all processes: each version continues the one before."
    if source is not None and source.words == "collected":
        yield f"Each window collects all rows of the source {source.name} first: longer windows cost less."
    whole = [kind.name for kind in config.kinds if not only_grows(kind, source)]
    if whole:
        yield f"Each window reads all {' and '.join(whole)}, because they change."
    for kind in config.kinds:
        step = dependent_step(config, kind, has_table=True) if only_grows(kind, source) else None
        if step is not None:
            yield (
                f"Each window reads all {kind.name} of the dataset again, because of {step}: longer windows "
                "cost less."
            )


async def busy_export(session: AsyncSession, name: str) -> str | None:
    """Return the export that is writing a version of a dataset; None without one. Raises DatasetNotFound."""
    dataset = await dataset_row(session, name)
    found: str | None = await session.scalar(
        sa.select(ExportStatus.id)
        .join(DatasetVersion, DatasetVersion.export_id == ExportStatus.id)
        .where(DatasetVersion.dataset_id == dataset.id, DatasetVersion.state == VersionState.BUILDING)
        .where(ExportStatus.status.in_((Status.PENDING, Status.RUNNING)))
        .limit(1)
    )
    return found


def window_edges(
    config: ExportConfig,
    held: tuple[datetime | None, datetime | None],
    start: str | datetime,
    end: str | datetime | None,
    length: Length,
) -> tuple[list[datetime], list[datetime]]:
    """Return the edges of the windows before what the dataset holds, and of those after it."""
    asked = {
        "data_types": config.data_types,
        "source": config.source,
        "start_date": start,
        "end_date": end,
    }
    first_us, end_us = range_us(parse_config(asked).selections()[0])
    if first_us is None:
        raise ConfigError([FieldProblem("start_date", start, "is required")])
    first, before = from_microseconds(first_us), None if end_us is None else from_microseconds(end_us)
    held_first, held_end = held
    earlier: list[datetime] = []
    later: list[datetime] = []
    if held_first is not None and first < held_first:
        if before is not None and before < held_first:
            text = f"would leave a gap before {held_first.isoformat()}, where the rows of the dataset begin"
            message = f"{text}: leave it out, or give a later one"
            raise ConfigError([FieldProblem("end_date", before.isoformat(), message)])
        earlier = _cut(first, first, held_first, length)
    if held_end is not None and before is not None and before > held_end:
        later = _cut(min(first, held_end), held_end, before, length)
    return earlier, later


def _cut(grid: datetime, first: datetime, end: datetime, length: Length) -> list[datetime]:
    """Return the edges of windows from `first` to `end`. A grid has those in between: they stay the same."""
    edges = [first]
    number = 1 if length.months else max(1, (first - grid) // length.time)
    while len(edges) <= MOST_WINDOWS + 1:
        try:
            edge = length.edge(grid, number)
        except (OverflowError, ValueError):
            edge = _LAST
        if edge >= end:
            break
        if edge > first:
            edges.append(edge)
        number += 1
    return [*edges, end]


async def _rows(
    database: Database, config: ExportConfig, source: Source | None, ranges: Sequence[Sequence[datetime]]
) -> dict[datetime, int]:
    """Count the rows of kinds that only grow, in each window by its beginning.

    Nobody knows those of a source whose rows must be collected first.
    """
    kinds = tuple(kind for kind in config.kinds if only_grows(kind, source))
    if not kinds or (source is not None and source.words == "collected"):
        return {}
    found: dict[datetime, int] = {}
    async with (
        guest_of(config, database) as guest,
        take_snapshot(database, None, kinds, guest=guest) as snapshot,
    ):
        for edges in ranges:
            if edges:
                found |= await _counted(snapshot, config, kinds, edges)
    return found


async def _counted(
    snapshot: Snapshot, config: ExportConfig, kinds: Sequence[Kind], edges: Sequence[datetime]
) -> dict[datetime, int]:
    dates = {"start_date": edges[0], "end_date": None, "end_before": edges[-1]}
    found = dict.fromkeys(edges[:-1], 0)
    for selection in config.model_copy(update=dates).selections():
        if selection.kind in kinds:
            keys = Keyset(
                snapshot.connection, selection, snapshot.source.dialect, Cutoff(), snapshot.relations
            )
            rows = await keys.counts([to_microseconds(edge) for edge in edges])
            for edge, count in zip(edges, rows, strict=False):
                found[edge] += count
    return found
