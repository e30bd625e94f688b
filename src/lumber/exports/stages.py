"""The passes of an export besides that of its partitions: a first look at the rows, and what comes last.

The first pass finds what must be known before any row is written: the templates of train, the limits of a
sample. The last jobs make shards of what the partitions left, shuffled rows and sequences, and count what the
splits share.
"""

# What each of them takes is loaded where it is needed: most exports do without.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from lumber.catalog.registry import get_kind
from lumber.engine.partition import PartitionSpec, iter_results
from lumber.engine.pool import WorkerPool
from lumber.exports.config import ExportConfig
from lumber.exports.running import Results, run_jobs
from lumber.formats import WriteOptions
from lumber.formats.staged_file import StagedFile
from lumber.settings import Settings
from lumber.steps.split import TRAIN

if TYPE_CHECKING:
    from lumber.dataset.leakage.shards import CountedKind
    from lumber.engine.fit import Fit
    from lumber.engine.shuffle import ShuffledRange
    from lumber.steps.fit import FitRequest
    from lumber.steps.templates.table import TemplateTable


@dataclass(frozen=True, slots=True)
class Extras:
    """What an export has besides its partitions: shuffled shards by kind, templates, shards of sequences.

    `counted` is what the certificates of the kinds with several splits are made of.
    """

    shuffled: Mapping[str, ShuffledRange] = field(default_factory=dict)
    counted: Mapping[str, CountedKind] = field(default_factory=dict)
    templates: TemplateTable | None = None
    sequences: Sequence[StagedFile] | None = None
    options: WriteOptions | None = None  # how the logs are written, and what stands beside them


async def fit(
    config: ExportConfig,
    pool: WorkerPool,
    specs: Sequence[PartitionSpec],
    on_begin: Callable[[int], None],
) -> list[PartitionSpec]:
    """Return the specs with everything found that a first pass has to find; without one as they are.

    `on_begin` hears of the pass, and how many rows it will look at.
    """
    found = {kind.name: config.fit_requests(kind) for kind in config.kinds}
    rounds = max((len(requests) for requests in found.values()), default=0)
    if not rounds:
        return list(specs)
    on_begin(sum(spec.planned_rows * len(found[spec.kind]) for spec in specs))
    done = list(specs)
    for number in range(rounds):
        requests = {kind: asked[number] for kind, asked in found.items() if number < len(asked)}
        done = await _fitted(pool, done, requests)
    return done


async def _fitted(
    pool: WorkerPool, specs: Sequence[PartitionSpec], requests: Mapping[str, FitRequest]
) -> list[PartitionSpec]:
    from lumber.engine.fit import Fit

    found = {kind: Fit(request) for kind, request in requests.items()}
    asked = [spec for spec in specs if spec.kind in found]

    async def merge(place: int, part: Fit) -> None:
        found[asked[place].kind].merge(part)

    jobs = [partial(pool.submit_fit, spec, found[spec.kind].request) for spec in asked]
    await run_jobs(pool, jobs, merge)
    recipes = {}
    for spec in asked:
        if spec.kind not in recipes:
            recipes[spec.kind] = found[spec.kind].completed(spec.recipe)
    return [replace(spec, recipe=recipes.get(spec.kind, spec.recipe)) for spec in specs]


async def finish(
    config: ExportConfig,
    settings: Settings,
    pool: WorkerPool,
    specs: Sequence[PartitionSpec],
    results: Results,
) -> Extras:
    """Make shards of what the partitions left, and count those of splits.

    Raises Unbalanced, or what a job failed with.
    """
    by_kind = {spec.kind: spec for spec in specs}
    shuffled = {}
    for kind, spec in by_kind.items():
        if spec.recipe.shuffle is not None:
            shuffled[kind] = await _shuffled(settings, pool, spec, results)
    counted = {}
    for kind, spec in by_kind.items():
        if kind in shuffled:
            shards = shuffled[kind].shards
        else:
            shards = tuple(shard for result in iter_results(results, kind) for shard in result.shards)
        if len({shard.split for shard in shards}) > 1:
            counted[kind] = await _counted(config, pool, spec, shards)
    logs = by_kind.get("logs")
    templates = None if logs is None else logs.recipe.templates
    sequences: Sequence[StagedFile] | None = None
    if logs is not None and logs.recipe.sequences is not None:
        sequences = await _sequences(pool, logs, results)
    return Extras(shuffled, counted, templates, sequences, None if logs is None else logs.options)


async def _shuffled(
    settings: Settings, pool: WorkerPool, spec: PartitionSpec, results: Results
) -> ShuffledRange:
    from lumber.engine.shuffle import ShuffledRange, check_shuffled, shuffle_range, shuffle_specs

    runs = [run for result in iter_results(results, spec.kind) for run in result.runs]
    jobs = shuffle_specs(
        spec.kind,
        runs,
        spec.recipe,
        spec.options,
        spec.shard_size_bytes,
        spec.staging,
        settings.partition_rows,
    )
    parts: dict[int, ShuffledRange] = {}

    async def keep(place: int, part: ShuffledRange) -> None:
        parts[place] = part

    await run_jobs(pool, [partial(pool.submit_call, shuffle_range, job) for job in jobs], keep)
    shards = tuple(shard for place in sorted(parts) for shard in parts[place].shards)
    check_shuffled(spec.kind, shards, sum(run.rows for run in runs))
    return ShuffledRange(shards, sum(part.escaped_cells for part in parts.values()))


async def _counted(
    config: ExportConfig, pool: WorkerPool, spec: PartitionSpec, shards: Sequence[StagedFile]
) -> CountedKind:
    # Reading shards back takes libraries that other exports do without.
    from lumber.dataset.leakage.certificate import Compared
    from lumber.dataset.leakage.shards import CountedKind, CountedShard, CountSpec, count_shard

    kind = spec.recipe.written(get_kind(spec.kind))
    compared = Compared.of(kind, kind.schema.names, config.split.model_dump(mode="json"))
    jobs = [
        CountSpec(
            spec.staging / shard.name,
            spec.kind,
            shard.split or TRAIN,
            kind.schema,
            spec.options,
            compared,
        )
        for shard in shards
    ]
    found: dict[int, CountedShard] = {}

    async def keep(place: int, counted: CountedShard) -> None:
        found[place] = counted

    await run_jobs(pool, [partial(pool.submit_call, count_shard, job) for job in jobs], keep)
    return CountedKind(compared, tuple(found[place] for place in sorted(found)))


async def _sequences(pool: WorkerPool, spec: PartitionSpec, results: Results) -> Sequence[StagedFile]:
    from lumber.engine.sequences.job import SequenceSpec, build_sequences

    events = [result.events.name for result in iter_results(results, spec.kind) if result.events is not None]
    assert spec.recipe.sequences is not None
    job = SequenceSpec(
        spec.recipe.sequences,
        spec.recipe.split.names,
        tuple(events),
        spec.staging,
        spec.options,
        spec.shard_size_bytes,
    )
    made: list[StagedFile] = []

    async def keep(_: int, shards: tuple[StagedFile, ...]) -> None:
        made.extend(shards)

    await run_jobs(pool, [partial(pool.submit_call, build_sequences, job)], keep)
    return made
