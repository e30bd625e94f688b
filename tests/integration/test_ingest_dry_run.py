"""`lumber ingest --dry-run` shows what a load would store, and writes nothing."""

import gzip
import json

import polars as pl
import pytest

from lumber.cli.main import run
from tests.integration.loading import load

_LINE = "<34>Jun 14 15:16:{:02d} combo sshd[7]: opened [bold] {}\n"


@pytest.fixture
def dry(tmp_path, monkeypatch, capsys):
    """Run a dry run with --json over a database that doesn't exist; return what it printed."""
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))

    def call(*arguments: object, code: int = 0) -> dict:
        capsys.readouterr()
        assert run(["ingest", *map(str, arguments), "--dry-run", "--json"]) == code
        assert not (tmp_path / "data").exists()
        return json.loads(capsys.readouterr().out)

    return call


def test_the_first_rows_are_shown_as_they_would_be_stored(dry, tmp_path) -> None:
    path = tmp_path / "a.log"
    path.write_text(
        _LINE.format(1, 1) + "nonsense\n" + "".join(_LINE.format(n % 60, n) for n in range(5_000))
    )
    found = dry("logs", path, "--year", 2005)["sources"][0]
    assert (found["lines"], found["loaded"], found["rejected"], found["has_more"]) == (1_000, 999, 1, True)
    assert len(found["rows"]) == 10
    first = {name: value for name, value in found["rows"][0].items() if value is not None}
    first.pop("structured_data", None)  # the process id
    assert first == {
        "timestamp": "2005-06-14T15:16:01+00:00",
        "log_level": "CRITICAL",
        "severity_text": "critical",
        "process_name": "sshd",
        "message": "opened [bold] 1",
        "host_name": "combo",
        "raw_message": _LINE.format(1, 1).strip(),
    }
    assert [(group["line"], group["example"]) for group in found["reasons"]] == [(2, "nonsense")]


@pytest.mark.parametrize(("lines", "has_more"), [(1, True), (2, True), (3, False), (4, False)])
@pytest.mark.parametrize("name", ["a.log", "a.csv", "a.parquet", "a.jsonl", "a.log.gz"])
def test_no_more_than_the_lines_are_read(dry, tmp_path, lines, has_more, name) -> None:
    path, records = tmp_path / name, [{"timestamp": f"2024-01-0{n}", "message": f"m{n}"} for n in (1, 2, 3)]
    if name.endswith("jsonl"):
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    elif name.endswith("csv"):
        path.write_text('timestamp,message\n2024-01-01,"a\nb"\n2024-01-02,b\n2024-01-03,c\n')
    elif name.endswith("parquet"):
        pl.DataFrame(records).write_parquet(path)
    else:
        text = "".join(_LINE.format(n, n) for n in range(3)).encode()
        path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    found = dry("logs", path, "--lines", lines)["sources"][0]
    assert (found["lines"], found["loaded"], found["has_more"]) == (min(lines, 3), min(lines, 3), has_more)


def test_a_source_that_would_fail_fails(dry, tmp_path) -> None:
    (tmp_path / "bad.log").write_text("nonsense\n" * 30)
    assert dry("logs", tmp_path / "bad.log", code=1)["sources"][0]["is_mostly_rejected"]
    assert (
        dry("logs", tmp_path / "none.log", tmp_path / "bad.log", code=1)["failed"][0]["code"]
        == "source_missing"
    )


def test_the_table_has_no_control_characters(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "a.log").write_text(_LINE.format(1, "x\x1b[2J"))
    assert run(["ingest", "logs", str(tmp_path / "a.log"), "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "1 would be loaded" in printed
    assert "[bold] x" in printed
    assert "\x1b" not in printed
    assert "raw_message" not in printed
    assert "nothing was written" in printed


_LONG = (
    "2024-03-01 10:00:00,123 ERROR [main] com.example.Shop: failed after " + "many words " * 12 + "[end]\n"
)


@pytest.mark.parametrize("columns", [60, 80, 120, None])
def test_no_value_is_lost_at_the_width_of_the_terminal(tmp_path, monkeypatch, capsys, columns) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", str(columns))
    (tmp_path / "a.log").write_text(_LONG + "\tat a.b(c:1)\n" + _LINE.format(1, 1) * 9)
    assert run(["ingest", "logs", str(tmp_path / "a.log"), "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "the first 5 rows as stored:" in printed
    rows = printed[printed.index("row 1\n") :].splitlines()
    rows = rows[: next(place for place, line in enumerate(rows) if line.endswith("rejected"))]
    assert "  timestamp        2024-03-01T10:00:00.123000+00:00" in rows
    assert max(map(len, rows)) <= (columns or 80)
    message = " ".join(line.strip() for line in rows[: rows.index("row 2")]).partition("message ")[2].split()
    assert message[: 2 + 24 + 1] == ["failed", "after", *["many", "words"] * 12, "[end]"]
    assert message[27:29] == ["at", "a.b(c:1)"]


def test_rows_that_fit_are_a_table_and_what_is_cut_has_an_ellipsis(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "a.log").write_text(_LONG)
    assert run(["ingest", "logs", str(tmp_path / "a.log"), "--dry-run"]) == 0
    title, header, row = capsys.readouterr().out.splitlines()[:3]
    assert title.endswith("the first row as stored:")
    assert header.split()[:2] == ["timestamp", "log_level"]
    assert row.startswith("2024-03-01T10:00:00.123000+00:00  ERROR ")
    message = _LONG.partition(": ")[2]
    assert f"  {message[:59]}\N{HORIZONTAL ELLIPSIS}" in row


def test_a_dry_run_agrees_with_the_load(dry, sqlite_url, tmp_path) -> None:
    text = _LINE.format(1, 1) + "nonsense\n" + _LINE.format(2, 2)
    loaded = load(sqlite_url, tmp_path, "logs", text)["sources"][0]
    (tmp_path / "data").rename(tmp_path / "before")
    found = dry("logs", tmp_path / "1.log")["sources"][0]
    names = (
        "lines",
        "loaded",
        "rejected",
        "reasons",
        "filled",
        "formats",
        "unrecognised",
        "are_years_guessed",
        "is_mostly_rejected",
    )
    assert {name: found[name] for name in names} == {name: loaded[name] for name in names}
