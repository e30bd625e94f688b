"""Finds the step that left out a row which an export read: validation, duplicates, split, labels, sample.

The steps are taken in the order of an export, on the row and on those that it may be a duplicate of. Rows of
kinds that change may have been others when the export read them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.operators import EQ, IS_NULL
from lumber.catalog.selection import Condition, Selection
from lumber.dataset.quality import time_text
from lumber.exports.config import ExportConfig
from lumber.exports.explaining.explanation import BrokenRule, Explanation, Outcome
from lumber.exports.explaining.in_dataset import rejected_text
from lumber.exports.planner import led_by
from lumber.exports.preview_sample import plain_batch
from lumber.exports.snapshot import Snapshot
from lumber.steps.cast import cast_batch
from lumber.steps.deduplicate import Deduplicator, DuplicateMode, DuplicateRule
from lumber.steps.sample import SampleRule
from lumber.steps.split import SplitMode, SplitRule
from lumber.steps.transform import DataTransformer
from lumber.steps.validate import DataValidator
from lumber.store.reading import sample_statement
from lumber.text import counted

_LEAST_ID = -(2**63)
# Among how many rows that it may be a duplicate of: each is read one by one.
_MOST_NEIGHBOURS = 50_000


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that an export read and neither wrote nor rejected. `split` is the rule of its plan."""

    config: ExportConfig
    created_at: datetime
    split: SplitRule
    selection: Selection
    snapshot: Snapshot
    row: int

    async def explained(self, time_us: int) -> Explanation:
        """Return which step left the row out. `time_us` is its time, in microseconds since 1970 UTC."""
        kind = self.selection.kind
        batch = await self._read(self.selection, (time_us, self.row), (time_us, self.row + 1), 1)
        cast = cast_batch(batch, kind)
        verdict = DataValidator(kind, self.config.validation_level, self.created_at).check(cast)
        if verdict.rejected_rows:
            return self._rejected(verdict.rejects)
        duplicate = await self._duplicate(cast.frame, time_us)
        return duplicate or self._in_no_split(cast.frame) or self._thinned_out(cast.frame)

    async def _read(
        self, selection: Selection, lower: tuple[int, int], upper: tuple[int, int], limit: int
    ) -> pa.RecordBatch:
        kind, snapshot = selection.kind, self.snapshot
        led = led_by(kind, self.split)
        statement = sample_statement(
            selection,
            snapshot.source.dialect,
            snapshot.cutoffs[kind.name],
            lower=lower,
            upper=upper,
            limit=limit,
            led_by=led,
            relations=snapshot.relations,
        )
        found = await snapshot.connection.exec_driver_sql(statement)
        return plain_batch(kind, [tuple(row) for row in found], led)

    def _say(self, outcome: Outcome, text: str, **more: Any) -> Explanation:
        return Explanation(kind=self.selection.kind.name, row=self.row, outcome=outcome, text=text, **more)

    def _rejected(self, rejects: pl.DataFrame) -> Explanation:
        """Return the rules that the row breaks now. Without values: the export's privacy isn't applied."""
        rules = [
            BrokenRule(column=each["column"], rule=each["rule"], value=None, reason=each["reason"])
            for each in rejects.iter_rows(named=True)
        ]
        return self._say(Outcome.REJECTED, rejected_text(rules), rules=rules)

    async def _duplicate(self, own: pl.DataFrame, time_us: int) -> Explanation | None:
        kind = self.selection.kind
        rule = self.config.recipe(kind).step(DuplicateRule.name)
        if not isinstance(rule, DuplicateRule):
            return None
        start = time_us - time_us % rule.whole_us
        selection = self._of_device(own) if rule.mode is DuplicateMode.BURST else self.selection
        lower, upper = (start, _LEAST_ID), (start + rule.whole_us, _LEAST_ID)
        batch = await self._read(selection, lower, upper, _MOST_NEIGHBOURS)
        if batch.num_rows == _MOST_NEIGHBOURS:
            text = f"More than {counted(_MOST_NEIGHBOURS, 'row')} may be equal to it: the reason is unknown."
            return self._say(Outcome.UNKNOWN, text)
        cast = cast_batch(batch, kind)
        verdict = DataValidator(kind, self.config.validation_level, self.created_at).check(cast)
        finder = Deduplicator(rule, kind)
        done, held = finder.add(cast.frame.filter(~verdict.rejected)), finder.finish()
        kept = done if held is None else pl.concat([done, held])
        ids = kept[kind.id_column]
        if self.row in ids:
            return None
        same = pl.all_horizontal(
            pl.col(name).eq_missing(pl.lit(own[name][0], own[name].dtype)) for name in rule.needed(kind)
        )
        time, moment = pl.col(kind.time_column), pl.lit(own[kind.time_column][0], own[kind.time_column].dtype)
        is_before = (time < moment) | ((time == moment) & (pl.col(kind.id_column) <= self.row))
        first = kept.filter(same & is_before)[kind.id_column].to_list()
        stands = first[-1] if first else None
        which = "another row" if stands is None else f"row {stands}"
        what = "the same time, device, process and message"
        if rule.mode is DuplicateMode.BURST:
            what = "a run of the same message of one device"
        return self._say(
            Outcome.DUPLICATE, f"A duplicate of {which}: {what}. That row stands for it.", duplicate_of=stands
        )

    def _of_device(self, own: pl.DataFrame) -> Selection:
        """Return the selection of the row's device, if a filter can name it."""
        kind = self.selection.kind
        column = kind.device_column
        if column is None or column not in kind.filterable:
            return self.selection
        device = own[column][0]
        is_device = (
            Condition(column, IS_NULL, (True,)) if device is None else Condition(column, EQ, (device,))
        )
        return replace(self.selection, conditions=(*self.selection.conditions, is_device))

    def _in_no_split(self, own: pl.DataFrame) -> Explanation | None:
        kind, rule = self.selection.kind, self.split
        if not rule.mode.is_in_time or rule.of(own, kind)[0] is not None:
            return None
        by_time = replace(rule, mode=SplitMode.TIME).of(own, kind)
        if by_time[0] is not None:
            text = (
                f"Its group, by {rule.group_column(kind)}, is held out of training: only its rows of the "
                "last split are written, as test_unseen."
            )
            return self._say(Outcome.HELD_OUT, text)
        open_ = replace(rule, mode=SplitMode.TIME, embargo_us=0).of(own, kind)
        name, start = rule.cuts[int(open_[0]) - 1]
        hides = self.config.privacy is not None and self.config.privacy.shift_times
        since = "" if hides else f", {time_text(start)}"
        seconds = rule.embargo_us / 1_000_000
        text = f"Left out by the embargo of {seconds:,g} s after the split {name} begins{since}."
        return self._say(Outcome.EMBARGOED, text)

    def _thinned_out(self, own: pl.DataFrame) -> Explanation:
        kind, config = self.selection.kind, self.config
        needs_label = config.labels is not None and config.labels.only and kind.labels_from is not None
        sample = self.config.recipe(kind).step(SampleRule.name)
        is_kept = sample is None
        if isinstance(sample, SampleRule):
            is_kept = bool(sample.kept(DataTransformer(kind).apply(own), kind)[0])
        if needs_label:
            text = "It has no label, and the export has labelled rows only (labels.only)."
            if not is_kept and sample is not None:
                text = "It has no label, or the sample left it out: the export has both conditions."
            return self._say(Outcome.UNLABELLED, text)
        if not is_kept:
            return self._say(Outcome.SAMPLED_OUT, f"Not in the sample ({_sample_text(config)}).")
        text = "The export would include the row as it is now: it was added or changed since."
        return self._say(Outcome.UNKNOWN, text)


def _sample_text(config: ExportConfig) -> str:
    sample = config.sample
    assert sample is not None
    size = counted(sample.rows, "row") if sample.rows is not None else f"{sample.share:g} of all rows"
    return f"{size}, seed {sample.seed}"
