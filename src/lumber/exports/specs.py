"""The specs of an export's partitions: everything that a worker must know to run one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from lumber.catalog.kind import Kind
from lumber.engine.output import Output, Shards
from lumber.engine.partition import PartitionSpec
from lumber.engine.plan import PartitionRange, Plan
from lumber.engine.staging import OutputFolder
from lumber.exports.config import ExportConfig
from lumber.exports.planner import led_by
from lumber.exports.snapshot import Snapshot
from lumber.formats import WriteOptions, get_format
from lumber.privacy.rule import PrivacyRule
from lumber.settings import Settings
from lumber.steps.recipe import Recipe
from lumber.steps.templates.step import Templates
from lumber.store.labelling import labels_statement
from lumber.store.reading import read_statement

if TYPE_CHECKING:
    from lumber.exports.gates.sketching import SketchFacts
    from lumber.steps.templates.table import TemplateTable

# So many times the usual size of a kind's partitions.
_LARGE = 2


def partition_specs(
    config: ExportConfig,
    plan: Plan,
    snapshot: Snapshot,
    settings: Settings,
    folder: OutputFolder,
    *,
    document: dict[str, str],
    now: datetime,
    attempt: int,
    privacy: PrivacyRule | None = None,
    only_written: bool = False,
    sketches: SketchFacts | None = None,
    templates: TemplateTable | None = None,
) -> list[PartitionSpec]:
    """Return the spec of every partition, in the order in which they should run.

    `document` is what a JSON document says about the export, `now` the moment that it was made. With
    `only_written`, rejects show no values of columns that aren't written. With `sketches`, rows are sketched.
    With `templates`, messages are matched with this table, and none is mined.
    """
    specs = []
    for selection in config.selections():
        kind, dialect = selection.kind, snapshot.source.dialect
        recipe = config.recipe(kind, plan.split, privacy, only_written=only_written, templates=templates)
        # Shared by all partitions, of which there may be many.
        options = _write_options(config, kind, document)
        outputs = outputs_of(
            config,
            recipe,
            sketches,
            planned_rows=plan.kind(kind.name).rows,
            sequence_rows=settings.sequence_rows,
        )
        for part in plan.kind(kind.name).partitions:
            statement = read_statement(
                selection,
                dialect,
                snapshot.cutoffs[kind.name],
                lower=part.lower,
                upper=part.upper,
                led_by=led_by(kind, plan.split),
                relations=snapshot.relations,
            )
            specs.append(
                PartitionSpec(
                    kind=kind.name,
                    ordinal=part.ordinal,
                    attempt=attempt,
                    planned_rows=part.rows,
                    is_estimate=plan.kind(kind.name).is_estimate,
                    source=snapshot.source,
                    statement=statement,
                    batch_size=config.batch_size,
                    options=options,
                    shard_size_bytes=settings.shard_size_bytes,
                    staging=folder.staging,
                    now=now,
                    recipe=recipe,
                    outputs=outputs,
                    side_statements=_side_statements(recipe, kind, snapshot, part),
                )
            )
    return _ordered(specs, plan)


def _ordered(specs: Sequence[PartitionSpec], plan: Plan) -> list[PartitionSpec]:
    """Put the largest first, so that the workers end together.

    Those of about the same size go by their place in the dataset: neighbours then finish soon after each
    other, and their counts can be merged.
    """
    usual = {kind.kind: kind.rows / max(1, len(kind.partitions)) for kind in plan.kinds}

    def place(spec: PartitionSpec) -> tuple[bool, float, int]:
        if spec.planned_rows > _LARGE * usual[spec.kind]:
            return False, -spec.planned_rows, spec.ordinal
        return True, -usual[spec.kind], spec.ordinal

    return sorted(specs, key=place)


def _write_options(config: ExportConfig, kind: Kind, document: dict[str, str]) -> WriteOptions:
    has_metadata = config.include_metadata and get_format(config.output_format).holds_metadata
    return WriteOptions(
        # Plain text: a type of the config would load the config's libraries into every worker.
        format=str(config.output_format),
        compression=config.resolved_compression,
        csv_escape_formulas=config.csv_escape_formulas,
        metadata={**document, "kind": kind.name} if has_metadata else None,
    )


def _side_statements(recipe: Recipe, kind: Kind, snapshot: Snapshot, part: PartitionRange) -> dict[str, str]:
    """Return the SQL of the second input of every step that reads one, by the step's name."""
    return {
        step.name: labels_statement(
            kind,
            snapshot.source.dialect,
            lower=part.lower,
            upper=part.upper,
            window_us=side.window_us,
            relations=snapshot.relations,
        )
        for step in recipe.steps
        if (side := step.side_input(kind)) is not None
    }


def outputs_of(
    config: ExportConfig,
    recipe: Recipe,
    sketches: SketchFacts | None = None,
    *,
    planned_rows: int,
    sequence_rows: int,
) -> tuple[Output, ...]:
    """Return what is made of the records of a kind with this recipe, in the order in which it is finished.

    With `sketches` these are made too. One job builds the sequences of about `sequence_rows` rows.
    """
    # Each is loaded where it is asked for: most exports ask for none but the shards.
    rule = None if sketches is None else sketches.rule()
    outputs: list[Output] = [Shards(config.partition_by, rule)]
    if (shuffle := config.order.rule()) is not None:
        from lumber.engine.shuffle import ShuffledShards

        outputs = [ShuffledShards(shuffle, rule)]
    if len(recipe.splits) > 1:
        from lumber.engine.split_contents import SplitContents

        outputs.append(SplitContents(config.split.model_dump(mode="json")))
    if isinstance(mined := recipe.step(Templates.name), Templates):
        # A version may have the table of the one before.
        if mined.table is None:
            from lumber.engine.template_table import TemplateFile

            outputs.append(TemplateFile())
        if config.sequences is not None:
            from lumber.engine.sequences.job import Sequences

            outputs.append(Sequences(config.sequences.rule(), planned_rows, sequence_rows))
    if rule is not None:
        from lumber.engine.sketches import Sketched

        outputs.append(Sketched(rule))
    if get_format(config.output_format).nests_json:
        from lumber.engine.json_text import JsonTextShards

        # The last one: outputs before it read the shards as the partitions wrote them.
        outputs.append(JsonTextShards())
    return tuple(outputs)
