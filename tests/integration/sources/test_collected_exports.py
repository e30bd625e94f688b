"""Sources whose rows are collected first are exported as our own tables are, whatever happens."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.datasets import STAGING, read_dataset
from tests.integration.sources.lakes import FORMATS, make_event, make_lake, write_events
from tests.integration.sources.rsyslog import MAPPING, same_in_own_tables, write_mapping

BUDGET_REASON = "Each format is exported and compared with our own table."

Call = Callable[..., CompletedProcess[str]]

LAKE = MAPPING.replace('table = "SystemEvents"', 'table = "events"')
ROWS = 2_500


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_tables(url)
    return url


@pytest.fixture
def call(ledger_url: str, tmp_path: Path) -> Call:
    def run(*arguments: object, **changes: object) -> CompletedProcess[str]:
        chosen = {"LUMBER_DATA_DIR": tmp_path / "data", "LUMBER_WORKERS": 2, "LUMBER_PARTITION_ROWS": 1_000}
        return lumber(*arguments, "--database-url", ledger_url, **{**chosen, **changes})

    return run


def done(result: CompletedProcess[str]) -> CompletedProcess[str]:
    assert result.returncode == 0, result.stderr
    return result


def exported(call: Call, folder: Path, *options: str) -> list[dict[str, Any]]:
    done(call("export", "-d", "logs", "--format", "jsonl", "--no-metadata", "--output", folder, *options))
    assert not (folder / STAGING).exists()
    return read_dataset(folder)


def assert_same(call: Call, folder: Path, source: str, exports: int = 2) -> None:
    """Check that exports of a source have the records of our own table: all, and with two also some."""
    for number, options in enumerate(
        (
            ("--split", "time", "--validation", "strict"),
            (
                "--filter",
                "log_level=ERROR",
                "--start",
                "2026-01-01T00:02:00.25Z",
                "--end",
                "2026-01-01T00:05:00Z",
            ),
        )[:exports]
    ):
        own = folder / f"own-{number}"
        if not own.exists():
            exported(call, own, *options)
        rows = read_dataset(own)
        assert rows
        assert exported(call, folder / f"{source}-{number}", *options, "--source", source) == rows


def test_folders_have_the_rows_that_our_own_table_would_have(
    call: Call, ledger_url: str, tmp_path: Path
) -> None:
    same_in_own_tables(ledger_url, ROWS)
    for ending in FORMATS:
        url = make_lake(tmp_path / f"lake {ending}", ROWS, ending)
        name = ending.partition(".")[0]
        added = done(call("source", "add", name, "--url", url, "--json"))
        assert json.loads(added.stdout)["tables"] == ["events"]
        told = done(call("source", "map", name, write_mapping(tmp_path, LAKE)))
        assert "snapshot: every row is read as it was at one moment" in told.stdout
        assert "3 files with" in told.stdout
        assert_same(call, tmp_path, name, 2 if name == "parquet" else 1)
    manifest = json.loads((tmp_path / "parquet-0" / "manifest.json").read_text())
    source = manifest["plan"]["source"]
    assert (source["database"], source["guarantee"]) == ("folder", "snapshot")
    assert source["collected"]["rows"] == {"logs": ROWS}
    assert len(source["collected"]["moment"]["files"]) == 3
    # A file that isn't as the others were: the key 1 is there twice now.
    write_events(tmp_path / "lake csv" / "events" / "part-9.csv", [make_event(1)])
    twice = call("export", "-d", "logs", "--source", "csv", "--output", tmp_path / "twice")
    assert "the value 1 is there more than once, and a key names one row" in twice.stderr
    assert not (tmp_path / "twice").exists()
    (tmp_path / "lake csv" / "events" / "part-9.csv").unlink()
    # A preview reads the first rows of a large folder, and says so.
    events = [make_event(number) for number in range(ROWS + 1, 25_001)]
    write_events(tmp_path / "lake parquet" / "events" / "part-9.parquet", events)
    shown = json.loads(done(call("preview", "-d", "logs", "--source", "parquet", "--json")).stdout)
    assert shown["kinds"]["logs"]["rows"] == 20_000
    note = "Only the first 20,000 rows of about 25,000 were read: all numbers here are about them."
    assert shown["kinds"]["logs"]["notes"][0] == note
    shown = json.loads(done(call("preview", "-d", "logs", "--source", "csv", "--json")).stdout)
    assert shown["kinds"]["logs"]["rows"] == ROWS
    assert "collects" in " ".join(shown["kinds"]["logs"]["notes"])


PACKAGE = '''
import pyarrow as pa
from datetime import datetime, timedelta
from lumber.sources.interface import Guarantee, NoSuchTable, Query, ReaderColumn, ReaderTable, as_json

START = datetime(2026, 1, 1)


class TicksReader:
    """Rows from nowhere: as many as the address says."""

    def __init__(self, address, options):
        self.rows = int(address.host)

    def tables(self):
        return ["ticks"]

    def schema(self, query):
        if query.table != "ticks":
            raise NoSuchTable(query.table, self.tables())
        names = {"ID": pa.int64(), "ReceivedAt": pa.timestamp("us"), "Facility": pa.int64()}
        names |= {"Priority": pa.int64(), "FromHost": pa.string(), "Message": pa.string()}
        columns = [ReaderColumn(name, type_) for name, type_ in {**names, "SysLogTag": pa.string()}.items()]
        return ReaderTable("ticks", tuple(columns), Guarantee.SNAPSHOT, ("ID",), self.rows)

    def freeze(self, queries):
        return {"rows": self.rows}

    def cut(self, token, query):
        half = token["rows"] // 2
        return [{"first": 1, "last": half, "names": list(query.columns)},
                {"first": half + 1, "last": token["rows"], "names": list(query.columns)}]

    def read(self, range_):
        for number in range(range_["first"], range_["last"] + 1, 500):
            numbers = list(range(number, min(number + 499, range_["last"]) + 1))
            yield pa.RecordBatch.from_pylist([self.event(each, range_["names"]) for each in numbers])

    def event(self, number, names):
        at = (number * 7919 % 500) * 1_000_000 + number % 2 * 250_001
        row = {"ID": number, "ReceivedAt": START + timedelta(microseconds=at), "Facility": 3,
               "Priority": (3, 4, 6)[number % 3], "FromHost": f"host{number % 5}",
               "Message": f"line {number} \\u00e9", "SysLogTag": "sshd[1]:"}
        return {name: row[name] for name in names}

    def confirm(self, token):
        pass

    def cancel(self):
        pass

    def close(self):
        pass
'''


def install_ticks(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package that adds sources with the addresses `ticks://ROWS`."""
    (site / "lumber_ticks-1.0.dist-info").mkdir(parents=True)
    (site / "lumber_ticks.py").write_text(PACKAGE)
    (site / "lumber_ticks-1.0.dist-info" / "METADATA").write_text("Name: lumber-ticks\nVersion: 1.0\n")
    (site / "lumber_ticks-1.0.dist-info" / "entry_points.txt").write_text(
        "[lumber.sources]\nticks = lumber_ticks:TicksReader\n"
    )
    monkeypatch.syspath_prepend(site)


def test_an_installed_package_adds_a_source(
    call: Call, ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = call("source", "add", "clock", "--url", f"ticks://{ROWS}")
    assert unknown.returncode == 3
    assert "'ticks' is not a kind of source" in unknown.stderr
    assert "folder:///PATH" in unknown.stderr
    install_ticks(tmp_path / "site", monkeypatch)
    same_in_own_tables(ledger_url, ROWS)
    done(call("source", "add", "clock", "--url", f"ticks://{ROWS}"))
    suggested = done(call("source", "suggest", "clock", "ticks")).stdout
    assert 'key = "ID"' in suggested
    assert 'time = { column = "ReceivedAt", zone = "UTC" }' in suggested
    wrong = call("source", "check", "clock", write_mapping(tmp_path, MAPPING))
    assert wrong.returncode == 3
    assert "line 3: there is no table 'SystemEvents'" in wrong.stderr
    text = MAPPING.replace('"SystemEvents"', '"ticks"')
    done(call("source", "map", "clock", write_mapping(tmp_path, text)))
    assert_same(call, tmp_path, "clock", 1)
