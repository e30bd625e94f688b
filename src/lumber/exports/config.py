"""ExportConfig: the request of an export, with the same JSON in the command line, the API and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from lumber.catalog.kind import Kind
from lumber.catalog.registry import get_kind
from lumber.catalog.selection import Selection, select
from lumber.dataset.reproducibility import hash_json
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config_fields import ConfigFields, are_kinds_known
from lumber.exports.options.date_range import resolve_range, zone_of
from lumber.exports.options.deduplicate import date_problems
from lumber.exports.options.fields import field_problems
from lumber.exports.options.labels import label_problems
from lumber.exports.options.moment import range_problems, relative_problems
from lumber.exports.options.partition_by import partition_problems
from lumber.exports.options.planning import planning_problems
from lumber.exports.options.privacy_rules import column_problems
from lumber.exports.options.sample import stratify_problems
from lumber.exports.options.split import group_problems
from lumber.exports.options.templates import TemplateConfig, message_problems
from lumber.exports.options.version import version_problems
from lumber.formats import Compression, resolve_compression
from lumber.privacy.rule import PrivacyRule
from lumber.steps.cast import Cast
from lumber.steps.labelled import LabelledOnly
from lumber.steps.recipe import Recipe
from lumber.steps.split import NO_SPLIT, SplitRule
from lumber.steps.step import Step
from lumber.steps.templates.step import Templates
from lumber.steps.transform import Transform
from lumber.steps.validate import Validate

if TYPE_CHECKING:
    from lumber.steps.templates.options import TemplateOptions
    from lumber.steps.templates.table import TemplateTable

# Fields of later versions, which old configs lack.
# Of the last, stored configs have only what is set.
_SPARSE = frozenset(
    ("date_range", "time_zone", "destination", "dataset", "incremental", "new_major", "source", "planning")
)
_LATER = frozenset(("end_before", "partition_by", *_SPARSE))
# What a field of a later version is without being set, if that isn't empty.
_USUAL: dict[str, Any] = {"planning": "exact"}
_LATER_PARTS = {
    "split": ("stratify",),
    "labels": ("only",),
    "templates": ("custom_masks", "keep"),
    "privacy": (
        "context",
        "rules",
        "drop_scope",
        "renumber_ids",
        "shift_times",
        "shift_group",
        "known_values",
        "k_anonymity",
    ),
}


class ExportConfig(ConfigFields):
    """The frozen request of one export. Unknown fields, data types, columns and operators are rejected."""

    @model_validator(mode="after")
    def _consistent(self) -> ExportConfig:
        problems = range_problems(self.start_date, self.end_date, self.end_before)
        problems += relative_problems(
            self.date_range, self.time_zone, self.start_date, self.end_date, self.end_before
        )
        try:
            resolve_compression(self.output_format, self.compression)
        except ValueError as error:
            problems.append(FieldProblem("compression", self.compression, str(error)))
        problems += date_problems(self.deduplicate, self.split.dates)
        problems += planning_problems(self.planning, self.source)
        problems += version_problems(self.dataset, self.incremental, self.new_major, self.split.stratify)
        if self.has_known_kinds:
            problems += self._kind_problems()
        if problems:
            raise ConfigError(problems)
        return self

    def _kind_problems(self) -> list[FieldProblem]:
        """Return the problems with what the data types have. Those of a source may be of one's own."""
        complete = [self.recipe(kind).record(kind) for kind in self.kinds]
        problems = [*field_problems(self.fields, complete), *group_problems(self.split, self.kinds)]
        problems += partition_problems(self.partition_by, self.order, complete)
        rules = None if self.privacy is None else self.privacy.rules
        problems += column_problems(rules, complete, has_templates=self.has_templates)
        if self.privacy is not None and self.privacy.k_anonymity:
            if self.incremental:
                message = "counts all rows, and an increment reads only new ones"
                problems.append(FieldProblem("privacy.k_anonymity", None, message))
            elif not field_problems(self.fields, complete):
                problems += self.privacy.anonymity_problems(self.written_kinds())
        problems += label_problems(self.labels, self.kinds)
        problems += stratify_problems("split", self.split.stratify, complete)
        if self.sample is not None:
            problems += stratify_problems("sample", self.sample.stratify, complete)
        asked = {"templates": self.templates, "sequences": self.sequences}
        for option in (name for name, value in asked.items() if value is not None):
            problems += message_problems(option, self.kinds)
        try:
            self._selections()
        except ConfigError as error:
            problems.extend(error.problems)
        return problems

    @property
    def has_known_kinds(self) -> bool:
        """Whether its data types are known here: those of a source are while it is in use."""
        return are_kinds_known(self.source)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds to export, in the order asked for."""
        return tuple(get_kind(name) for name in self.data_types)

    def recipe(
        self,
        kind: Kind,
        split: SplitRule = NO_SPLIT,
        privacy: PrivacyRule | None = None,
        *,
        only_written: bool = False,
        templates: TemplateTable | None = None,
    ) -> Recipe:
        """Return the steps for the rows of a kind.

        `split` is the rule with its cuts found, `privacy` the rule with its key. With `only_written`, rejects
        show no values of columns that aren't written. `templates` is the table of an earlier version of the
        dataset, if there is one: then none is mined.
        """
        fields = self.fields.get(kind.name)
        asked = (
            Cast(),
            Validate(self.validation_level),
            None if self.labels is None else self.labels.rule(),
            # Of duplicates one row stays, so the split can't divide them.
            self.deduplicate.rule(),
            split,
            Transform(),
            LabelledOnly() if self.labels is not None and self.labels.only else None,
            None if self.sample is None else self.sample.rule(),
            None if fields is None or not only_written else _withhold(fields),
            privacy,
            Templates(self.template_options, templates) if self.has_templates else None,
        )
        return Recipe(
            tuple(step for step in asked if step is not None and step.applies_to(kind)),
            None if fields is None else tuple(fields),
        )

    @property
    def is_estimated(self) -> bool:
        """Whether large tables are sampled to plan partitions, instead of counted."""
        return self.planning == "estimated"

    @property
    def has_templates(self) -> bool:
        """Whether messages get templates. Sequences are made of them."""
        return self.templates is not None or self.sequences is not None

    @property
    def template_options(self) -> TemplateOptions:
        """The options of the templates, if there are any."""
        return (self.templates or TemplateConfig()).rule()

    def written_kinds(self) -> tuple[Kind, ...]:
        """Return the kinds with the columns that this export writes."""
        return tuple(self.recipe(kind).written(kind) for kind in self.kinds)

    @property
    def resolved_compression(self) -> Compression:
        """The compression that the export uses."""
        return resolve_compression(self.output_format, self.compression)

    def resolved(self, now: datetime, zone: str = "UTC") -> ExportConfig:
        """Return the config with dates in place of `date_range`. `zone` is used if the config names none.

        Raises ConfigError if the range is empty at this time.
        """
        if self.date_range is None:
            return self
        start, before = resolve_range(self.date_range, now, zone_of(self.time_zone or zone))
        dates = {"start_date": start, "end_before": before, "date_range": None, "time_zone": None}
        return self.model_copy(update=dates)

    def selections(self) -> tuple[Selection, ...]:
        """Return which rows of each kind are exported. Raises RuntimeError for relative dates."""
        if self.date_range is not None:
            raise RuntimeError("relative dates must be resolved before rows are selected")
        return self._selections()

    def _selections(self) -> tuple[Selection, ...]:
        return select(
            self.kinds,
            start=self.start_date,
            end=self.end_date,
            before=self.end_before,
            filters=self.filters,
            processes=self.processes,
        )

    def unapplied_filters(self, kind: Kind) -> tuple[str, ...]:
        """Return the filters without a data type whose column `kind` doesn't have, such as `processes`.

        They don't restrict it: all its rows are exported.
        """
        chosen = tuple(f"{name}." for name in self.data_types)
        missing = [key for key in self.filters if not key.startswith(chosen) and key not in kind.filterable]
        return (*missing, *(["processes"] if self.processes and kind.process_column is None else []))

    def as_json(self) -> dict[str, Any]:
        """Return the config as plain JSON values; `parsing.parse_config` of it is an equal config."""
        values = self.model_dump(mode="json")
        return {name: each for name, each in values.items() if name not in _SPARSE or _is_set(name, each)}

    @property
    def hash(self) -> str:
        """A hash of the config, the same for equal configs."""
        return hash_json(without_unset(self.as_json()))


def without_unset(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a config without unset fields of later versions, so that old hashes stay valid."""
    kept = {name: each for name, each in values.items() if name not in _LATER or _is_set(name, each)}
    for part, later in _LATER_PARTS.items():
        if isinstance(found := kept.get(part), Mapping):
            kept[part] = {name: each for name, each in found.items() if name not in later or each}
    return kept


def _is_set(name: str, value: Any) -> bool:
    return bool(value) and value != _USUAL.get(name)


def _withhold(columns: Sequence[str]) -> Step:
    # Only exports of accounts need it.
    from lumber.steps.withhold import Withhold

    return Withhold(tuple(columns))
