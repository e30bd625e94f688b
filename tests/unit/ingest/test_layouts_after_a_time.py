"""What follows a time: a host, a zone, a tag, or the layout of a program. Each field is compared."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import datetime

import pytest

from lumber.ingest.ledger import Entry
from lumber.ingest.line_reader import LineReader
from lumber.ingest.options import IngestOptions
from lumber.ingest.resume import Position
from lumber.ingest.zones import Zone
from tests.unit.ingest.lines import parsed
from tests.unit.ingest.test_conservation import NOW, Bytes

T = "2024-03-01 10:00:00,123"
OTHERS = ["Jun 14 15:16:01 combo su: text", "2024-01-05T10:00:00Z h t: m", "Jun 14 2005 15:16:01 h t: m"]


def both_ways(line: str, zone: str = "UTC") -> list[dict]:
    """Return the row of the line alone, and beside lines of other forms."""
    return [parsed(line, *others, zone=Zone.parse(zone), year=2024)[0] for others in ([], OTHERS)]


@pytest.mark.parametrize(
    ("line", "time", "host", "process", "message"),
    [
        ("<166>Mar 01 2024 10:00:01: %ASA-6-302013: Built", (10, 0, 1), None, "%ASA-6-302013", "Built"),
        ("Mar  1 10:00:00: %ASA-6-302013: Built", (10,), None, "%ASA-6-302013", "Built"),
        ("*Mar  1 18:46:11: %SYS-5-CONFIG_I: x", (18, 46, 11), None, "%SYS-5-CONFIG_I", "x"),
        ("Mar  1 10:00:00Z h app: m", (10,), "h", "app", "m"),
        ("Mar  1 10:00:00+02:00 h app: m", (8,), "h", "app", "m"),
        ("Mar  1 10:00:00\th app: m", (10,), "h", "app", "m"),
        ("Mar  1 10:00:00 2024 +0200 h a: m", (8,), "h", "a", "m"),
        ("Mar  1 10:00:00 +0200 h a: m", (8,), "h", "a", "m"),
        ("Mar  1 10:00:00 CET h a: m", (9,), "h", "a", "m"),
        ("Mar  1 10:00:00 UTC: %SYS-5-RESTART: m", (10,), None, "%SYS-5-RESTART", "m"),
        ("2024-03-01 10:00:00 CEST h a: m", (8,), "h", "a", "m"),
        ("2024-03-01 10:00:00 EST [812] ERROR:  no", (15,), None, None, "no"),
        ("<13>Mar  1 10:00:00 sshd[12]: hi", (10,), None, "sshd", "hi"),
        ("2024-03-01T10:00:00Z sshd[12]: hi", (10,), None, "sshd", "hi"),
        ('Mar  1 10:00:00 my.host {"k": "v", "n": 1}', (10,), "my.host", None, '{"k": "v", "n": 1}'),
        ('2024-03-01T10:00:00Z {"level":"error"}', (10,), None, None, '{"level":"error"}'),
        ("Mar  1 10:00:00 cpu1:2097)WARNING: x", (10,), None, None, "cpu1:2097)WARNING: x"),
        ("Mar  1 10:00:00 ---- x", (10,), None, None, "---- x"),
        ("Mar  1 10:00:00 error: x", (10,), None, None, "error: x"),
        ("Mar  1 10:00:00 12345 x", (10,), None, None, "12345 x"),
        ("Mar  1 10:00:00 10.0.0.1 a: x", (10,), "10.0.0.1", "a", "x"),
        ("Mar  1 10:00:00 fe80::1 a: x", (10,), "fe80::1", "a", "x"),
        ("2024-03-01T10:00:00Z Listening on 80", (10,), None, None, "Listening on 80"),
    ],
)  # fmt: skip
def test_a_word_is_a_host_only_if_it_can_be_one(line, time, host, process, message) -> None:
    for row in both_ways(line):
        found = row["timestamp"], row["host_name"], row["process_name"], row["message"], row["reason"]
        assert found == (datetime(2024, 3, 1, *time), host, process, message, None)
        assert row["raw_message"] == line


@pytest.mark.parametrize("line", ["Mar  1 10:00:00 CST h a: m", "2024-03-01 10:00:00 IST h a: m"])
def test_a_zone_with_several_meanings_is_rejected_unless_the_load_uses_it(line) -> None:
    name = line.split()[-4]
    zone = {"CST": "America/Chicago", "IST": "Asia/Kolkata"}[name]
    assert f"time zone '{name}' is unknown" in both_ways(line)[0]["reason"]
    assert both_ways(line, zone)[0]["reason"] is None
    assert both_ways(line, zone)[0]["host_name"] == "h"


def test_a_zone_that_is_no_zone_is_a_host() -> None:
    assert both_ways("Mar  1 10:00:00 FW h: m")[1]["host_name"] == "FW"


@pytest.mark.parametrize("text", ["Mar  1 10:00:00 +0299 h a: m", "Mar  1 10:00:00x h a: m"])
def test_a_time_that_can_not_be_read_is_a_reject(text) -> None:
    assert all(row["reason"] for row in both_ways(text))


def test_the_mnemonic_declares_the_severity() -> None:
    row = parsed("*Mar  1 18:46:11.123: %SYS-5-CONFIG_I: msg")[0]
    assert (row["severity_text"], row["log_level"]) == ("notice", "INFO")


@pytest.mark.parametrize(
    ("rest", "level", "process", "message", "data"),
    [
        ("ERROR [main] com.x.Y: failed", "ERROR", "com.x.Y", "failed", '{"thread":"main"}'),
        ("[main] WARN  com.x.Y - a: b", "WARNING", "com.x.Y", "a: b", '{"thread":"main"}'),
        ("- app.db - ERROR - lost", "ERROR", "app.db", "lost", None),
        ("- INFO  [QuorumPeer[myid=1]/0:2181:F@774] - New", "INFO", "F", "New",
         '{"line":774,"thread":"QuorumPeer[myid=1]/0:2181"}'),
        (" INFO 12345 --- [main] c.e.Demo : Started", "INFO", "c.e.Demo", "Started",
         '{"process_id":12345,"thread":"main"}'),
        (" INFO 1 --- [shop] [  main] c.e.Demo   : a : b", "INFO", "c.e.Demo", "a : b",
         '{"application":"shop","process_id":1,"thread":"main"}'),
        ("ERROR app.db: lost", "ERROR", "app.db", "lost", None),
        ("  INFO my_app::db: a=1", "INFO", "my_app::db", "a=1", None),
        ("25746 INFO nova.wsgi [req-1] x", "INFO", "nova.wsgi", "[req-1] x", '{"process_id":25746}'),
        ("ERROR: no logger here", "ERROR", None, "no logger here", None),
        ("[ERROR] no logger here", "ERROR", None, "no logger here", None),
        ("| SUCCESS  | app.mod:run:42 - a | b", "INFO", "app.mod", "a | b", '{"function":"run","line":42}'),
        ("| INFO     | __main__:<module>:7 - x", "INFO", "__main__", "x", '{"function":"<module>","line":7}'),
        ("INFO [IPC 0 on 80] org.x.Server (Server.java:run(12)) - a: b", "INFO", "org.x.Server", "a: b",
         '{"location":"Server.java:run(12)","thread":"IPC 0 on 80"}'),
        ("INFO  app.mod:42 - x", "INFO", "app.mod", "x", '{"line":42}'),
        ("[INF] a text", "INFO", None, "a text", None),
        ("[FTL] a text", "CRITICAL", None, "a text", None),
        ("stderr F a line", None, None, "a line", '{"stream":"stderr"}'),
        ("stdout F", None, None, "", '{"stream":"stdout"}'),
    ],
)  # fmt: skip
def test_layouts_of_programs_are_told_apart(rest, level, process, message, data) -> None:
    for row in both_ways(f"{T} {rest}"):
        assert row["timestamp"] == datetime(2024, 3, 1, 10, 0, 0, 123_000)
        assert (row["host_name"], row["reason"]) == (None, None)
        found = row["log_level"], row["process_name"], row["message"], row["structured_data"]
        assert found == (level, process, message, data)


@pytest.mark.parametrize(
    ("line", "level", "process", "message", "data"),
    [
        ("[2024-03-01 10:00:00,123] INFO [Log partition=a-0, dir=/d] Loaded (3 ms) (kafka.log.Log)", "INFO",
         "kafka.log.Log", "[Log partition=a-0, dir=/d] Loaded (3 ms)", None),
        ("[2024-03-01T10:00:00,123][WARN ][o.e.n.Node  ] [node-1] started", "WARNING", "o.e.n.Node",
         "started", '{"node":"node-1"}'),
        ("[2024-03-01T10:00:00,123][INFO ][o.e.n.Node] no node", "INFO", "o.e.n.Node", "no node", None),
        ("[2024-03-01 11:00:00.123+0100] {models.py:12} ERROR - it failed: x", "ERROR", None, "it failed: x",
         '{"file":"models.py","line":12}'),
        ("[2024-03-01 10:00:00.123] production.ERROR: no {\"a\":1}", "ERROR", "production",
         'no {"a":1}', None),
        ("[2024-03-01 10:00:00.123] Server started: port 80", None, None, "Server started: port 80", None),
        ("[2024-03-01 10:00:00.123] main: text", None, "main", "text", None),
        ("2024-03-01 10:00:00.123, Info                  CBS    Loaded, v6.1", "INFO", "CBS", "Loaded, v6.1",
         None),
        ("2024-03-01 10:00:00.123, Warning               Not a: component", "WARNING", None,
         "Not a: component", None),
    ],
)  # fmt: skip
def test_times_in_brackets_or_with_a_comma_are_of_programs(line, level, process, message, data) -> None:
    for row in both_ways(line):
        assert row["timestamp"] == datetime(2024, 3, 1, 10, 0, 0, 123_000)
        assert (row["host_name"], row["reason"], row["raw_message"]) == (None, None, line)
        found = row["log_level"], row["process_name"], row["message"], row["structured_data"]
        assert found == (level, process, message, data)


@pytest.mark.parametrize(
    "line", ["[2024-03-01 10:00:00 h a: m", "[2024-13-01 10:00:00] x", "[2024-03-01 10:00:00]"]
)
def test_a_time_in_brackets_that_can_not_be_read_is_a_reject(line) -> None:
    assert all(row["reason"] for row in both_ways(line))


def test_parts_of_a_line_become_one_row() -> None:
    lines = [
        "2016-10-06T00:17:09.669794202Z stdout P First half, ",
        "2016-10-06T00:17:10Z stderr F another stream",
        "2016-10-06T00:17:10.113242941Z stdout F second half",
        "2016-10-06T00:17:11Z stdout F the next line",
        "2016-10-06T00:17:12Z stdout P without an end",
    ]
    rows = parsed(*lines)
    assert [row["message"] for row in rows] == [
        "First half, second half", "another stream", "the next line", "without an end",
    ]  # fmt: skip
    assert [row["number"] for row in rows] == [1, 2, 4, 5]
    assert rows[0]["timestamp"] == datetime(2016, 10, 6, 0, 17, 9, 669_794)
    assert rows[0]["raw_message"] == f"{lines[0]}\n{lines[2]}"
    assert (rows[0]["host_name"], rows[0]["structured_data"]) == (None, '{"stream":"stdout"}')


def test_lines_that_are_joined_count_as_one_and_later_numbers_are_right() -> None:
    content = b"2016-10-06T00:17:09Z stdout P a\n2016-10-06T00:17:09Z stdout F b\n" + b"bad line\n" * 2
    options = IngestOptions("logs", chunk_bytes=64)
    entry = Entry("i", "logs", "n", "f")
    chunks = list(LineReader(options, entry, NOW).chunks(Bytes(content), Position.start()))
    assert sum(chunk.lines for chunk in chunks) == sum(len(c.rows) + len(c.rejects) for c in chunks) == 3
    assert [reject.line for chunk in chunks for reject in chunk.rejects] == [3, 4]
    resumed = Entry("i", "logs", "n", "f", lines_done=1, state=chunks[0].state)
    later = list(LineReader(options, resumed, NOW).chunks(Bytes(b"bad line\n"), Position.start()))
    assert later[0].rejects[0].line == 3
