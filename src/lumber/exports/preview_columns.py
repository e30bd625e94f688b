"""Adds to the sample records of a preview the columns that labels and templates add to the rows."""

from __future__ import annotations

import asyncio

import polars as pl
import pyarrow as pa

from lumber.catalog.findings import findings_of
from lumber.catalog.kind import Kind
from lumber.exports.config import ExportConfig
from lumber.exports.preview_report import SampleRecords
from lumber.exports.preview_sample import plain_batch
from lumber.exports.snapshot import Snapshot
from lumber.steps.labels import LABEL_FIELDS, Labeler, LabelRule, read_findings
from lumber.steps.lists import json_lists
from lumber.steps.step import Records
from lumber.steps.templates.step import TEMPLATE_COLUMNS, Templates
from lumber.store.labelling import plain_labels_statement

_TEMPLATE_NAMES = [column.field.name for column in TEMPLATE_COLUMNS]


async def sample_records(
    config: ExportConfig,
    snapshot: Snapshot,
    kind: Kind,
    valid: pl.DataFrame,
    records: pa.RecordBatch,
    count: int,
) -> SampleRecords:
    """Return the first `count` records as they would be written; `before` is left empty.

    `valid` are the valid sample rows, and `records` the same rows with privacy applied. Labels are those of
    the export. Templates are mined in the sample, so those of the export may differ. Other columns need all
    rows: `not_shown` names them.
    """
    recipe = config.recipe(kind)
    written = recipe.written(kind).schema.names
    if not count or not records.num_rows:
        return SampleRecords(before=[], after=[])
    frame = pl.DataFrame(pl.from_arrow(records.slice(0, count)))
    rule = recipe.step(LabelRule.name)
    if isinstance(rule, LabelRule):
        frame = frame.hstack(await _labels(rule, snapshot, kind, valid.head(count)))
    templates = recipe.step(Templates.name)
    has_mined = isinstance(templates, Templates) and any(name in written for name in _TEMPLATE_NAMES)
    if isinstance(templates, Templates) and has_mined:
        frame = frame.hstack(await asyncio.to_thread(_templates, templates, kind, records, count))
    shown = [name for name in written if name in frame.columns]
    return SampleRecords(
        before=[],
        after=frame.select(shown).to_dicts(),
        not_shown=[name for name in written if name not in shown],
        approximate=[name for name in _TEMPLATE_NAMES if has_mined and name in shown],
    )


async def _labels(rule: LabelRule, snapshot: Snapshot, kind: Kind, rows: pl.DataFrame) -> list[pl.Series]:
    """Return the label columns of neighbouring rows, by the findings about them."""
    assert kind.labels_from is not None
    key = [pl.col(kind.time_column).dt.epoch("us"), pl.col(kind.id_column)]
    keys = sorted(rows.select(key).iter_rows())
    last_time, last_id = keys[-1]
    side = rule.side_input(kind)
    statement = plain_labels_statement(
        kind,
        snapshot.source.dialect,
        lower=keys[0],
        upper=(last_time, last_id + 1),
        window_us=side.window_us,
        relations=snapshot.relations,
    )
    found = [tuple(row) for row in await snapshot.connection.exec_driver_sql(statement)]
    findings = read_findings(kind.labels_from, [plain_batch(findings_of(kind.labels_from), found, None)])
    return Labeler(rule, kind, findings).apply(rows).select([f.name for f in LABEL_FIELDS]).get_columns()


def _templates(step: Templates, kind: Kind, records: pa.RecordBatch, count: int) -> list[pl.Series]:
    """Return the template columns of the first records, with templates mined in all of them."""
    assert kind.message_column is not None
    # Loaded only here: few exports have templates.
    from lumber.steps.templates.matcher import TemplateMatcher

    fit = step.fit(kind)
    assert fit is not None
    fit.add(Records(records))
    table = step.fitted(fit).table
    assert table is not None
    messages = Records(records.slice(0, count)).column(kind.message_column)
    found = TemplateMatcher(table).apply(messages)
    return found.with_columns(json_lists("template_params")).get_columns()
