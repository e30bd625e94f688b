"""Another package adds a kind with one module and an entry point: every command knows it at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.commands import lumber
from tests.integration.processes import PATIENCE_SECONDS
from tests.integration.toy_package import Installation, install

BUDGET_REASON = "Every command runs as it is installed, with a kind of another package."

MODULE = '''
"""sensors: temperatures, as an example of a kind from outside."""

import pyarrow as pa

from lumber.catalog import rules
from lumber.catalog.kind import ORDERED, TIMESTAMP, Column, Kind, Storage, Transformed, optional, required

KIND = Kind(
    name="sensors",
    title="Sensors",
    description="Temperatures that sensors measured.",
    table="sensors",
    schema=pa.schema(
        [required("id", pa.int64()), required("measured_at", TIMESTAMP), optional("celsius", pa.float64())]
    ),
    columns=(
        Column("id", Storage.INTEGER, ORDERED),
        Column("measured_at", Storage.TIME, ORDERED),
        Column("celsius", Storage.REAL, ORDERED),
    ),
    time_column="measured_at",
    rules=(rules.in_range("celsius", -90, 60),),
    transform=lambda frame: Transformed({}),
    is_append_only=APPEND_ONLY,
)
'''
TABLE = {
    "sqlite": "CREATE TABLE sensors (id INTEGER PRIMARY KEY AUTOINCREMENT, measured_at INTEGER, celsius REAL)"
    " STRICT",
    "postgresql": "CREATE TABLE sensors (id bigserial PRIMARY KEY, measured_at timestamptz,"
    " celsius double precision, tx xid8 NOT NULL DEFAULT pg_current_xact_id())",
}
# 100 rows, one an hour from 1970 on, of 0 to 99 degrees: those above 60 break the rule.
ROWS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
    " INSERT INTO sensors (measured_at, celsius) SELECT i * 3600000000, i FROM n",
    "postgresql": "INSERT INTO sensors (measured_at, celsius)"
    " SELECT to_timestamp(i * 3600), i FROM generate_series(0, 99) AS i",
}


@pytest.fixture
def is_append_only() -> bool:
    return True


@pytest.fixture
def package(is_append_only: bool, tmp_path: Path) -> Path:
    """An installed package with nothing in it but the kind."""
    module = MODULE.replace("APPEND_ONLY", str(is_append_only))
    entry_points = {"lumber.kinds": {"sensors": "KIND"}}
    return install(tmp_path / "packages", "toy_sensors", module, entry_points)


def with_rows(package: Path, url: str) -> Installation:
    """Make the package's table, with its rows."""
    address = DatabaseUrl.parse(url)
    with BulkConnection(address) as connection:
        connection.execute(TABLE[address.dialect])
        connection.execute(ROWS[address.dialect])
        connection.commit()
    return Installation(package, url)


@pytest.mark.parametrize("is_append_only", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_kind_of_another_package_works_from_preview_to_manifest(
    package: Path, either_database_url: str, tmp_path: Path
) -> None:
    installed = with_rows(package, either_database_url)
    preview = installed.run("preview", "--data-type", "sensors", code=0)["kinds"]["sensors"]
    assert (preview["rows"], preview["first"]) == (100, "1970-01-01T00:00:00.000000Z")
    assert preview["reject_estimate"] | {"sampled_rows": 100} == {
        "rows": 39,
        "sampled_rows": 100,
        "rejected_in_sample": 39,
        "is_exact": True,
        "by_rule": {"celsius.in_range": 39},
    }

    out = tmp_path / "out"
    selection = ["--data-type", "sensors", "--filter", "celsius>=50", "--start", "1970-01-03"]
    done = installed.run("export", *selection, "--format", "parquet", "--output", out, code=0)
    counts = {"read": 50, "written": 11, "rejected": 39, "deduplicated": 0}
    assert done["kinds"] == {"sensors": counts}

    frame = pl.read_parquet(out / "sensors" / "*.parquet")
    assert frame.columns == ["id", "measured_at", "celsius"]
    assert frame["celsius"].to_list() == [float(number) for number in range(50, 61)]
    rejects = [json.loads(line) for line in (out / "rejects" / "sensors.jsonl").read_text().splitlines()]
    assert len(rejects) == 39
    assert rejects[0] == {
        "kind": "sensors",
        "id": 62,
        "rule": "in_range",
        "column": "celsius",
        "value": "61.0",
        "reason": "is outside the range -90 to 60",
    }

    manifest = json.loads((out / "manifest.json").read_text())
    section = manifest["kinds"]["sensors"]
    assert {name: section[name] for name in counts} == counts
    assert section["balanced"] is True
    assert section["rejects_by_rule"] == {"celsius.in_range": 39}
    assert [field["name"] for field in section["schema"]] == frame.columns
    assert "config_name: sensors" in (out / "README.md").read_text()


def test_its_filters_are_as_closed_as_the_others(package: Path, sqlite_url: str, tmp_path: Path) -> None:
    installed = with_rows(package, sqlite_url)
    refused = installed.run("preview", "-d", "sensors", "-f", "humidity>1", code=3)
    (field,) = refused["error"]["fields"]
    assert field["allowed"] == ["sensors.id", "sensors.measured_at", "sensors.celsius"]
    refused = installed.run("preview", "-d", "flows", code=3)
    assert refused["error"]["fields"][0]["allowed"] == ["logs", "anomalies", "ips", "sensors"]
    assert installed.run("doctor", code=0)["ok"] is True


def test_without_the_package_the_kind_is_unknown(sqlite_url: str) -> None:
    done = lumber("preview", "--data-type", "sensors", "--database-url", sqlite_url, "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["fields"][0]["allowed"] == ["logs", "anomalies", "ips"]


def test_two_kinds_of_one_name_are_refused_by_name(package: Path, sqlite_url: str) -> None:
    entry_points = package / "toy_sensors-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text("[lumber.kinds]\nsensors = toy_sensors:KIND\nagain = toy_sensors:KIND\n")
    command = [sys.executable, "-c", "from lumber.catalog.registry import all_kinds; all_kinds()"]
    environment = os.environ | {"PYTHONPATH": str(package)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, env=environment)
    assert "two kinds are named 'sensors': rename the one of 'toy_sensors:KIND'" in done.stderr
