"""Mappings: what is wrong with one is said with its line, the field and what is allowed."""

import json
import pickle

import pytest

from lumber.catalog.declared import Declaration
from lumber.errors import ConfigError
from lumber.sources.column_types import with_types
from lumber.sources.compiling import compile_mapping
from lumber.sources.guarantee import Guarantee
from lumber.sources.mapping import Made, parse_mapping
from lumber.sources.suggesting import own_suggestion
from lumber.sources.tables import SourceTable, TableColumn, UsedSchema
from lumber.store.relations import RawTime, Relation, Relations
from lumber.store.url import Dialect

GOOD = """# A comment.
kind = "logs"
table = "public.events"
key = "id"
time = "at"

[columns]
message = "text"
host_name = "host"
severity_text = { column = "prio", map = { 3 = "err" } }
"""
PLACES = {"columns.message": 8, "columns.host_name": 9, "columns.severity_text": 10}
PG = SourceTable(
    "public.events",
    '"public"."events"',
    (
        TableColumn("id", "bigint", nullable=False),
        TableColumn("at", "timestamp with time zone", nullable=False),
        TableColumn("local", "timestamp without time zone"),
        TableColumn("epoch", "bigint"),
        TableColumn("text", "text"),
        TableColumn("host", "character varying"),
        TableColumn("Prio", "smallint"),
        TableColumn("doc", "jsonb"),
        TableColumn("raw", "bytea"),
        TableColumn("addr", "inet"),
    ),
)
LITE = SourceTable(
    "events",
    'main."events"',
    (
        TableColumn("id", "INTEGER"),
        TableColumn("at", "DATETIME"),
        TableColumn("epoch", "INTEGER"),
        TableColumn("text", "TEXT"),
        TableColumn("host", "VARCHAR(60)"),
        TableColumn("prio", "INT"),
    ),
    row_id="id",
)


