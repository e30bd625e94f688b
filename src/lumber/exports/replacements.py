"""What a private export would replace in sample rows: counts by column and type, with examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Holds, Kind
from lumber.exports.preview_report import Replacement, ReplacementExample
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.row_ids import RowIds
from lumber.privacy.rule import PrivacyRule
from lumber.privacy.scope import without_scope
from lumber.privacy.time_shift import TimeShift
from lumber.steps.step import Records

_EXAMPLES = 2
# Rows of a column in which examples of its types are looked for. Each takes some milliseconds.
_TRIED = 12
_LONGEST = 160


def replaced(
    records: pa.RecordBatch, kind: Kind, rule: PrivacyRule, *, has_examples: bool
) -> tuple[pa.RecordBatch, list[Replacement]]:
    """Return the records as they would be written, and what is replaced in them, by column and type."""
    if (known := rule.fit(kind)) is not None:
        # Those of the sample rows; an export knows those of all.
        known.add(Records(records))
        rule = rule.fitted(known)
    pseudonymizer, changed = Pseudonymizer(rule), records
    times = TimeShift(rule, kind) if rule.shifts_times else None
    if times is not None:
        changed = times.batch(records, contents(kind))
    changed, _ = pseudonymizer.apply_batch(changed, kind)
    changed = without_scope(changed, kind, rule)
    if rule.renumbers_ids:
        changed = RowIds(rule, kind).records(changed)
    before, after = pl.DataFrame(pl.from_arrow(records)), pl.DataFrame(pl.from_arrow(changed))
    found = []
    by_column = pseudonymizer.by_column
    for column, shifted in ({} if times is None else times.by_column).items():
        by_column.setdefault(column, Counter()).update(shifted)
    for column in [name for name in kind.schema.names if name in by_column]:
        counts = by_column[column]
        examples = _examples(before, after[column], kind, rule, counts) if has_examples else {}
        found += [
            Replacement(column=column, type=type_, values=number, examples=examples.get(type_, []))
            for type_, number in counts.most_common()
        ]
    return changed, found


def _examples(
    before: pl.DataFrame, after: pl.Series, kind: Kind, rule: PrivacyRule, counts: Mapping[str, int]
) -> dict[str, list[ReplacementExample]]:
    """Return up to two examples of each type that was replaced in a column."""
    column, held = after.name, contents(kind)
    beside = [name for name, content in held.items() if content is Holds.HOST and name in before.columns]
    alone = Pseudonymizer(rule)
    found: dict[str, list[ReplacementExample]] = {type_: [] for type_ in counts}
    for row, new in _changed(before[column], after):
        alone.by_column.clear()
        alone.apply(before[row].select(list(dict.fromkeys([column, *beside]))), kind)
        for type_ in alone.by_column.get(column, ()):
            if len(found.setdefault(type_, [])) < _EXAMPLES:
                found[type_].append(_example(before[column][row], new))
        if all(len(each) == _EXAMPLES for each in found.values()):
            break
    return found


def _changed(before: pl.Series, after: pl.Series) -> Iterator[tuple[int, str | None]]:
    """Yield the first rows with different values that change, and what they become."""
    table = pl.DataFrame({"before": before, "after": after}).with_row_index("row")
    table = table.filter(pl.col("before").ne_missing(pl.col("after"))).unique("before", maintain_order=True)
    for row, _, new in table.head(_TRIED).iter_rows():
        yield row, new


def _example(before: str, after: str | None) -> ReplacementExample:
    """Return the part of a value that changes, with whole words."""
    if after is None:
        return ReplacementExample(before=_cut(before), after=None)
    start = _alike(before, after)
    start = before.rfind(" ", 0, start) + 1
    rest, new = before[start:], after[start:]
    same = _alike(rest[::-1], new[::-1])
    # From the end back to the space before the part that is alike.
    space = rest.find(" ", len(rest) - same) if same else -1
    end = len(rest) - space if space >= 0 else 0
    lead, tail = "… " if start else "", " …" if end else ""
    texts = [f"{lead}{_cut(text[: len(text) - end])}{tail}" for text in (rest, new)]
    return ReplacementExample(before=texts[0], after=texts[1])


def _alike(one: str, other: str) -> int:
    """Return how many characters at their beginning two texts share."""
    shortest = min(len(one), len(other))
    return next((at for at in range(shortest) if one[at] != other[at]), shortest)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
