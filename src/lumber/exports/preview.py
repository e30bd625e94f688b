"""Previews an export without writing anything: counts, time range, samples and estimated rejects.

Uses the planner, filters, rules and transforms of the export. Rejects are estimated from rows at even steps
through the selection.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.catalog.registry import timing_kind
from lumber.catalog.selection import Selection
from lumber.dataset.quality import optional_time_text, time_text
from lumber.engine.plan import Bucket, KindPlan
from lumber.errors import ConfigError
from lumber.exports.config import ExportConfig
from lumber.exports.guests import guest_of, sourced
from lumber.exports.main_range import MainRange, main_range
from lumber.exports.planner import keys_of, led_by, plan_selection, split_rule
from lumber.exports.preview_columns import sample_records
from lumber.exports.preview_report import (
    FarOut,
    HistogramBar,
    KindPreview,
    OutsideRows,
    RejectEstimate,
    Replacement,
    SplitCut,
    VersionPreview,
)
from lumber.exports.preview_sample import read_sample
from lumber.exports.privacy import privacy_rule
from lumber.exports.sizing import encode_sample
from lumber.exports.snapshot import Snapshot, take_snapshot
from lumber.exports.split_counts import count_splits
from lumber.privacy.rule import PrivacyRule
from lumber.settings import Settings
from lumber.sources.cost import read_notes
from lumber.sources.guest import Guest
from lumber.sources.probing import Probe, probe_notes
from lumber.steps.cast import TIME_MAX_US, cast_batch
from lumber.steps.split import SplitRule
from lumber.steps.transform import DataTransformer
from lumber.steps.validate import DataValidator
from lumber.store.database import Database
from lumber.store.migrate import require_schema
from lumber.store.models.base import utc_now

if TYPE_CHECKING:
    from lumber.exports.versions.reserving import Reservation

_HISTOGRAM_BARS = 40


@dataclass(frozen=True, slots=True)
class Preview:
    """The previews by kind, and the version that the export would make of its dataset, if it has one."""

    kinds: dict[str, KindPreview]
    version: VersionPreview | None = None


async def preview_export(
    config: ExportConfig, database: Database, *, samples: int = 5, settings: Settings | None = None
) -> dict[str, KindPreview]:
    """Return the previews of every kind: see `preview`."""
    return (await preview(config, database, samples=samples, settings=settings)).kinds


async def preview(
    config: ExportConfig,
    database: Database,
    *,
    samples: int = 5,
    settings: Settings | None = None,
    owner_id: str | None = None,
) -> Preview:
    """Preview every kind of the config, with up to `samples` sample rows each.

    Private exports show pseudonymised samples, with the key in the settings. Without a key they show none,
    and `missing_key` says why. Of a version of a dataset, the rows are those that it would read.
    Raises DatasetStateError if the dataset belongs to another account than `owner_id`.
    """
    settings = settings or Settings.model_construct()
    await require_schema(database)
    async with sourced(config, database):
        return await _previewed(config, database, samples, settings, owner_id)


async def _previewed(
    config: ExportConfig, database: Database, samples: int, settings: Settings, owner_id: str | None
) -> Preview:
    config, privacy = config.resolved(utc_now()), _Privacy.of(config, settings)
    reserved = await _reserved(config, database, owner_id)
    async with (
        guest_of(config, database, statement_seconds=settings.preview_seconds) as guest,
        take_snapshot(database, None, config.kinds, guest=guest) as snapshot,
    ):
        run, problem = None, None
        if reserved is not None:
            from lumber.exports.versions.expecting import expected_run

            run, snapshot, problem = await expected_run(
                config, snapshot, reserved[0], privacy.key_id, database, settings.read_limits
            )
            config = run.config or config
        selections = config.selections()
        plans = [
            await plan_selection(each, snapshot, partition_rows=2**62, is_estimated=config.is_estimated)
            for each in selections
        ]
        rule = (None if run is None else run.split) or await split_rule(config, snapshot, plans)
        kinds = {
            plan.kind: await _with_source(
                await _preview(selection, plan, snapshot, config, samples, privacy, rule), guest, snapshot
            )
            for selection, plan in zip(selections, plans, strict=True)
        }
    if run is None or reserved is None:
        return Preview(kinds)
    from lumber.exports.versions.expecting import kind_increment, version_preview

    found = {
        name: kind.model_copy(update={"increment": kind_increment(run.plan, name)})
        for name, kind in kinds.items()
    }
    return Preview(found, version_preview(config, run, rule, found, reserved[1] or problem))


async def _reserved(
    config: ExportConfig, database: Database, owner_id: str | None
) -> tuple[Reservation, str | None] | None:
    """Return the version that the export would reserve, and why it couldn't; None without a dataset."""
    if config.dataset is None:
        return None
    # Exports without a dataset don't need it.
    from lumber.exports.versions.reserving import expected

    async with database.session() as session:
        return await expected(session, config.dataset, owner_id)


async def _with_source(preview: KindPreview, guest: Guest | None, snapshot: Snapshot) -> KindPreview:
    """Add what a source promises, and what it costs to read it."""
    if guest is None:
        return preview
    stored = guest.source.mappings[preview.kind]
    notes = await read_notes(guest, preview.kind, snapshot.connection)
    notes += await probe_notes(guest, preview.kind, snapshot.connection, Probe.of_json(stored.probe))
    guarantee = stored.mapping.guarantee.value
    return preview.model_copy(update={"guarantee": guarantee, "notes": notes})


