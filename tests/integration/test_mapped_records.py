"""`lumber ingest --map` and `--time-format`: a user names the fields of records and the form of times."""

import json
from pathlib import Path

import pytest

from lumber.cli.main import run
from lumber.store.url import DatabaseUrl
from tests.integration.test_ingest import micros, rows

STRUCTURED = """\
LineId,Date,Time,Level,Process,Component,Content,EventId,EventTemplate
1,2015-10-18,"18:01:47,978",INFO,main,org.apache.Foo,Created MRAppMaster,E29,x
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Load a text with options; return the exit code, the output and the errors."""
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))

    def call(url: str, text: str, *options: str, name: str = "app.csv"):
        path = tmp_path / name
        path.write_text(text)
        capsys.readouterr()
        code = run(["ingest", "logs", str(path), *options, "--database-url", url, "--json"])
        return code, *capsys.readouterr()

    return call


def logs(url: str, *columns: str) -> list[tuple]:
    assert DatabaseUrl.parse(url)
    return rows(url, f"SELECT {', '.join(columns)} FROM log_entries ORDER BY id")


def test_a_structured_csv_loads_with_one_map_line(database_url, load) -> None:
    mapped = ("--map", "timestamp=Date+Time", "--map", "message=Content", "--map", "process_name=Component")
    code, out, _ = load(database_url, STRUCTURED, *mapped)
    assert code == 0, out
    time = micros(database_url, "timestamp")
    found = logs(database_url, time, "log_level", "process_name", "message", "structured_data")
    assert found[0][:4] == (1_445_191_307_978_000, "INFO", "org.apache.Foo", "Created MRAppMaster")
    assert json.loads(found[0][4]) == {
        "LineId": "1",
        "Process": "main",
        "EventId": "E29",
        "EventTemplate": "x",
    }


def test_times_without_a_year_keep_their_order_over_chunks(sqlite_url, load) -> None:
    text = "Month,Date,Time,Content\nDec,31,23:59:59,a\nJan,1,00:00:01,b\n"
    options = ("--map", "timestamp=Month+Date+Time", "--map", "message=Content", "--year", "2023")
    assert load(sqlite_url, text, *options)[0] == 0
    assert load(sqlite_url, text + "Jan,2,00:00:00,c\n", *options)[0] == 0
    days = "strftime('%Y-%m-%d', timestamp / 1000000, 'unixepoch')"
    assert logs(sqlite_url, days) == [("2023-12-31",), ("2024-01-01",), ("2024-01-02",)]


def test_a_date_without_its_time_of_day_is_a_reject(sqlite_url, load) -> None:
    text = "Date,Time,Content\n2024-03-01,,a\n2024-03-01,10:00:00,b\n"
    _, out, _ = load(sqlite_url, text, "--map", "timestamp=Date+Time", "--map", "message=Content")
    assert logs(sqlite_url, "message") == [("b",)]
    [reason] = json.loads(out)["sources"][0]["reasons"]
    assert reason["reason"] == "timestamp: is required, but missing"


def test_the_summary_tells_that_years_were_guessed(sqlite_url, load) -> None:
    text = "Month,Date,Time,Content\nMar,1,10:00:00,a\n"
    _, out, _ = load(sqlite_url, text, "--map", "timestamp=Month+Date+Time", "--map", "message=Content")
    assert json.loads(out)["sources"][0]["are_years_guessed"] is True


def test_json_paths_and_an_own_form_of_times(sqlite_url, load) -> None:
    lines = [
        {"when": "01/03/2024 10:00", "kubernetes": {"labels": {"app": "shop"}, "node": "n1"}, "text": "a"},
        {"when": "2024-03-01", "text": "b"},
    ]
    options = ("--map", "timestamp=when", "--map", "process_name=kubernetes.labels.app")
    text = "".join(json.dumps(line) + "\n" for line in lines)
    code, out, _ = load(sqlite_url, text, *options, "--time-format", "%d/%m/%Y %H:%M", name="app.json")
    assert code == 0
    result = json.loads(out)
    assert (result["loaded"], result["rejected"]) == (1, 1)
    found = logs(sqlite_url, "timestamp", "process_name", "message", "structured_data")
    assert found[0][:3] == (1_709_287_200_000_000, "shop", "a")
    assert json.loads(found[0][3]) == {"kubernetes": {"labels": {}, "node": "n1"}}
    reject = json.loads(Path(result["reject_file"]).read_text())
    assert reject["reason"] == "timestamp: '2024-03-01' is not a time of the form %d/%m/%Y %H:%M"


def test_a_field_that_the_file_lacks_is_named(sqlite_url, load) -> None:
    code, _, err = load(sqlite_url, STRUCTURED, "--map", "message=Contents")
    assert code == 1
    assert "has no field Contents, which --map names for message" in err


@pytest.mark.parametrize(
    "options",
    [
        ("--map", "message"),
        ("--map", "x=Content"),
        ("--time-format", "%Q"),
        ("--map", "message=a", "--format", "rfc3164"),
    ],
)
def test_a_wrong_option_is_bad_configuration(sqlite_url, load, options) -> None:
    assert load(sqlite_url, STRUCTURED, *options)[0] == 3