def problem(text: str, table: SourceTable | None = None, dialect: Dialect = "postgresql") -> str:
    try:
        mapping = parse_mapping(text)
        if table is not None:
            mapping = with_types(mapping, {each.name: each.type for each in table.columns}, dialect)
            compile_mapping(mapping, table, dialect)
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "logs"', 'kind = "log"', "kind: line 2: 'log' is not a data type"),
        ('kind = "logs"', "kind = ", "is not TOML"),
        ('table = "public.events"', "", "table: give either table or select"),
        ('table = "public.events"', 'tabel = "x"', "line 3: 'tabel' is not a field of a mapping: do you"),
        ('key = "id"', "", "key: is missing: give the column of the table that has it, such as"),
        ('key = "id"', 'key = { column = "id", map = { 1 = "2" } }', "line 4: must be the name of an int"),
        ('time = "at"', 'time = { column = "at", unit = "min" }', "unit 'min' is not one of s, ms, us, ns"),
        ('time = "at"', 'time = { column = "at", zone = "Mars" }', "line 5: zone 'Mars' is not a time zone"),
        ('message = "text"', "", "line 7: is missing: give the column of the table that has it, such"),
        ('message = "text"', 'mesage = "text"', "'mesage' is not a column of logs: do"),
        ('message = "text"', 'message = { colum = "text" }', "is not an option of a column: do you mean 'c"),
        ('message = "text"', 'message = "text"\nid = "id"', "line 9: 'id' is given by the field 'key'"),
        ('host_name = "host"', 'host_name = { join = ["host"] }', "join must be a list of at least two"),
        ('host_name = "host"', 'host_name = { column = "host", unit = "s" }', "and host_name isn't a time"),
        ('[columns]', 'guarantee = "maybe"\n[columns]', "guarantee: line 7: 'maybe' is not a guarantee"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    assert said in problem(GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"text"', '"txet"', "line 8: public.events has no column 'txet': do you mean 'text'?"),
        ('key = "id"', 'key = "text"', "line 4: column text has the type text, and a key"),
        ('time = "at"', 'time = "local"', "line 5: column local has the type timestamp without"),
        ('time = "at"', 'time = "epoch"', "the type bigint: say its unit (allowed: unit = \"s\""),
        ('time = "at"', 'time = { column = "at", zone = "UTC" }', "column at has a time zone already"),
        ('"host"', '"raw"', "line 9: column raw has the type bytea, which"),
        ('"host"', '{ column = "id", path = "a" }', "column id has the type bigint, which is no JSON"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_its_table_is_refused(old: str, new: str, said: str) -> None:
    assert said in problem(GOOD.replace(old, new), PG)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ('time = { column = "at", zone = "Europe/Berlin" }', "SQLite knows no time zones"),
        ('time = "epoch"', "column epoch has the type INTEGER: say its unit"),
        ('time = { column = "text", unit = "s" }', "only a number has a unit"),
    ],
)
def test_what_sqlite_can_not_do_is_refused(new: str, said: str) -> None:
    assert said in problem(GOOD.replace('time = "at"', new), LITE, "sqlite")


OWN = """kind = "ci_runs"
table = "public.events"
key = "id"
time = "at"

[fields.result]
column = "text"
one_of = ["ok", "failed"]
[fields.seconds]
column = "epoch"
min = 0
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ci_runs"', '"CI runs"', "kind: line 1: 'CI runs' can't name a data type of your own"),
        ('"ci_runs"', '"extra"', "kind: line 1: 'extra' can't name a data type of your own"),
        ('"ci_runs"', '"logs"', "fields: line 6: is for data types of your own. logs is built in"),
        ("[fields.result]", "[columns]\nx = 1\n[fields.result]", "is for data types that are built in."),
        ("[fields.result]", "[fields.id]", "fields.id: line 6: 'id' is the name of a column that Lumber"),
        ("[fields.result]", '[fields."a b"]', "'a b' can't name a column"),
        ("min = 0", 'min = "0"', "fields.seconds: line 9: min must be a number"),
        ("min = 0", 'type = "number"', "type 'number' is not one of integer, float, text, boolean"),
        ("min = 0", 'type = "text"\nmin = 0', "min is for numbers, and the type is text"),
        ("min = 0", 'type = "integer"\nmin = 5\nmax = 1', "min is 5, which is above max, 1"),
        ("min = 0", 'level = "harsh"', "level 'harsh' is not one of basic, strict"),
        ("min = 0", 'holds = "email"', "holds 'email' is not one of address, host, text"),
        ("min = 0", "required = 1", "required is true or false"),
        ('["ok", "failed"]', "[]", "one_of must be a list of texts or of whole numbers"),
        ('["ok", "failed"]', '["ok", 1]\ntype = "text"', "one_of has a value that isn't of the type text"),
        ('one_of = ["ok", "failed"]', 'type = "text"\npattern = "(?=a)"', "be matched in linear time: look"),
        ('one_of = ["ok", "failed"]', "colum = 1", "'colum' is not an option of a column: do you mean"),
        ('time = "at"', 'time = "at"\nmessage = "resutl"', "'resutl' is not a text column of ci_runs: do"),
    ],
)  # fmt: skip
def test_a_wrong_data_type_of_ones_own_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    assert said in problem(OWN.replace(old, new), PG)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ('x = "raw"', "line 12: column raw has the type bytea in the table: say which type it is to have"),
        ('x = "nowhere"', "extra.x: line 12: public.events has no column 'nowhere'"),
        ('x = { column = "prio", pattern = "a" }', "extra.x.pattern: line 12: pattern is for texts"),
        ('x = { column = "host", type = "integer" }', "which is no number"),
        ('X = "host"', "extra.X: line 12: 'X' can't name a column"),
        ('x = { column = "local" }', "say in which time zone it is"),
    ],
)  # fmt: skip
def test_a_wrong_further_column_is_refused_with_its_line(new: str, said: str) -> None:
    assert said in problem(f"{GOOD}[extra]\n{new}\n", PG)


def test_types_and_rules_make_a_kind() -> None:
    mapping = with_types(parse_mapping(OWN), {each.name: each.type for each in PG.columns}, "postgresql")
    kind = mapping.kind
    assert kind.schema.names == ["id", "timestamp", "result", "seconds"]
    assert [str(each) for each in kind.schema.types] == ["int64", "timestamp[us, tz=UTC]", "string", "int64"]
    assert [(rule.column, rule.id) for rule in kind.rules] == [
        *(("result", "no_nul"), ("result", "one_of"), ("seconds", "min"), ("timestamp", "not_future"))
    ]
    assert mapping.declaration is not None
    again = Declaration.of_json(json.loads(json.dumps(mapping.declaration.as_json())))
    assert again == mapping.declaration
    assert pickle.loads(pickle.dumps(again)) == again
    assert mapping.sha256 != with_types(parse_mapping(OWN.replace("min = 0", "min = 1")), {}, "sqlite").sha256


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": []},
        {"fields": [{"name": "a", "type": "text"}] * 2},
        {"fields": [{"name": "a", "type": "set"}]},
        {"fields": [{"name": "A", "type": "text"}]},
        {"fields": [{"name": "a", "type": "text", "pattern": "("}]},
        {"fields": [{"name": "a", "type": "text", "min": "x"}]},
        {"fields": None},
        {"name": "rejects"},
        {"name": 5},
        {"message": "b"},
    ],
)
def test_a_declaration_in_a_manifest_is_not_trusted(changes: dict[str, object]) -> None:
    good = {"name": "ci_runs", "fields": [{"name": "a", "type": "text"}]}
    assert Declaration.of_json(good).name == "ci_runs"
    with pytest.raises(ValueError, match=r"."):
        Declaration.of_json({**good, **changes})


def test_a_suggestion_for_ones_own_is_a_mapping_to_edit() -> None:
    text = own_suggestion("ci_runs", PG, "postgresql", "plant", {"host": ("a", "b'c")})
    assert """# one_of = ["a", "b'c"]""" in text
    mapping = with_types(parse_mapping(text.replace('type = "?"', 'type = "text"')), {}, "postgresql")
    assert "prio" in mapping.kind.schema.names


def test_every_problem_is_told_at_once() -> None:
    text = GOOD.replace('"text"', '"txet"').replace('"host"', '"hots"')
    assert all(word in problem(text, PG) for word in ("txet", "hots"))


def test_columns_are_taken_as_they_are_where_they_can_be() -> None:
    mapping = parse_mapping(GOOD.replace('table = "public.events"', 'table = "events"'))
    compiled = compile_mapping(mapping, PG, "postgresql")
    assert 'mapped."at" AS timestamp' in compiled.relation.query
    assert 'mapped."host" AS host_name' in compiled.relation.query
    assert compiled.relation.raw_time is None
    assert compiled.unusable is None
    assert mapping.guarantee is Guarantee.SNAPSHOT
    assert mapping.columns["message"] == Made(column="text")
    assert UsedSchema.of(mapping, PG).types["Prio"] == "smallint"


def test_an_epoch_is_compared_as_it_is_stored() -> None:
    text = GOOD.replace('time = "at"', 'time = { column = "epoch", unit = "ms" }')
    compiled = compile_mapping(parse_mapping(text), PG, "postgresql")
    assert compiled.relation.raw_time == RawTime("number", 1_000)
    relations = Relations({"log_entries": compiled.relation})
    kind = parse_mapping(text).kind
    assert relations.bounds(kind, 1_000_001, 2_000_001) == [
        "lumber_raw_time >= 1000",
        "lumber_raw_time <= 2001",
    ]
    assert relations.bounds(kind, None, 2**64 * 1000) == []
    assert "IS NULL" in (compiled.unusable or "")


def test_a_local_time_is_compared_with_a_day_of_slack() -> None:
    text = GOOD.replace('time = "at"', 'time = { column = "local", zone = "Europe/Berlin" }')
    raw = compile_mapping(parse_mapping(text), PG, "postgresql").relation.raw_time
    assert raw is not None
    assert not raw.is_ordered
    assert raw.bound(0, is_low=True) == "(TIMESTAMP '1970-01-01' + INTERVAL '-86400000000 microseconds')"


def test_statements_begin_with_the_query() -> None:
    relations = Relations({"t": Relation("t", "SELECT 1 AS a")})
    assert relations.sql("SELECT a FROM t") == "WITH t AS NOT MATERIALIZED (SELECT 1 AS a) SELECT a FROM t"
    assert relations.sql("WITH u AS (SELECT 2) SELECT a FROM t").endswith(", u AS (SELECT 2) SELECT a FROM t")
    assert Relations().sql("SELECT a FROM t") == "SELECT a FROM t"


def test_the_hash_is_that_of_the_meaning() -> None:
    same = parse_mapping(GOOD.replace("# A comment.", "")).sha256
    assert same == parse_mapping(GOOD).sha256
    assert same != parse_mapping(GOOD.replace('"err"', '"error"')).sha256
    changed = SourceTable("t", "t", tuple(TableColumn(each.name, "text") for each in PG.columns[1:]))
    assert UsedSchema.of(parse_mapping(GOOD), PG).changes(changed) == [
        "column id is gone",
        "column at was timestamp with time zone and is text",
        "column Prio was smallint and is text",
        "column host was character varying and is text",
    ]
