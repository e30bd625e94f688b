"""Plans an export over a frozen input."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from lumber.catalog.kind import Column, Kind, Storage
from lumber.catalog.registry import get_kind, timing_kind
from lumber.catalog.selection import Selection
from lumber.dataset.manifest import schema_hash as schema_hash_of
from lumber.engine.key_sample import KeySample
from lumber.engine.plan import KindPlan, Plan, VersionPlan, plan_kind, time_at
from lumber.exports.config import ExportConfig
from lumber.exports.snapshot import Snapshot
from lumber.formats.staged_file import Key
from lumber.sources.guarantee import Guarantee
from lumber.sources.guest import Guest
from lumber.steps.deduplicate import DuplicateMode
from lumber.steps.split import NO_SPLIT, SplitMode, SplitRule
from lumber.store.database import Database
from lumber.store.keyset import Cutoff, Keyset, Since
from lumber.store.types import to_microseconds

_AFTER_ALL = 2**63 - 1


class _Keys:
    """The planner's view of the store, or of a sample of it."""

    def __init__(self, keyset: Keyset, sample: KeySample | None) -> None:
        source = keyset if sample is None else sample
        self.span = source.span
        self.counts = source.counts
        self.time_at = source.time_at
        # Only of kinds whose rows are never sampled.
        self.late_time_at = keyset.late_time_at
        self.rows_split_before = keyset.rows_split_before
        self._keyset, self._sample = keyset, sample

    async def key_at(self, lower: Key | None, offset: int) -> Key | None:
        """Return the key `offset` rows further on."""
        if self._sample is not None:
            return await self._sample.key_at(lower, offset)
        found = await self._keyset.key_at(lower, offset)
        return None if found is None else Key(*found)


async def plan_export(
    config: ExportConfig,
    snapshot: Snapshot,
    *,
    partition_rows: int,
    privacy_key_id: str | None = None,
    version: VersionPlan | None = None,
    split: SplitRule | None = None,
    guest: Guest | None = None,
) -> Plan:
    """Count every kind's rows and cut them into partitions. The same rows give the same plan.

    `guest` is the database of somebody else that they are in.
    `split` is the rule that an earlier version of the dataset has found, if there is one.
    """
    hashes = _schema_hashes(config)
    kinds = [
        await plan_selection(
            selection,
            snapshot,
            partition_rows=partition_rows,
            schema_hash=hashes[kind],
            whole_us=_whole_us(config, selection.kind),
            is_estimated=config.is_estimated,
        )
        for kind, selection in _by_kind(config).items()
    ]
    await check_folders(config, snapshot, kinds)
    return Plan(
        config.hash,
        snapshot.source.dialect,
        snapshot.describe(),
        tuple(kinds),
        split or await split_rule(config, snapshot, kinds),
        privacy_key_id,
        version,
        None if guest is None else dict(guest.facts),
    )


async def check_folders(config: ExportConfig, snapshot: Snapshot, kinds: Sequence[KindPlan]) -> None:
    """Raise ConfigError if `partition_by` would make too many folders."""
    if config.partition_by is None:
        return
    # It takes a library that other exports don't load.
    from lumber.exports import period_folders

    selections = _by_kind(config)
    for plan in kinds:
        keys = keys_of(selections[plan.kind], snapshot, plan)
        await period_folders.check_folders(keys, plan, config.partition_by)


async def split_rule(config: ExportConfig, snapshot: Snapshot, kinds: Sequence[KindPlan]) -> SplitRule:
    """Return the split rule. Shares become cut times, from the times of `timing_kind`.

    Rows that count as duplicates are in one split: cuts don't fall inside the steps of time in which bursts
    are found, and a random split keeps these steps together.
    """
    options, duplicates = config.split, config.deduplicate.rule()
    is_random = options.mode is SplitMode.RANDOM
    rule = SplitRule(
        options.mode,
        options.shares,
        embargo_us=round(options.embargo_seconds * 1_000_000),
        by=options.by if options.mode.has_groups else None,
        unseen_share=options.unseen if options.mode is SplitMode.TIME_GROUP else 0.0,
        seed=options.seed,
        stratify=options.stratify,
        block_us=duplicates.whole_us if is_random and duplicates.mode is not DuplicateMode.OFF else None,
    )
    if not options.mode.is_in_time:
        return rule if options.mode is not SplitMode.NONE else NO_SPLIT
    if options.dates:
        return replace(
            rule, cuts=tuple((name, to_microseconds(options.dates[name])) for name, _ in rule.shares[1:])
        )
    by_name = {kind.kind: kind for kind in kinds}
    measured = by_name[timing_kind(by_name)]
    keys = keys_of(_by_kind(config)[measured.kind], snapshot, measured)
    cuts, before = [], 0.0
    for (_, share), (name, _) in pairwise(rule.shares):
        before += share
        place = round(measured.rows * before)
        # The time for the split: the later one if a row has two.
        is_late = get_kind(measured.kind).late_column is not None
        found = await (keys.late_time_at(place) if is_late else time_at(keys, measured, place))
        cut = _AFTER_ALL if found is None else _at_step(found, duplicates.whole_us, measured.first_us)
        cuts.append((name, cut))
    return replace(rule, cuts=tuple(cuts))


def _at_step(time_us: int, step_us: int, first_us: int | None) -> int:
    """Return the step at or before a time, or the next one if no row would be before it."""
    begin = time_us - time_us % step_us
    return begin if step_us == 1 or first_us is None or begin > first_us else begin + step_us


