"""Several data types of one collected source in one export: lines with labels, findings, and one's own."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

import lumber as library
from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.datasets import START
from tests.integration.sources.lakes import make_lake, write_events
from tests.integration.sources.rsyslog import MAPPING, at, write_mapping

Call = Callable[..., CompletedProcess[str]]
ROWS = 900
LINES = MAPPING.replace('table = "SystemEvents"', 'table = "events"')
FINDINGS = """
kind = "anomalies"
table = "findings"
key = "number"
time = { column = "seen", zone = "UTC" }
[columns]
anomaly_type = "what"
log_entry_id = "line"
score = "score"
detector = { constant = "ours" }
"""
DOORS = """
kind = "door_events"
table = "events"
key = "ID"
time = { column = "ReceivedAt", zone = "UTC" }
message = "text"
[fields]
priority = "Priority"
text = { column = "Message", required = true }
"""


@pytest.fixture
def call(tmp_path: Path) -> Call:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_tables(url)

    def run(*arguments: object) -> CompletedProcess[str]:
        chosen = {"LUMBER_DATA_DIR": tmp_path / "data", "LUMBER_WORKERS": 2, "LUMBER_PARTITION_ROWS": 200}
        done = lumber(*arguments, "--database-url", url, **chosen)
        assert done.returncode == 0, done.stderr + done.stdout
        return done

    return run


def finding(line: int) -> dict[str, Any]:
    seen = (START + timedelta(microseconds=at(line))).replace(tzinfo=None)
    return {"number": line, "seen": seen, "what": "spike", "line": line, "score": 0.75}


def test_labels_and_several_data_types_come_from_one_collected_source(call: Call, tmp_path: Path) -> None:
    url = make_lake(tmp_path / "lake", ROWS, "parquet")
    marked = range(7, ROWS + 1, 90)
    (tmp_path / "lake" / "findings").mkdir()
    write_events(tmp_path / "lake" / "findings" / "all.parquet", [finding(line) for line in marked])
    call("source", "add", "lake", "--url", url)
    for mapping in (LINES, FINDINGS, DOORS):
        call("source", "map", "lake", write_mapping(tmp_path, mapping))
    out = tmp_path / "out"
    call(
        *("export", "--source", "lake", "-d", "logs", "-d", "anomalies", "-d", "door_events"),
        *("--labels", "--split", "time", "--format", "parquet", "--output", out),
    )
    dataset = library.open(out)
    lines, doors = dataset.to_polars("logs"), dataset.to_polars("door_events")
    assert (len(lines), len(doors), len(dataset.to_polars("anomalies"))) == (ROWS, ROWS, len(marked))
    labelled = lines.filter(lines["label"] == 1)
    assert sorted(labelled["id"].to_list()) == list(marked)
    assert set(labelled["anomaly_score"].to_list()) == {0.75}
    manifest = json.loads((out / "manifest.json").read_text())
    collected = manifest["plan"]["source"]["collected"]["rows"]
    assert collected == {"logs": ROWS, "anomalies": len(marked), "door_events": ROWS}
    assert json.loads(call("verify", out, "--json").stdout)["ok"]
