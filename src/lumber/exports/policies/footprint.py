"""What a config reads: every data type and column that it writes, filters by, or otherwise tells of.

Each field of a config is classified here. A field that isn't reads something unknown, which no policy allows:
so a new field is refused until somebody decides what it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from lumber.catalog.kind import Kind
from lumber.catalog.registry import get_kind
from lumber.exports.config import ExportConfig
from lumber.steps.deduplicate import DuplicateMode, has_duplicates
from lumber.steps.split import SplitMode

# A column that isn't one of the data type's own: what it is made of is unknown.
UNKNOWN = "(unknown)"
# Steps whose added columns are made of what the fields below read.
_KNOWN_STEPS = frozenset(("labels", "deduplicate", "templates"))


@dataclass(frozen=True, slots=True)
class Read:
    """A field of a config that reads a data type, or a column of it. `column` None: only the data type."""

    field: str
    kind: str
    column: str | None = None
    is_filter: bool = False


Reads = Iterator[Read]


def footprint(config: ExportConfig) -> Sequence[Read]:
    """Return everything that a config reads, without repetitions."""
    found = [read for name in _chosen(config) for read in _reads(name, config)]
    return list(dict.fromkeys(found))


def _reads(name: str, config: ExportConfig) -> Reads:
    rule = CLASSIFIED.get(name)
    if rule is None:
        yield from (Read(name, kind.name, UNKNOWN) for kind in config.kinds)
    else:
        yield from rule(config)


def _chosen(config: ExportConfig) -> Iterator[str]:
    """Yield the fields of a config that are set, those inside of options by their dotted names."""
    for name in type(config).model_fields:
        value = getattr(config, name)
        yield name
        if isinstance(value, BaseModel):
            yield from (f"{name}.{inner}" for inner in type(value).model_fields)


def all_fields() -> Iterator[str]:
    """Yield every field that a config can have, those inside of options by their dotted names."""
    for name, field in ExportConfig.model_fields.items():
        yield name
        for option in _models(field.annotation):
            yield from (f"{name}.{inner}" for inner in option.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


def _nothing(config: ExportConfig) -> Reads:
    """Read no column: the field decides how something is written, or its rule is elsewhere."""
    yield from ()


def _data_types(config: ExportConfig) -> Reads:
    yield from (Read("data_types", name) for name in config.data_types)


def _fields(config: ExportConfig) -> Reads:
    """Yield the columns that are written: without a choice, all of them."""
    for kind in config.kinds:
        made = {
            column.field.name
            for step in config.recipe(kind).steps
            if step.name in _KNOWN_STEPS
            for column in step.added(kind)
        }
        for column in config.recipe(kind).written(kind).schema.names:
            if column not in made:
                yield Read(f"fields.{kind.name}", kind.name, column)


def _source(config: ExportConfig) -> Reads:
    """Yield what nobody knows of a source: policies are written about our own tables."""
    if config.source is not None:
        yield from (Read("source", kind.name, UNKNOWN) for kind in config.kinds)


def _filters(config: ExportConfig) -> Reads:
    for key in config.filters:
        prefix, dot, rest = key.partition(".")
        is_of_kind = bool(dot) and prefix in config.data_types
        for kind in config.kinds:
            name = rest if is_of_kind else key
            if (not is_of_kind or prefix == kind.name) and name in kind.filterable:
                known = name if name in kind.schema.names else UNKNOWN
                yield Read(f"filters.{key}", kind.name, known, is_filter=True)


def _processes(config: ExportConfig) -> Reads:
    if config.processes:
        for kind in config.kinds:
            if kind.process_column is not None:
                yield Read("processes", kind.name, kind.process_column, is_filter=True)


def _split(config: ExportConfig) -> Reads:
    """Yield what decides about the split of rows with a leader: rows of its data type."""
    if config.split.mode is not SplitMode.NONE:
        for kind in config.kinds:
            if kind.leader is not None:
                yield Read("split.mode", kind.name, kind.leader.column)
                yield Read("split.mode", kind.leader.kind)


def _split_by(config: ExportConfig) -> Reads:
    if config.split.mode.has_groups:
        for kind in config.kinds:
            holder = kind if kind.leader is None else get_kind(kind.leader.kind)
            yield Read("split.by", holder.name, _own(holder, config.split.by))


def _split_strata(config: ExportConfig) -> Reads:
    yield from _strata(config, "split.stratify", config.split.stratify)


def _sample_strata(config: ExportConfig) -> Reads:
    column = None if config.sample is None else config.sample.stratify
    yield from _strata(config, "sample.stratify", column)


def _strata(config: ExportConfig, field: str, column: str | None) -> Reads:
    """Yield the column of strata. That of the label is added by labels, which have reads of their own."""
    for kind in config.kinds:
        if column is not None and column in kind.schema.names:
            yield Read(field, kind.name, column)


def _sample(config: ExportConfig) -> Reads:
    """Yield the column that keeps rows with their leader."""
    if config.sample is not None:
        for kind in config.kinds:
            if kind.leader is not None:
                yield Read("sample", kind.name, kind.leader.column)


def _deduplicate(config: ExportConfig) -> Reads:
    if config.deduplicate.mode is not DuplicateMode.OFF:
        for kind in filter(has_duplicates, config.kinds):
            compared = (kind.device_column, kind.time_column, kind.process_column, kind.message_column)
            level = kind.level_column if config.deduplicate.mode is DuplicateMode.BURST else None
            yield from _columns("deduplicate", kind, *compared, level)


def _labels(config: ExportConfig) -> Reads:
    """Yield the columns of the findings that labels tell of, and those that join both."""
    if config.labels is None:
        return
    for kind in config.kinds:
        source = kind.labels_from
        if source is None:
            continue
        findings = get_kind(source.kind)
        told = (source.row_column, source.type_column, source.score_column, source.verdict_column)
        yield Read("labels", findings.name)
        for column in (*told, source.detector_column):
            yield Read("labels", findings.name, _own(findings, column))
        if config.labels.window_seconds is not None and kind.device_column is not None:
            yield from _columns("labels.window_seconds", kind, kind.device_column, kind.time_column)
            yield Read("labels.window_seconds", findings.name, _own(findings, source.device_column))
            yield Read("labels.window_seconds", findings.name, findings.time_column)


def _templates(config: ExportConfig) -> Reads:
    if config.templates is not None:
        for kind in config.kinds:
            yield from _columns("templates", kind, kind.message_column)


def _sequences(config: ExportConfig) -> Reads:
    if config.sequences is not None:
        for kind in config.kinds:
            if kind.message_column is not None:
                columns = (kind.message_column, kind.device_column, kind.time_column)
                yield from _columns("sequences", kind, *columns)


def _columns(field: str, kind: Kind, *names: str | None) -> Reads:
    yield from (Read(field, kind.name, _own(kind, name)) for name in names if name is not None)


def _own(kind: Kind, name: str) -> str:
    """Return the name of a column that policies can name, or UNKNOWN."""
    return name if name in kind.schema.names else UNKNOWN


# Dates, destinations and privacy have rules of their own, in `judging`.
CLASSIFIED: Mapping[str, Callable[[ExportConfig], Reads]] = {
    "data_types": _data_types,
    "fields": _fields,
    "filters": _filters,
    "processes": _processes,
    "source": _source,
    "split": _nothing,
    "split.mode": _split,
    "split.by": _split_by,
    "split.stratify": _split_strata,
    "sample": _sample,
    "sample.stratify": _sample_strata,
    "deduplicate": _deduplicate,
    "labels": _labels,
    "templates": _templates,
    "sequences": _sequences,
    **dict.fromkeys(
        (
            # The dates of an export, and of its splits and folders.
            *("start_date", "end_date", "end_before", "date_range", "time_zone"),
            *("partition_by", "split.dates"),
            # `judging` has the rule about where results go.
            "destination",
            # How rows are checked, written and ordered. Rejects show no values of hidden columns.
            *("batch_size", "planning", "include_metadata", "validation_level", "max_reject_ratio"),
            *("output_format", "compression", "csv_escape_formulas", "order", "order.by", "order.seed"),
            *("split.ratios", "split.unseen", "split.seed", "split.embargo_seconds"),
            *("sample.share", "sample.rows", "sample.seed"),
            *("deduplicate.mode", "deduplicate.burst_seconds"),
            *("labels.window_seconds", "labels.assume_normal", "labels.confirmed_only"),
            *("labels.detectors", "labels.only"),
            *("templates.masks", "templates.custom_masks", "templates.keep", "templates.similarity"),
            *("templates.prefix_tokens", "templates.max_templates"),
            *("sequences.mode", "sequences.unit", "sequences.size", "sequences.step"),
            *("sequences.gap_seconds", "sequences.max_length", "sequences.drop_last"),
            *("privacy", "privacy.addresses", "privacy.ipv4_prefix", "privacy.ipv6_prefix"),
            *("privacy.identifiers", "privacy.secrets", "privacy.context", "privacy.rules"),
            *("privacy.drop_scope", "privacy.renumber_ids", "privacy.k_anonymity"),
            *("privacy.shift_times", "privacy.shift_group"),
            "privacy.known_values",
            # Which rows of the selection are new.
            *("dataset", "incremental", "new_major"),
        ),
        _nothing,
    ),
}