@dataclass(frozen=True, slots=True)
class _Privacy:
    """The privacy rule of an export, or why it is missing."""

    rule: PrivacyRule | None = None
    missing_key: str | None = None

    @classmethod
    def of(cls, config: ExportConfig, settings: Settings | None) -> _Privacy:
        try:
            return cls(privacy_rule(config.privacy, settings or Settings.model_construct(), config.dataset))
        except ConfigError as error:
            return cls(missing_key=str(error))

    @property
    def key_id(self) -> str | None:
        """The public name of the key, if there is one."""
        return None if self.rule is None else self.rule.key_id

    def applied(
        self, records: pa.RecordBatch, kind: Kind, *, has_examples: bool
    ) -> tuple[pa.RecordBatch, list[Replacement]]:
        """Return the records as they would be written, and what is replaced in them."""
        if self.rule is None:
            return records, []
        # Slow to load, and most previews don't need it.
        from lumber.exports.replacements import replaced

        return replaced(records, kind, self.rule, has_examples=has_examples)


async def _preview(
    selection: Selection,
    plan: KindPlan,
    snapshot: Snapshot,
    config: ExportConfig,
    samples: int,
    privacy: _Privacy,
    rule: SplitRule,
) -> KindPreview:
    kind = selection.kind
    batch = await read_sample(selection, plan, snapshot, led_by(kind, rule))
    cast = cast_batch(batch, kind)
    verdict = DataValidator(kind, config.validation_level, utc_now()).check(cast)
    valid = cast.frame.filter(~verdict.rejected)
    records, replacements = await asyncio.to_thread(
        privacy.applied, DataTransformer(kind).apply(valid), kind, has_examples=samples > 0
    )
    chosen = [name for name in config.fields.get(kind.name, kind.schema.names) if name in kind.schema.names]
    sample = await sample_records(
        config, snapshot, kind, valid, records, 0 if privacy.missing_key else samples
    )
    before = valid.head(samples).select([column.name for column in kind.columns]).to_dicts()
    splits = await count_splits(rule, selection, plan, snapshot, valid)
    main = await main_range(keys_of(selection, snapshot, plan), plan)
    sampled = batch.num_rows
    return KindPreview(
        kind=kind.name,
        rows=plan.rows,
        rows_are_estimated=plan.is_estimate,
        first=optional_time_text(plan.first_us),
        last=optional_time_text(plan.last_us),
        histogram=_histogram(main.buckets),
        far_out=_far_out(main),
        unapplied_filters=list(config.unapplied_filters(kind)),
        sample=sample.model_copy(update={"before": before}),
        missing_key=privacy.missing_key,
        replacements=[each for each in replacements if each.column in chosen],
        folders=await _folders(selection, plan, snapshot, config),
        splits=dict(splits.rows),
        splits_are_estimated=splits.is_estimate,
        cuts=_cuts(rule),
        cuts_from=None if config.split.dates or not rule.mode.is_in_time else timing_kind(config.data_types),
        reject_estimate=RejectEstimate(
            rows=round(plan.rows * verdict.rejected_rows / sampled) if sampled else 0,
            sampled_rows=sampled,
            rejected_in_sample=verdict.rejected_rows,
            is_exact=sampled == plan.rows and not plan.is_estimate,
            by_rule=dict(Counter(verdict.rows_by_rule).most_common()),
        ),
        encoded=await asyncio.to_thread(encode_sample, records.select(chosen), config),
    )


async def _folders(
    selection: Selection, plan: KindPlan, snapshot: Snapshot, config: ExportConfig
) -> int | None:
    if config.partition_by is None:
        return None
    # It takes a library that other previews don't load.
    from lumber.exports.period_folders import count_folders

    return await count_folders(keys_of(selection, snapshot, plan), plan, config.partition_by)


def _cuts(rule: SplitRule) -> list[SplitCut]:
    """Return the cuts in time, without those after every time of a calendar."""
    if not rule.mode.is_in_time:
        return []
    return [
        SplitCut(
            split=name,
            start=time_text(start),
            until=time_text(start + rule.embargo_us) if rule.embargo_us else None,
        )
        for name, start in rule.cuts
        if start <= TIME_MAX_US
    ]


def _far_out(main: MainRange) -> FarOut | None:
    sides = [
        None
        if side is None
        else OutsideRows(rows=side.rows, first=time_text(side.first_us), last=time_text(side.last_us))
        for side in (main.before, main.after)
    ]
    rows = sum(side.rows for side in sides if side is not None)
    return FarOut(rows=rows, before=sides[0], after=sides[1]) if rows else None


def _histogram(buckets: Sequence[Bucket]) -> list[HistogramBar]:
    """Return at most _HISTOGRAM_BARS bars of equal width."""
    width = -(-len(buckets) // _HISTOGRAM_BARS) if buckets else 1
    groups = [buckets[i : i + width] for i in range(0, len(buckets), width)]
    return [
        HistogramBar(
            start=time_text(group[0].start_us),
            end=time_text(group[-1].end_us),
            rows=sum(bucket.rows for bucket in group),
        )
        for group in groups
    ]
