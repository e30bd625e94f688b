"""Counts the folders of an export with `partition_by`, and refuses more than readers cope with.

A few damaged times far off make folders of their own, which is fine; a table whose times are all over the
calendar would make a folder for nearly every row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lumber.engine.period_shards import period_numbers, period_starts
from lumber.engine.plan import BUCKETS, KeySource, KindPlan, counts_between
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.exports.guests import guest_of
from lumber.exports.planner import keys_of, plan_selection
from lumber.exports.snapshot import take_snapshot
from lumber.formats.periods import Period, period_folder
from lumber.store.database import Database
from lumber.text import counted

MOST_FOLDERS = 4_000

# The numbers of the first period and of the last one.
_Span = tuple[int, int]


async def check_rows_of_now(config: ExportConfig, database: Database, period: Period) -> None:
    """Raise ConfigError if the rows that a config selects now need more than MOST_FOLDERS folders.

    The times of the first and the last row mostly answer it. Only otherwise rows are counted.
    """
    async with (
        guest_of(config, database) as guest,
        take_snapshot(database, None, config.kinds, guest=guest) as snapshot,
    ):
        for selection in config.selections():
            keys = keys_of(selection, snapshot)
            span = await keys.span()
            if span is None:
                continue
            first, last = period_numbers(period, np.array(span)).tolist()
            if last - first >= MOST_FOLDERS:
                plan = await plan_selection(selection, snapshot, partition_rows=2**62)
                await check_folders(keys, plan, period)


async def check_folders(source: KeySource, plan: KindPlan, period: Period) -> None:
    """Raise ConfigError if the planned rows of a kind need more than MOST_FOLDERS folders.

    Most exports can't, by the bars of their plan; the database is asked only for the others.
    """
    if _length(_spans(plan, period)) > MOST_FOLDERS:
        await count_folders(source, plan, period)


async def count_folders(source: KeySource, plan: KindPlan, period: Period) -> int:
    """Return how many folders the planned rows of a kind need. Raises ConfigError beyond MOST_FOLDERS."""
    left, found = _spans(plan, period), set[str]()
    while left:
        width = 1 if _length(left) <= MOST_FOLDERS else max(1, -(-_length(left) // (len(left) * BUCKETS)))
        filled = [piece for span in left for piece in await _filled(source, plan, period, span, width)]
        found |= {_folder(period, first) for first, last in filled if first == last}
        left = [span for span in filled if span[0] < span[1]]
        if len(found) + len(left) > MOST_FOLDERS:
            raise _too_many(plan, period)
    return len(found)


async def _filled(source: KeySource, plan: KindPlan, period: Period, span: _Span, width: int) -> list[_Span]:
    """Cut a span into pieces of `width` periods, and return those that have rows."""
    assert plan.first_us is not None
    assert plan.last_us is not None
    first, last = span
    begins = np.arange(first, last + 1, width)
    starts = period_starts(period, begins).clip(plan.first_us, plan.last_us).tolist()
    end = int(period_starts(period, np.array([last + 1]))[0])
    # The count includes the last edge. Times outside the calendar are in the first and the last period.
    lowest, highest = period_numbers(period, np.array([plan.first_us, plan.last_us])).tolist()
    starts[0] = plan.first_us if first == lowest else starts[0]
    edges = [*starts, plan.last_us if last == highest else end - 1]
    rows = await counts_between(source, edges)
    return [
        (int(begin), min(int(begin) + width - 1, last))
        for begin, count in zip(begins, rows, strict=True)
        if count
    ]


def _spans(plan: KindPlan, period: Period) -> list[_Span]:
    """Return the periods that the filled bars of a plan touch, as spans that are apart."""
    filled = [(bar.start_us, bar.end_us) for bar in plan.buckets if bar.rows]
    numbers = period_numbers(period, np.array(filled, np.int64).reshape(-1, 2)).tolist()
    spans: list[_Span] = []
    for first, last in numbers:
        if spans and first <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def _length(spans: Sequence[_Span]) -> int:
    return sum(last - first + 1 for first, last in spans)


def _folder(period: Period, number: int) -> str:
    return period_folder(period, int(period_starts(period, np.array([number]))[0]))


def _too_many(plan: KindPlan, period: Period) -> ConfigError:
    assert plan.first_us is not None
    assert plan.last_us is not None
    first, last = (period_folder(period, time) for time in (plan.first_us, plan.last_us))
    other = "month, or no folders" if period == "date" else "no folders"
    message = (
        f"would make more than {MOST_FOLDERS:,} folders of {plan.kind}: {counted(plan.rows, 'row')} from "
        f"{first} to {last}. Choose {other}, or restrict start_date and end_date"
    )
    return ConfigError([FieldProblem("partition_by", period, message)])
