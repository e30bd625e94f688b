"""Files with the names of their fields in a directive. Every field is compared with the truth."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import datetime

import pytest

from lumber.ingest.options import IngestOptions
from lumber.ingest.zones import Zone
from tests.unit.ingest.layouts.truth import comparable, row
from tests.unit.ingest.reading import read, read_in_two_loads

DAY = datetime(2024, 3, 1, 10, 0, 0)
IIS = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-03-01 10:00:00\n"
    "#Fields: date time s-computername s-ip cs-method cs-uri-stem cs-uri-query cs-username c-ip "
    "cs(User-Agent) sc-status time-taken\n"
)
FIREWALL = (
    "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n"
    "#Fields: date time action protocol src-ip dst-ip src-port size info\n"
)
LINE = "2024-03-01 10:00:00 WEB1 10.0.0.1 GET /a.aspx x=1 - 192.0.2.1 Mozilla/5.0+(X) 200 15"


def test_a_line_of_iis_is_as_written_by_hand_whatever_the_zone() -> None:
    truth = {
        **row(DAY, "192.0.2.1 GET /a.aspx 200",
              {"cs-method": "GET", "cs-uri-stem": "/a.aspx", "cs-uri-query": "x=1", "c-ip": "192.0.2.1",
               "cs(user-agent)": "Mozilla/5.0+(X)", "sc-status": 200, "time-taken": 15}),
        "host_name": "WEB1", "device_ip": "10.0.0.1", "raw_message": LINE,
    }  # fmt: skip
    for zone in ("UTC", "Europe/Berlin"):
        rows, rejects = read(f"{IIS}{LINE}\n", IngestOptions("logs", zone=Zone.parse(zone)))
        assert rejects == []
        assert [comparable(found) for found in rows] == [truth]


def test_times_of_the_firewall_of_windows_are_local() -> None:
    line = "2024-03-01 11:00:00 DROP TCP 192.0.2.1 10.0.0.5 443 0 -"
    rows, rejects = read(f"{FIREWALL}{line}\n", IngestOptions("logs", zone=Zone.parse("Europe/Berlin")))
    assert rejects == []
    data = {
        "action": "DROP", "protocol": "TCP", "src-ip": "192.0.2.1", "dst-ip": "10.0.0.5", "src-port": 443,
        "size": 0,
    }  # fmt: skip
    assert comparable(rows[0]) == {**row(DAY, "DROP TCP 192.0.2.1 10.0.0.5", data), "raw_message": line}


def test_values_may_be_divided_by_tabs_or_commas() -> None:
    cloudfront = "#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(Host)\n"
    line = "2024-03-01\t10:00:00\t192.0.2.1\tGET\t/a b\t200\td1.example"
    rows, _ = read(f"{cloudfront}{line}\n")
    assert rows[0]["message"] == "192.0.2.1 GET /a b 200"
    assert rows[0]["structured_data"]["cs(host)"] == "d1.example"
    exchange = "#Software: Microsoft Exchange Server\n#Fields: date-time,client-ip,event-id,message\n"
    line = '2024-03-01T10:00:00.000Z,192.0.2.1,RECEIVE,"a, b"'
    rows, rejects = read(f"{exchange}{line}\n")
    assert rejects == []
    data = {"client-ip": "192.0.2.1", "event-id": "RECEIVE", "message": "a, b"}
    assert comparable(rows[0]) == {**row(DAY, line, data), "raw_message": line}


def test_the_header_holds_for_a_resumed_load_and_may_change() -> None:
    text = IIS + f"{LINE}\n" * 20 + "#Fields: date time action protocol src-ip dst-ip\n"
    text += "2024-03-01 10:00:00 ALLOW UDP 192.0.2.1 10.0.0.5\n" * 20
    rows = read_in_two_loads(text, IngestOptions("logs", chunk_bytes=700))
    assert [found["message"] for found in rows] == [
        *["192.0.2.1 GET /a.aspx 200"] * 20, *["ALLOW UDP 192.0.2.1 10.0.0.5"] * 20,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2024-03-01 10:00:00 too few", "has 4 fields, and the header has 12"),
        ("", "blank line"),
        (LINE.replace("2024-03-01", "2024-13-01"), "timestamp: '2024-13-01 10:00:00Z'"),
        (LINE.replace("2024-03-01", "-"), "timestamp: is required"),
    ],
)
def test_a_line_that_does_not_fit_the_header_is_a_reject(line: str, reason: str) -> None:
    rows, rejects = read(f"{IIS}{line}\n{LINE}\n")
    assert len(rows) == 1
    assert [(number, reason in found) for number, found in rejects] == [(5, True)]
