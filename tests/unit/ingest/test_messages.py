"""Messages of a listener: years and the repeated hour follow from the time of arrival."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lumber.errors import ConfigError
from lumber.ingest.ledger import Entry
from lumber.ingest.listen.framing import Flaw
from lumber.ingest.listen.messages import MessageReader, require_messages
from lumber.ingest.listen.segments import MAGIC, Message, pack, unpacked
from lumber.ingest.options import Format
from lumber.ingest.resume import Position
from lumber.ingest.uploads.request import UploadRequest
from lumber.ingest.zones import Zone
from tests.unit.ingest import reading
from tests.unit.ingest.test_conservation import Bytes


def read(received: datetime, *texts: str, zone: str = "UTC", **chosen: Any):
    arrived = int(received.timestamp() * 1_000_000)
    messages = [Message(text.encode(), "10.0.0.1", arrived) for text in texts]
    options = replace(UploadRequest("logs", "n", **chosen).checked(), zone=Zone.parse(zone))
    reader = MessageReader(options, Entry("i", "logs", "n", "f"), messages, "s")
    (chunk,) = reader.chunks(Bytes(b""), Position.start())
    return chunk


def times(received: datetime, *texts: str, zone: str = "UTC") -> list[datetime]:
    found = read(received, *texts, zone=zone).rows["timestamp"].to_list()
    return [datetime.fromtimestamp(time / 1_000_000, UTC) for time in found]


def test_a_sender_whose_clock_is_months_away_does_not_change_the_years_of_others() -> None:
    received = datetime(2026, 11, 29, 9, tzinfo=UTC)
    lines = [f"<13>{day} 09:00:00 h app: m" for day in ("Nov 29", "Jan  1", "Nov 29", "Nov 30", "Dec 24")]
    assert [(time.year, time.month) for time in times(received, *lines)] == [
        (2026, 11), (2026, 1), (2026, 11), (2026, 11), (2025, 12),
    ]  # fmt: skip


def test_the_turn_of_the_year_needs_no_order() -> None:
    received = datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC)
    lines = [f"<13>{time} h app: m" for time in ("Jan  1 00:00:04", "Dec 31 23:59:59", "Jan  1 00:00:04")]
    assert [time.year for time in times(received, *lines)] == [2027, 2026, 2027]


def test_a_leap_day_in_a_year_without_one_is_a_reject() -> None:
    line = "<13>Feb 29 10:00:00 h app: m"
    assert [time.year for time in times(datetime(2028, 3, 1, tzinfo=UTC), line)] == [2028]
    chunk = read(datetime(2027, 3, 1, tzinfo=UTC), line)
    assert (len(chunk.rows), len(chunk.rejects)) == (0, 1)


@pytest.mark.parametrize("fold", [0, 1])
def test_the_repeated_hour_is_that_of_the_arrival(fold: int) -> None:
    received = datetime(2026, 10, 25, 2, 30, 1, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
    lines = ["<13>Oct 25 02:30:00 h app: m", "<13>Oct 25 02:10:00 h app: m", "<13>Oct 25 01:59:59 h app: m"]
    hour = 0 if fold == 0 else 1
    assert [(time.hour, time.minute) for time in times(received, *lines, zone="Europe/Berlin")] == [
        (hour, 30), (hour, 10), (23, 59),
    ]  # fmt: skip


NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def shown(chunk: Any, *columns: str) -> list[tuple[object, ...]]:
    return chunk.rows.select(columns).rows()


def test_messages_in_a_form_of_ones_own_load_by_a_pattern() -> None:
    pattern = "<%{INT:pri}>%{DATESTAMP:time} %{LOGLEVEL:level} %{GREEDYDATA:message}"
    texts = ["<13>01/05/2026 11:59:00 ERROR gone", "<13>May  1 11:59:00 h app: other"]
    chunk = read(NOW, *texts, pattern=pattern, time_format="%d/%m/%Y %T")
    assert shown(chunk, "message", "log_level", "device_ip") == [("gone", "ERROR", "10.0.0.1")]
    (reject,) = chunk.rejects
    assert (reject.line, reject.raw) == (2, texts[1])


def test_fields_of_messages_are_mapped() -> None:
    text = '{"when": "2026-05-01 11:59", "from": {"host": "web"}, "text": "gone"}'
    mapping = {"timestamp": "when", "message": "text", "host_name": "from.host"}
    chunk = read(NOW, text, map=mapping, time_format="%Y-%m-%d %H:%M")
    assert shown(chunk, "message", "host_name", "device_ip") == [("gone", "web", None)]


def test_a_chosen_format_is_the_only_one_of_messages() -> None:
    chunk = read(
        NOW, "time=2026-05-01T11:59:00Z msg=gone", "<13>May  1 11:59:00 h app: other", format="logfmt"
    )
    assert shown(chunk, "message") == [("gone",)]
    assert len(chunk.rejects) == 1


@pytest.mark.parametrize("name", [Format.CSV, Format.PARQUET, Format.ZEEK, Format.WINDOWS_XML])
def test_a_format_of_whole_files_is_not_one_of_messages(name: Format) -> None:
    with pytest.raises(ConfigError, match="format of whole files") as caught:
        require_messages(name)
    assert "jsonl" in caught.value.problems[0].allowed


@pytest.mark.parametrize(
    ("text", "process", "message", "data"),
    [
        ("<11>app[12]: gone", "app", "gone", {"process_id": 12}),
        ("<11> Foo bar: gone", None, "Foo bar: gone", {}),
        ("<11>two\nlines", None, "two\nlines", {}),
        ("<11>1 - web app 7 - - gone", "app", "gone", {"process_id": 7}),
        ("<11>4: %SYS-5-CONFIG_I: gone", "%SYS-5-CONFIG_I", "gone", {"sequence": 4, "level": "notice"}),
        ("<11>4: 1w2d: %SYS-5-CONFIG_I: gone", "%SYS-5-CONFIG_I", "gone", {"sequence": 4, "level": "notice"}),
        (
            "<11>4: *00:00:12: %SYS-5-CONFIG_I: gone",
            "%SYS-5-CONFIG_I",
            "gone",
            {"sequence": 4, "level": "notice"},
        ),
    ],
)
def test_a_message_without_a_time_gets_that_of_its_arrival(
    text: str, process: str | None, message: str, data: dict[str, object]
) -> None:
    dated = "<11>May  1 11:59:00 h app: dated"
    chunk = read(NOW, dated, text, dated)
    rows = chunk.rows.to_dicts()
    assert [row["number"] for row in rows] == [1, 2, 3]
    row, other = rows[1], rows[0]
    assert (row["process_name"], row["message"], row["raw_message"]) == (process, message, text)
    assert row["timestamp"] == int(NOW.timestamp() * 1_000_000)
    assert (row["log_level"], row["device_ip"]) == (
        "ERROR",
        None if row["host_name"] == "web" else "10.0.0.1",
    )
    assert json.loads(row["structured_data"]) == {**data, "time_of_receipt": True}
    assert (other["message"], other["structured_data"]) == ("dated", None)
    assert other["timestamp"] == row["timestamp"] - 60_000_000


@pytest.mark.parametrize(
    "text",
    ["gone", "<11>", "<11> ", "<192>gone", "<11>Feb 30 10:00:00 h app: gone", '<11>{"message": "gone"}'],
)
def test_what_has_no_pri_or_a_wrong_time_stays_a_reject(text: str) -> None:
    chunk = read(NOW, text)
    assert (len(chunk.rows), len(chunk.rejects)) == (0, 1)


def test_a_chosen_form_of_all_messages_has_no_time_of_receipt() -> None:
    assert len(read(NOW, "<11>gone", format="rfc5424").rejects) == 1
    assert len(read(NOW, "<11>gone", format="syslog").rows) == 1


def test_lines_of_files_without_a_time_stay_rejects() -> None:
    rows, rejects = reading.read("<11>app[12]: gone\n<11>1 - web app 7 - - gone\n")
    assert (len(rows), len(rejects)) == (0, 2)


def test_segments_read_back_and_end_with_what_is_whole() -> None:
    messages = [
        Message(b"<13>one\ntwo", "10.0.0.1", 1_700_000_000_000_000),
        Message(b"", "fe80::1%eth0", 0, Flaw.TOO_LONG),
        Message(bytes(range(256)), "-", 5, Flaw.INCOMPLETE),
    ]
    content = MAGIC + pack(messages)
    assert unpacked(content) == (messages, 0)
    ends = [len(MAGIC + pack(messages[:count])) for count in range(4)]
    for end in range(len(MAGIC), len(content)):
        whole = max(count for count in range(4) if ends[count] <= end)
        assert unpacked(content[:end]) == (messages[:whole], end - ends[whole])
    assert unpacked(b"") == ([], 0)
    assert unpacked(MAGIC[:-1]) == ([], len(MAGIC) - 1)
