"""The findings that label a kind: which row, or which device and moment, each is about, and what it says."""

from __future__ import annotations

from dataclasses import replace

from lumber.catalog.kind import Kind, LabelSource
from lumber.catalog.registry import get_kind

FALSE_POSITIVE, TRUE_POSITIVE = "false_positive", "true_positive"


def findings_of(source: LabelSource) -> Kind:
    """Return the kind of the findings, with only the columns and rules that labels need.

    The rules are those of the type and the score: a value that breaks one is unknown, but the finding stands.
    """
    kind = get_kind(source.kind)
    read = (kind.id_column, kind.time_column, *source.columns)
    checked = (source.type_column, source.score_column)
    return replace(
        kind,
        columns=tuple(column for column in kind.columns if column.name in read),
        rules=tuple(rule for rule in kind.rules if rule.column in checked),
        references=(),
        leader=None,
    )
