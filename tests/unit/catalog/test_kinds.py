"""What every built-in kind promises the store and the pipeline."""

from datetime import UTC, datetime

import polars as pl
import pytest

from lumber.catalog.kind import NOW, Kind, Level, Storage, is_json_field
from lumber.catalog.registry import all_kinds
from lumber.store.models import Base
from lumber.store.types import TYPE_OF
from tests.unit.catalog.frames import empty_frame

KINDS = pytest.mark.parametrize("kind", all_kinds().values(), ids=list(all_kinds()))


@KINDS
def test_columns_exist_in_the_model_with_the_same_type(kind: Kind) -> None:
    table = Base.metadata.tables[kind.table]
    assert {column.name for column in kind.columns} == set(table.columns.keys())
    for column in kind.columns:
        assert type(table.columns[column.name].type) is type(TYPE_OF[column.storage]), column.name


@KINDS
def test_schema_comes_from_the_table_or_the_transform(kind: Kind) -> None:
    derived = kind.transform(empty_frame(kind)).columns
    assert set(derived) <= set(kind.schema.names)
    assert set(kind.schema.names) <= {column.name for column in kind.columns} | set(derived)


@KINDS
def test_rules_and_transform_take_an_empty_batch(kind: Kind) -> None:
    frame = empty_frame(kind).with_columns(pl.lit(datetime.now(UTC)).alias(NOW))
    for rule in kind.rules:
        assert rule.violations(frame).to_list() == []
        assert rule.level is not Level.NONE
    assert set(kind.transform(frame).changes.values()) <= {0}


@KINDS
def test_named_columns_are_columns(kind: Kind) -> None:
    named = [kind.id_column, kind.time_column, kind.overlap_column, kind.process_column, kind.level_column]
    named += [rule.column for rule in kind.rules] + [reference.column for reference in kind.references]
    named += [source for column in kind.columns for source in column.filter_sources]
    for name in named:
        assert name is None or kind.column(name).name == name
    with pytest.raises(KeyError):
        kind.column("nothing")


@KINDS
def test_json_columns_are_those_that_the_table_holds_as_json(kind: Kind) -> None:
    stored = {column.name for column in kind.columns if column.storage is Storage.JSON}
    assert set(kind.json_columns) == stored
    assert {field.name for field in kind.schema if is_json_field(field)} == stored


@KINDS
def test_vocabulary_is_upper_case_outside_and_lower_case_inside(kind: Kind) -> None:
    for column in kind.columns:
        for name, spellings in (column.vocabulary or {}).items():
            assert name == name.upper()
            assert all(text == text.lower() for text in spellings)


@KINDS
def test_references_point_to_tables_that_exist(kind: Kind) -> None:
    for reference in kind.references:
        assert reference.target in Base.metadata.tables[reference.table].columns


def test_each_level_includes_the_ones_before_it() -> None:
    included = {level: [other.value for other in Level if level.includes(other)] for level in Level}
    assert included == {
        Level.NONE: ["none"],
        Level.BASIC: ["none", "basic"],
        Level.STRICT: ["none", "basic", "strict"],
    }
