"""Wrong mappings of a real table: each error names the field, its line, the value and what is allowed."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.integration.datasets import execute
from tests.integration.sources.rsyslog import make_events, write_mapping
from tests.integration.sources.test_source_exports import call, done, ledger_url

__all__ = ["call", "ledger_url"]

Call = Callable[..., CompletedProcess[str]]

GOOD = """kind = "logs"
table = "SystemEvents"
key = "ID"
time = { column = "ReceivedAt", zone = "UTC" }
guarantee = "snapshot"

[columns]
message = "Message"
host_name = "FromHost"
severity_text = { column = "Priority", map = { 3 = "err", 4 = "warning", 6 = "info" } }

[extra]
facility = { column = "Facility", type = "integer", min = 0, max = 23 }
"""
# What is wrong: a text and what stands in its place; then field, line, value and what is allowed.
WRONG = {
    "data type": ('kind = "logs"', 'kind = "log"', "kind", 1, "log", ("logs", "anomalies", "ips")),
    "table": ('"SystemEvents"', '"SystemEvent"', "table", 2, "SystemEvent", ("public.systemevents",)),
    "field": ("guarantee =", "garantee =", "garantee", 5, "snapshot", ("guarantee", "filter")),
    "guarantee": ('"snapshot"', '"always"', "guarantee", 5, "always", ("snapshot", "append_only")),
    "column of the kind": ("host_name =", "hostname =", "columns.hostname", 9, "FromHost", ("host_name",)),
    "column of the table": ('"FromHost"', '"Host"', "columns.host_name", 9, "Host", ("fromhost",)),
    "type of the key": ('"ID"', '"Message"', "key", 3, "Message", ("integer", "bigint")),
    "time without a zone": (
        *('{ column = "ReceivedAt", zone = "UTC" }', '"ReceivedAt"'),
        *("time", 4, "ReceivedAt", ('zone = "UTC"',)),
    ),
    "unknown zone": (
        'zone = "UTC"',
        'zone = "Utopia"',
        "time",
        4,
        "Utopia",
        ("names such as Europe/Berlin",),
    ),
    "unknown unit": ('zone = "UTC"', 'unit = "h"', "time", 4, "h", ("s", "ms", "us", "ns")),
    "time of a number": ('"ReceivedAt", zone = "UTC"', '"Facility"', "time", 4, "Facility", ('unit = "s"',)),
    "option of a column": (
        *("map = {", "mapp = {", "columns.severity_text", 10),
        *("mapp", ("column", "constant", "map")),
    ),
    "form of a column": (
        *('"FromHost"', '{ join = ["FromHost"] }', "columns.host_name", 9),
        *("FromHost", ('{ join = ["first", "second"]',)),
    ),
    "type of a further column": (
        *('type = "integer"', 'type = "int"', "extra.facility", 13),
        *("int", ("integer", "float", "text")),
    ),
    "rule of another type": ("min = 0", 'pattern = "a"', "extra.facility", 13, "a", ("text",)),
    "bounds": ("min = 0", "min = 50", "extra.facility", 13, "50", ("at most 23",)),
    "name of a further column": (
        "facility =",
        '"my facility" =',
        "extra",
        13,
        "my facility",
        ("lower-case letters",),
    ),
}


@pytest.fixture
def plant(call: Call, empty_postgres_url: str, tmp_path: Path) -> Call:
    make_events(empty_postgres_url, 10)
    execute(empty_postgres_url, "ANALYZE")
    done(call("source", "add", "plant", "--url", empty_postgres_url))
    done(call("source", "check", "plant", write_mapping(tmp_path, GOOD)))
    return call


def test_each_wrong_mapping_is_refused_with_field_line_value_and_what_is_allowed(
    plant: Call, tmp_path: Path
) -> None:
    for name, (old, new, field, line, value, allowed) in WRONG.items():
        assert GOOD.count(old) == 1, name
        path = write_mapping(tmp_path, GOOD.replace(old, new))
        refused = plant("source", "check", "plant", path)
        assert refused.returncode == 3, name
        told = " ".join(refused.stderr.split())
        for words in (f"error: {field}", f": line {line}: ", *allowed):
            assert words in told, (name, told)
        assert "<" not in told, (name, told)
        answer = json.loads(plant("source", "check", "plant", path, "--json").stdout)
        (problem,) = answer["error"]["fields"]
        assert value in str(problem["value"]), (name, problem)
        assert problem["field"].startswith(field)
