"""`lumber ingest` over real databases: every format, every line accounted for, nothing twice."""

import gzip
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import polars as pl
import pytest
import zstandard

from lumber.cli.main import run
from lumber.store import bulk
from lumber.store.url import DatabaseUrl
from tests.log_samples import write_log_samples

SAMPLES = ["Linux_2k.log", "OpenSSH_2k.log", "Thunderbird_2k.log"]
LINE = "Jun 14 15:16:{:02d} combo sshd(pam_unix)[{}]: failure rhost=218.188.2.4 "


def rows(url: str, query: str) -> list[tuple]:
    """Run a query while nothing else has the database open."""
    parsed = DatabaseUrl.parse(url)
    driver = adbc_driver_sqlite if parsed.dialect == "sqlite" else adbc_driver_postgresql
    with driver.dbapi.connect(parsed.adbc_uri(read_only=True)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def scalar(url: str, query: str):
    return rows(url, query)[0][0]


def micros(url: str, column: str) -> str:
    """SQL for the microseconds since 1970 of a time column."""
    return column if url.startswith("sqlite") else f"(extract(epoch from {column}) * 1000000)::bigint"


@pytest.fixture
def ingest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `lumber ingest ... --json` and return the object it printed."""
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))

    def call(url: str, *arguments: object, code: int = 0) -> dict:
        capsys.readouterr()
        assert run(["ingest", *map(str, arguments), "--database-url", url, "--json"]) == code
        printed = capsys.readouterr().out
        assert printed.count("\n") == 1
        result = json.loads(printed)
        if code == 0:
            assert result["loaded"] + result["rejected"] == result["lines"]
        return result

    return call


@pytest.fixture
def source(tmp_path: Path):
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def test_the_tables_are_made_and_syslog_lines_are_loaded_with_every_part(
    empty_database_url, ingest, source
) -> None:
    database_url = empty_database_url
    path = source("a.log", "<34>" + LINE.format(1, 7) + "\r\nnonsense\n\n" + LINE.format(2, 8))
    result = ingest(database_url, "logs", path, "--year", 2005)
    assert (result["kind"], result["lines"], result["loaded"], result["rejected"]) == ("logs", 4, 2, 2)
    columns = "log_level, severity_text, process_name, message, host_name, raw_message"
    time = micros(database_url, "timestamp")
    found = rows(database_url, f"SELECT {time}, {columns} FROM log_entries ORDER BY id")
    message = "failure rhost=218.188.2.4 "
    assert found == [
        (at("2005-06-14T15:16:01"), "CRITICAL", "critical", "sshd(pam_unix)", message, "combo",
         "<34>" + LINE.format(1, 7)),
        (at("2005-06-14T15:16:02"), None, None, "sshd(pam_unix)", message, "combo", LINE.format(2, 8)),
    ]  # fmt: skip
    rejects = [json.loads(line) for line in Path(result["reject_file"]).read_text().splitlines()]
    assert [(item["line"], item["raw"]) for item in rejects] == [(2, "nonsense"), (3, "")]
    assert all(item["reason"] for item in rejects)


def test_a_load_without_rejects_makes_no_reject_file(sqlite_url, ingest, source, tmp_path) -> None:
    result = ingest(sqlite_url, "logs", source("a.log", LINE.format(1, 1) + "\n"))
    assert result["reject_file"] is None
    assert not (tmp_path / "data" / "rejects").exists()


def test_a_source_of_which_nothing_can_be_loaded_is_a_failure(database_url, ingest, source, capsys) -> None:
    good, bad = source("good.log", LINE.format(1, 1) + "\n"), source("bad.log", "nonsense\n" * 3)
    result = ingest(database_url, "logs", bad, good, code=1)  # the other one is loaded all the same
    assert [(each["loaded"], each["rejected"]) for each in result["sources"]] == [(0, 3), (1, 0)]
    again = ingest(database_url, "logs", bad, code=1)  # no second run makes it a success
    assert (again["lines"], again["skipped"]) == (0, 3)
    capsys.readouterr()
    assert run(["ingest", "logs", str(bad), "--database-url", database_url]) == 1
    assert "no line of" in capsys.readouterr().err
    with bad.open("a") as file:
        file.write(LINE.format(2, 2) + "\n")
    assert ingest(database_url, "logs", bad)["loaded"] == 1
    with good.open("a") as file:
        file.write("nonsense\n")
    assert ingest(database_url, "logs", good)["rejected"] == 1
    assert ingest(database_url, "logs", source("empty.log", ""))["lines"] == 0


def test_addresses_in_messages_keep_ips_up_to_date(database_url, ingest, source) -> None:
    ingest(
        database_url, "logs", source("a.log", LINE.format(1, 1) + "\n" + LINE.format(9, 1)), "--year", 2005
    )
    ingest(database_url, "logs", source("b.log", "Jun 14 15:16:05 h t: [2001:DB8::1]:443 218.188.2.4:80\n"),
           "--year", 2004)  # fmt: skip
    first, last = micros(database_url, "first_seen"), micros(database_url, "last_seen")
    found = rows(
        database_url, f"SELECT address, {first}, {last}, sightings FROM ip_addresses ORDER BY address"
    )
    assert found == [
        ("2001:db8::1", at("2004-06-14T15:16:05"), at("2004-06-14T15:16:05"), 1),
        ("218.188.2.4", at("2004-06-14T15:16:05"), at("2005-06-14T15:16:09"), 3),
    ]


def test_no_derive_ips_leaves_the_ip_records_alone(sqlite_url, ingest, source) -> None:
    ingest(sqlite_url, "logs", source("a.log", LINE.format(1, 1)), "--no-derive-ips")
    assert scalar(sqlite_url, "SELECT count(*) FROM ip_addresses") == 0


def test_default_level_is_only_for_lines_without_one(sqlite_url, ingest, source) -> None:
    text = (
        "<38>" + LINE.format(1, 1) + "\n" + LINE.format(2, 1) + '\n{"time": 1, "msg": "x", "level": "odd"}\n'
    )
    ingest(sqlite_url, "logs", source("a.log", text), "--default-level", "warn")
    found = rows(sqlite_url, "SELECT log_level, severity_text FROM log_entries ORDER BY id")
    assert found == [("INFO", "informational"), ("WARNING", None), (None, "odd")]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_compressed_content_is_recognised_as_the_same(sqlite_url, ingest, source, pack) -> None:
    content = "".join(LINE.format(n % 60, n) + "\n" for n in range(500)).encode()
    packed = pack(content[:9000]) + pack(content[9000:])
    assert ingest(sqlite_url, "logs", source("a.bin", packed))["loaded"] == 500
    again = ingest(sqlite_url, "logs", source("renamed.log", content))
    assert (again["lines"], again["skipped"]) == (0, 500)
    assert ingest(sqlite_url, "logs", source("c.log", content), "--source-id", "other")["loaded"] == 500


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_cut_off_compressed_data_is_an_error(sqlite_url, ingest, source, pack) -> None:
    content = "".join(LINE.format(n % 60, n * 7919) + "\n" for n in range(5000)).encode()
    answer = ingest(sqlite_url, "logs", source("a.bin", pack(content)[:-20]), code=1)
    assert answer["error"]["code"] == "ingest_failed"


def test_a_grown_file_loads_its_new_lines_only(database_url, ingest, source) -> None:
    for count, (text, loaded) in enumerate(
        [("a\nb", 2), ("a\nb\nc\n", 1), ("a\nb\nc\nd", 1), ("a\nb\nc\nd\n", 0)], start=1
    ):
        lines = "".join(LINE.format(1, ord(c)) if c.isalpha() else "\n" for c in text)
        result = ingest(database_url, "logs", source(f"{count}.log", lines))
        assert (result["loaded"], result["rejected"]) == (loaded, 0)
    assert scalar(database_url, "SELECT count(*) FROM log_entries") == 4


def test_the_rest_of_a_line_that_was_loaded_half_is_a_reject(sqlite_url, ingest, source) -> None:
    ingest(sqlite_url, "logs", source("a.log", LINE.format(1, 1)))
    result = ingest(sqlite_url, "logs", source("a.log", LINE.format(1, 1) + "and more\n" + LINE.format(2, 2)))
    assert (result["loaded"], result["rejected"], result["skipped"]) == (1, 1, 1)


def test_a_source_id_with_other_content_is_refused(sqlite_url, ingest, source) -> None:
    path = source("a.log", LINE.format(1, 1) + "\n")
    ingest(sqlite_url, "logs", path, "--source-id", "mine")
    assert ingest(sqlite_url, "logs", path, "--source-id", "mine")["skipped"] == 1
    source("a.log", LINE.format(2, 1) + "\n")
    answer = ingest(sqlite_url, "logs", path, "--source-id", "mine", code=1)
    assert answer["error"]["code"] == "source_changed"
    assert "--source-id" in answer["error"]["message"]


def test_the_only_source_is_missing_and_nothing_is_created(empty_sqlite_url, ingest, tmp_path) -> None:
    answer = ingest(empty_sqlite_url, "logs", tmp_path / "none.log", code=4)
    assert answer["error"]["code"] == "source_missing"
    assert "none.log" in answer["error"]["message"]
    assert not (tmp_path / "lumber.db").exists()


def test_a_source_that_fails_does_not_stop_the_others(database_url, ingest, source, tmp_path) -> None:
    damaged = gzip.compress(LINE.format(1, 1).encode() * 5000)[:-20]
    sources = [
        source("a.log", LINE.format(1, 1)),
        tmp_path / "none.log",
        source("broken.gz", damaged),
        source("b.log", LINE.format(2, 2)),
    ]
    answer = ingest(database_url, "logs", *sources, code=1)
    assert [Path(report["source"]).name for report in answer["sources"]] == ["a.log", "b.log"]
    assert [(Path(each["source"]).name, each["code"]) for each in answer["failed"]] == [
        ("none.log", "source_missing"),
        ("broken.gz", "ingest_failed"),
    ]
    assert answer["loaded"] == 2
    assert ingest(database_url, "logs", sources[0], sources[3])["skipped"] == 2


def test_the_summary_names_every_source_that_failed(sqlite_url, source, tmp_path, capsys) -> None:
    sources = [tmp_path / "none.log", source("a.log", LINE.format(1, 1)), tmp_path / "nor.log"]
    assert run(["ingest", "logs", *map(str, sources), "--database-url", sqlite_url]) == 1
    printed = capsys.readouterr()
    assert "a.log: 1 line, 1 loaded" in printed.out
    assert all(name in printed.err for name in ("none.log", "nor.log", "2 of 3 sources failed"))


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("lags", "-"), "kind"),
        (("logs", "-", "--format", "xml"), "format"),
        (("logs", "-", "--timezone", "Mars/Base"), "timezone"),
        (("logs", "-", "--default-level", "loud"), "default_level"),
        (("logs", "-", "--year", "0"), "year"),
        (("logs", "-", "--source-id", "../x"), "source_id"),
        (("logs", "a", "b", "--source-id", "x"), "source_id"),
        (("logs", "-", "-"), "source"),
    ],
)
def test_a_wrong_option_says_what_is_allowed(sqlite_url, ingest, arguments, field) -> None:
    answer = ingest(sqlite_url, *arguments, code=3)
    assert [item["field"] for item in answer["error"]["fields"]] == [field]


def test_standard_input_is_loaded_and_recognised(sqlite_url, ingest, monkeypatch) -> None:
    for loaded, skipped in [(3, 0), (0, 3)]:
        content = gzip.compress(("\n".join(LINE.format(n, n) for n in range(3))).encode())
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        result = ingest(sqlite_url, "logs", "-")
        assert (result["loaded"], result["skipped"]) == (loaded, skipped)


def test_a_source_may_mix_forms_line_by_line(sqlite_url, ingest, source) -> None:
    text = "\n".join(
        [
            LINE.format(1, 1),
            '{"@timestamp": "2024-01-05T10:00:00+01:00", "log": {"level": "warn"}, "message": "m", "x": 1}',
            '<165>1 2003-10-11T22:14:15.003Z host app - ID47 [a@1 b="c"] text',
            "2024-01-05T10:00:00.5+01:00 host tag: text",
            '{"__REALTIME_TIMESTAMP": "1704448800123456", "MESSAGE": "m", "PRIORITY": "3", "_PID": "1"}',
            "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond(pam_unix)[2915]: closed",
        ]
    )
    assert ingest(sqlite_url, "logs", source("a.log", text))["loaded"] == 6
    found = rows(
        sqlite_url, "SELECT timestamp, log_level, message, structured_data FROM log_entries ORDER BY id"
    )
    assert found[1:] == [
        (at("2024-01-05T09:00:00"), "WARNING", "m", '{"x":1}'),
        (at("2003-10-11T22:14:15") + 3000, "INFO", "text", '{"a@1":{"b":"c"},"message_id":"ID47"}'),
        (at("2024-01-05T09:00:00") + 500_000, None, "text", None),
        (1704448800123456, "ERROR", "m", '{"_PID":"1"}'),
        (1131566461000000, None, "closed", '{"label":"-","process_id":2915}'),
    ]


def test_csv_with_quoted_line_ends_and_bad_rows(database_url, ingest, source) -> None:
    text = (
        "timestamp,level,message,device_ip,extra\r\n"
        '2024-01-05 10:00:00,ERROR,"two\nlines, one record",999.1.2.3,x\r\n'
        "2024-01-05 10:00:01,ERROR,too,few\r\n"
        "\r\n"
        "never,ERROR,m,,\r\n"
        "1704448800,,,,\r\n"
    )
    result = ingest(database_url, "logs", source("a.csv", text))
    assert (result["lines"], result["loaded"], result["rejected"]) == (5, 2, 3)
    rejects = [json.loads(line) for line in Path(result["reject_file"]).read_text().splitlines()]
    assert [item["line"] for item in rejects] == [4, 5, 6]
    assert (rejects[2]["field"], rejects[2]["value"]) == ("timestamp", "never")
    columns = "message, device_ip, structured_data"
    assert rows(database_url, f"SELECT {columns} FROM log_entries ORDER BY id") == [
        ("two\nlines, one record", "999.1.2.3", '{"extra":"x"}'),
        ("", None, None),
    ]
    grown = ingest(database_url, "logs", source("b.csv", text + "2024-01-05,,later,,\r\n"))
    assert (grown["loaded"], grown["skipped"]) == (1, 5)


def test_anomalies_keep_out_of_range_values_and_reject_wrong_types(database_url, ingest, source) -> None:
    text = "\n".join(
        [
            '{"timestamp": "2024-01-05T10:00:00Z", "type": "burst", "score": 1.7, '
            '"features": {"b": 1}, "q": 2}',
            '{"timestamp": "2024-01-05T10:00:00Z", "type": "burst", "score": "abc"}',
            '{"timestamp": "2024-01-05T10:00:00Z", "score": 0.5}',
        ]
    )
    result = ingest(database_url, "anomalies", source("a.jsonl", text))
    assert (result["loaded"], result["rejected"]) == (1, 2)
    assert rows(database_url, "SELECT anomaly_type, score, features FROM anomaly_detections") == [
        ("burst", 1.7, '{"b":1,"q":2}')
    ]
    rejects = [json.loads(line) for line in Path(result["reject_file"]).read_text().splitlines()]
    assert [item["field"] for item in rejects] == ["score", "anomaly_type"]


def test_ips_are_merged_by_address(database_url, ingest, source) -> None:
    text = (
        "ip;first_seen;last_seen;risk;count;tags\n"
        "2001:DB8:0::1;2024-01-05;2024-01-07;400;3;a,b\n"
        "2001:db8::1;2024-01-04;2024-01-06;;4;\n"
        "999.1.2.3;2024-01-04;;7;9223372036854775807;\n"
        "999.1.2.3;2024-01-04;;;9223372036854775807;\n"
    )
    ingest(database_url, "ips", source("a.csv", text))
    line = '{"address": "2001:db8::1", "first_seen": "2024-02-01", "sightings": 1, '
    line += '"risk_score": 5, "tags": ["z"]}'
    ingest(database_url, "ips", source("b.jsonl", line))
    first, last = micros(database_url, "first_seen"), micros(database_url, "last_seen")
    columns = f"address, {first}, {last}, risk_score, sightings, tags"
    assert rows(database_url, f"SELECT {columns} FROM ip_addresses ORDER BY address") == [
        ("2001:db8::1", at("2024-01-04"), at("2024-02-01"), 5.0, 8, '["z"]'),
        ("999.1.2.3", at("2024-01-04"), at("2024-01-04"), 7.0, 2**63 - 1, None),
    ]


def test_parquet_is_loaded_once(database_url, ingest, tmp_path) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame(
        {
            "timestamp": [datetime(2024, 1, 5, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), None],
            "msg": ["a", "b", "c"],
            "level": ["info", None, None],
            "extra": [{"k": 1}, None, None],
        }
    )
    frame.write_parquet(path)
    result = ingest(database_url, "logs", path)
    assert (result["loaded"], result["rejected"]) == (2, 1)
    columns = "message, log_level, structured_data"
    assert rows(database_url, f"SELECT {columns} FROM log_entries ORDER BY id") == [
        ("a", "INFO", '{"extra":{"k":1}}'),
        ("b", None, None),
    ]
    assert ingest(database_url, "logs", path)["skipped"] == 3


def test_broken_utf8_is_a_reject(sqlite_url, ingest, source) -> None:
    result = ingest(sqlite_url, "logs", source("a.log", LINE.format(1, 1).encode() + b"\nJun \xff\n"))
    reject = json.loads(Path(result["reject_file"]).read_text())
    assert (result["loaded"], reject["line"], reject["reason"]) == (1, 2, "not valid UTF-8")
    assert reject["raw"] == "Jun \\xff"


def test_nul_is_loaded_into_sqlite_and_rejected_for_postgresql(database_url, ingest, source) -> None:
    result = ingest(database_url, "logs", source("a.log", LINE.format(1, 1) + "\x00\n" + LINE.format(2, 2)))
    is_sqlite = database_url.startswith("sqlite")
    assert (result["loaded"], result["rejected"]) == ((2, 0) if is_sqlite else (1, 1))


def test_a_line_of_two_megabytes_is_loaded_whole(sqlite_url, ingest, source) -> None:
    text = LINE.format(1, 1) + "x" * 2_000_000 + "\n"
    assert ingest(sqlite_url, "logs", source("a.log", text))["loaded"] == 1
    assert scalar(sqlite_url, "SELECT length(raw_message) FROM log_entries") == len(text) - 1


@pytest.mark.parametrize("name", SAMPLES)
def test_real_logs_load_whole(database_url, ingest, loghub, name) -> None:
    check_whole(database_url, ingest, loghub / name)


@pytest.mark.parametrize("name", SAMPLES)
def test_logs_like_the_real_ones_load_whole(sqlite_url, ingest, tmp_path, name) -> None:
    write_log_samples(tmp_path)
    check_whole(sqlite_url, ingest, tmp_path / name)
    found = rows(
        sqlite_url, "SELECT count(*), count(DISTINCT process_name), count(host_name) FROM log_entries"
    )
    assert found[0][0] == found[0][2] == 2000
    assert found[0][1] == {"Linux_2k.log": 5, "OpenSSH_2k.log": 1, "Thunderbird_2k.log": 5}[name]
    assert scalar(sqlite_url, "SELECT count(*) FROM ip_addresses") > 100


def check_whole(url: str, ingest, path: Path) -> None:
    """Load a sample; check that every line is stored as it was."""
    result = ingest(url, "logs", path)
    assert (result["lines"], result["loaded"]) == (2000, 2000)
    expected = path.read_bytes().decode().replace("\r\n", "\n").split("\n")
    stored = rows(url, "SELECT raw_message FROM log_entries ORDER BY id")
    assert [line for (line,) in stored] == expected


@pytest.mark.parametrize("staged_bytes", [0, 2**26])
def test_ids_follow_the_lines_whether_staged_or_not(sqlite_url, ingest, source, monkeypatch, staged_bytes):
    monkeypatch.setattr(bulk, "_MAX_STAGED_BYTES", staged_bytes)
    lines = [LINE.format(59 - number % 60, number) for number in range(500)]
    structured = '{"timestamp": "2026-01-01T00:00:00Z", "message": "a", "device_id": "d1"}'
    ingest(sqlite_url, "logs", source("a.log", "\n".join(lines)), source("b.log", structured))
    stored = rows(sqlite_url, "SELECT id, raw_message, device_id FROM log_entries ORDER BY id")
    assert stored[:500] == [(id_, line, None) for id_, line in enumerate(lines, 1)]
    assert stored[500][2] == "d1"


def test_several_sources_are_summed(sqlite_url, ingest, source) -> None:
    one, two = source("1.log", LINE.format(1, 1)), source("2.log", LINE.format(2, 2) + "\nbad")
    result = ingest(sqlite_url, "logs", one, two)
    assert (result["lines"], result["loaded"], result["rejected"]) == (3, 2, 1)
    assert [item["lines"] for item in result["sources"]] == [1, 2]


def test_an_empty_source_is_no_error(sqlite_url, ingest, source) -> None:
    assert ingest(sqlite_url, "logs", source("a.log", ""))["lines"] == 0


def test_a_second_load_says_so_in_words(sqlite_url, ingest, source, capsys) -> None:
    path = source("a.log", LINE.format(1, 1))
    ingest(sqlite_url, "logs", path)
    assert run(["ingest", "logs", str(path), "--database-url", sqlite_url]) == 0
    assert "already loaded, 1 line skipped. Use --source-id" in capsys.readouterr().out


def test_a_reject_file_of_the_user_is_only_added_to(sqlite_url, ingest, tmp_path) -> None:
    notes, lines = tmp_path / "notes.txt", tmp_path / "lines.jsonl"
    notes.write_text("mine\n")
    lines.write_text('{"timestamp": "2026-01-01T00:00:00Z", "message": "a"}\n{"message": "no time"}\n')
    result = ingest(sqlite_url, "logs", str(lines), "--reject-file", str(notes))
    assert (result["loaded"], result["rejected"]) == (1, 1)
    assert notes.read_text().startswith("mine\n")


def test_a_source_is_refused_as_the_reject_file(sqlite_url, tmp_path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"message": "no time"}\n')
    arguments = ["ingest", "logs", str(lines), "--reject-file", str(lines), "--database-url", sqlite_url]
    assert run(arguments) == 3
    assert lines.read_text() == '{"message": "no time"}\n'