def led_by(kind: Kind, split: SplitRule) -> Column | None:
    """Return the group column that is read from a row's leader, or None."""
    if split.mode is SplitMode.NONE or kind.leader is None:
        return None
    leading = get_kind(kind.leader.kind)
    texts = (column.name for column in leading.columns if column.storage is Storage.TEXT)
    return leading.column(split.group_column(leading) or next(texts))


def _by_kind(config: ExportConfig) -> dict[str, Selection]:
    return {selection.kind.name: selection for selection in config.selections()}


def _whole_us(config: ExportConfig, kind: Kind) -> int | None:
    """Return the time steps that partitions must not cut, so that rows to compare are in one partition."""
    return config.recipe(kind).whole_us


def _schema_hashes(config: ExportConfig) -> dict[str, str]:
    return {kind.name: schema_hash_of(kind) for kind in config.written_kinds()}


def keys_of(selection: Selection, snapshot: Snapshot, plan: KindPlan | None = None) -> _Keys:
    """Return the key counter of the selected rows of one kind; it estimates if their plan does."""
    return _keys(selection, snapshot, None if plan is None else plan.sample)


def _keys(selection: Selection, snapshot: Snapshot, sample: KeySample | None) -> _Keys:
    cutoff = snapshot.cutoffs[selection.kind.name]
    dialect = snapshot.source.dialect
    return _Keys(Keyset(snapshot.connection, selection, dialect, cutoff, snapshot.relations), sample)


async def plan_selection(
    selection: Selection,
    snapshot: Snapshot,
    *,
    partition_rows: int,
    schema_hash: str = "",
    whole_us: int | None = None,
    is_estimated: bool = False,
) -> KindPlan:
    """Plan one kind. `schema_hash` is the hash of its written record; empty when only counting.

    `whole_us` is a time step that partitions don't cut; see `plan_kind`. With `is_estimated`, a large table
    is sampled instead of counted, unless its rows may change.
    """
    kind = selection.kind
    sample = None
    if is_estimated and kind.is_append_only and snapshot.guest is None:
        # Other exports don't need it.
        from lumber.exports.sampled_keys import sample_keys

        sample = await sample_keys(selection, snapshot)
    return await plan_kind(
        _keys(selection, snapshot, sample),
        kind=kind.name,
        schema_hash=schema_hash,
        partition_rows=partition_rows,
        is_divisible=kind.is_append_only,
        whole_us=whole_us,
        sample=sample,
    )


def cutoffs_of(plan: Plan) -> dict[str, Cutoff]:
    """Return the cutoffs of the plan's append-only kinds, for reading the same rows again."""
    snapshot, max_ids = plan.cutoff["snapshot"], plan.cutoff["max_ids"]
    since = plan.cutoff.get("since", {})
    return {
        kind.kind: Cutoff(
            max_id=max_ids.get(kind.kind),
            snapshot=snapshot,
            since=Since(**since[kind.kind]) if kind.kind in since else None,
        )
        for kind in plan.kinds
        if get_kind(kind.kind).is_append_only
    }


async def plan_again(
    plan: Plan, config: ExportConfig, snapshot: Snapshot, finished: Collection[str], *, partition_rows: int
) -> Plan:
    """Return the plan, with unfinished kinds whose rows may have changed planned again."""
    kinds = []
    hashes = _schema_hashes(config)
    for selection in config.selections():
        kind = plan.kind(selection.kind.name)
        if not selection.kind.is_append_only and kind.kind not in finished:
            kind = await plan_selection(
                selection,
                snapshot,
                partition_rows=partition_rows,
                schema_hash=hashes[kind.kind],
                whole_us=_whole_us(config, selection.kind),
            )
        kinds.append(kind)
    await check_folders(config, snapshot, kinds)
    return replace(plan, kinds=tuple(kinds))


def is_current(
    plan: Plan,
    config: ExportConfig,
    database: Database,
    privacy_key_id: str | None = None,
    guest: Guest | None = None,
) -> bool:
    """Return whether this program reads and writes the planned rows the same way, and can see them again.

    Nobody can see a past moment of a database of somebody else, only rows that were added since, or those
    that an earlier attempt has collected.
    """
    is_past = guest is not None and guest.guarantee is not Guarantee.APPEND_ONLY
    if guest is not None and is_past and not guest.is_collected:
        return False
    return (
        plan.config_hash == config.hash
        and plan.dialect == (database if guest is None else guest.database).url.dialect
        and plan.source == (None if guest is None else guest.facts)
        and plan.privacy_key_id == privacy_key_id
        and {kind.kind: kind.schema_hash for kind in plan.kinds} == _schema_hashes(config)
    )


def mixes_moments(
    plan: Plan, config: ExportConfig, finished: Collection[tuple[str, int]], *, has_digests: bool = False
) -> bool:
    """Return whether resuming after these partitions (kind, ordinal) would mix two snapshots.

    Findings change: labels of a later moment would contradict the existing ones and the exported findings,
    unless all partitions of both kinds are finished. Strata of a later moment may move a group to another
    split, unless all partitions are finished. With `has_digests` the strata are compared once they are known.
    """
    every = {(kind.kind, part.ordinal) for kind in plan.kinds for part in kind.partitions}
    is_stratified = config.split.stratify is not None
    if is_stratified and not has_digests and finished and every != set(finished):
        return True
    if config.labels is None:
        return False
    sources = {kind.name: kind.labels_from.kind for kind in config.kinds if kind.labels_from is not None}
    concerned = {*sources, *sources.values()}
    concerned_parts = {part for part in every if part[0] in concerned}
    done = concerned_parts & set(finished)
    return bool(done) and done != concerned_parts
