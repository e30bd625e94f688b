"""Lines of devices and programs without a header of syslog: every field is compared with the truth."""

from dataclasses import replace

import pytest

from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.zones import Zone
from tests.unit.ingest.reading import read, read_in_two_loads

NOON = 1_709_294_400_000_000  # 2024-03-01T12:00:00Z
LOGS = IngestOptions("logs", year=2024)


def row(line: str, options: IngestOptions = LOGS) -> dict:
    [found], rejects = read(line + "\n", options)
    assert rejects == []
    assert found.pop("raw_message") == line
    return found


def reason(line: str, options: IngestOptions = LOGS) -> str:
    rows, [(_, found)] = read(line + "\n", options)
    assert rows == []
    return found


AUDITED = [
    (
        'arch=c000003e syscall=2 success=no exit=-13 a0=10 a1=0 pid=3538 auid=4294967295 comm="cat"'
        ' exe="/bin/c t" subj=u:r:t:s0-s0:c0.c1023 key=(null)\x1dARCH=x86_64 SYSCALL=open AUID="unset"',
        "SYSCALL",
        {
            "arch": "c000003e", "syscall": 2, "success": "no", "exit": -13, "a0": "10", "a1": "0",
            "pid": 3538, "auid": 4294967295, "comm": "cat", "exe": "/bin/c t", "subj": "u:r:t:s0-s0:c0.c1023",
            "key": None, "ARCH": "x86_64", "SYSCALL": "open", "AUID": "unset",
        },
    ),
    (
        "proctitle=636174002F6574632F6120C3A9",
        "PROCTITLE",
        {"proctitle": "cat /etc/a \u00e9"},
    ),
    (
        'argc=3 a0="ls" a1=2D6C2061 a2[0]=FF',
        "EXECVE",
        {"argc": 3, "a0": "ls", "a1": "-l a", "a2[0]": "FF"},  # FF is not UTF-8
    ),
    (
        "pid=7 uid=0 msg='op=PAM:session_open acct=\"root\" exe=\"/usr/sbin/cron\" hostname=? addr=192.0.2.1"
        " res=success'",
        "USER_START",
        {
            "pid": 7, "uid": 0,
            "msg": {
                "op": "PAM:session_open", "acct": "root", "exe": "/usr/sbin/cron", "hostname": None,
                "addr": "192.0.2.1", "res": "success",
            },
        },
    ),
    (
        "avc:  denied  { read } for  pid=1 comm=6D7920636F6D6D name=\"x\" dev=dm-0 ino=12 key=61620163",
        "AVC",
        {"pid": 1, "comm": "my comm", "name": "x", "dev": "dm-0", "ino": 12, "key": "ab,c"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "type_", "data"), AUDITED, ids=[type_ for _, type_, _ in AUDITED])
def test_audit_records_have_typed_and_decoded_fields(text: str, type_: str, data: dict) -> None:
    expected = {
        "timestamp": NOON + 243_000, "process_name": "auditd", "message": text,
        "structured_data": {"type": type_, "serial": 24287, **data},
    }  # fmt: skip
    record = f"type={type_} msg=audit(1709294400.243:24287): {text}"
    assert row(record) == expected
    assert row(f"node=web7 {record}") == {**expected, "host_name": "web7"}
    # Audit's plugin for syslog.
    relayed = row(f"Mar  1 12:00:00 h audispd: node=web7 {record}")
    assert relayed.pop("structured_data") == {**expected["structured_data"], "origin": "web7"}
    assert relayed == {"timestamp": NOON, "host_name": "h", "process_name": "audispd", "message": text}


def test_an_audit_record_without_fields_has_its_type_as_message() -> None:
    found = row("type=EOE msg=audit(1709294400:9): ")
    assert (found["message"], found["timestamp"]) == ("EOE", NOON)
    assert reason("type=EOE msg=audit(99999999999.1:9): ") == "timestamp: '99999999999.1' is not a time"


PAIRS = (
    'time=13:00:00 devname="FG 1" devid="FGT60F" {}logid="0000000013" type="traffic" level="notice"'
    ' srcport=49152 service="HTTPS" user="a \\"b\\"" sentbyte=0'
)
PAIRS_DATA = {
    "logid": "0000000013", "type": "traffic", "srcport": 49152, "service": "HTTPS", "user": 'a "b"',
    "sentbyte": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "micro", "data"),
    [
        ('tz="+0100" ', 0, {"tz": "+0100"}),
        ("eventtime=1709294400123456789 ", 123_456, {"eventtime": 1709294400123456789}),
        ('eventtime=1709294400123456 tz="+0100" ', 123_456, {"eventtime": 1709294400123456, "tz": "+0100"}),
        ("eventtime=1709294400 ", 0, {"eventtime": 1709294400}),
        ('eventtime=7 tz="+0100" ', 0, {"eventtime": 7, "tz": "+0100"}),  # not near to its date
    ],
)
def test_fortigate_lines_have_an_exact_time(told: str, micro: int, data: dict) -> None:
    line = "date=2024-03-01 " + PAIRS.format(told)
    expected = {
        "timestamp": NOON + micro, "host_name": "FG 1", "device_id": "FGT60F", "severity_text": "notice",
        "log_level": "INFO", "message": line, "structured_data": {**PAIRS_DATA, **data},
    }  # fmt: skip
    assert row(line) == expected
    warned = row(f'<188>{line} msg="Login failed"')
    level = {"severity_text": "warning", "log_level": "WARNING"}
    assert warned == {
        **expected, **level, "message": "Login failed",
        "structured_data": {**PAIRS_DATA, **data, "level": "notice"},
    }  # fmt: skip


def test_fortigate_lines_without_a_zone_are_of_the_zone_of_the_load() -> None:
    line = 'date=2024-03-01 time=13:00:00 logid="1" msg=""'
    assert row(line, replace(LOGS, zone=Zone.parse("+01:00")))["timestamp"] == NOON
    assert reason('date=2024-02-30 time=13:00:00 logid="1"').startswith(
        "timestamp: '2024-02-30 13:00:00' is not"
    )
    assert reason('date=2024-03-01 time=13:00:00 logid="1" msg="open').startswith("is no line of FortiGate")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("000123: *Mar  1 12:00:00.5 UTC: {}", {"structured_data": {"sequence": 123}}),
        ("<189>7: r1: .Mar  1 2024 12:00:00.5: {}", {"structured_data": {"sequence": 7}, "host_name": "r1"}),
        ("r1: 7: Mar  1 12:00:00.5: {}", {"structured_data": {"sequence": 7}, "host_name": "r1"}),
        ("<187>: 2024 Mar  1 12:00:00.5 UTC: {}", {"severity_text": "error", "log_level": "ERROR"}),
    ],
)
def test_cisco_lines_with_something_before_their_time(line: str, expected: dict) -> None:
    assert row(line.format("%SYS-5-CONFIG_I: Configured: x")) == {
        "timestamp": NOON + 500_000, "process_name": "%SYS-5-CONFIG_I", "message": "Configured: x",
        "severity_text": "notice", "log_level": "INFO", **expected,
    }  # fmt: skip


@pytest.mark.parametrize("start", ["1w2d: ", "000123: 3d04h: ", "00:00:46: ", "<189>45: ", ""])
def test_cisco_lines_with_the_uptime_or_without_a_time_are_rejects_with_advice(start: str) -> None:
    assert "service timestamps log datetime" in reason(f"{start}%LINK-3-UPDOWN: down")


def test_logread_lines_have_their_year_and_level() -> None:
    assert row("Fri Mar  1 12:00:00 2024 daemon.info dnsmasq[17]: started: x") == {
        "timestamp": NOON, "severity_text": "informational", "log_level": "INFO", "process_name": "dnsmasq",
        "message": "started: x", "structured_data": {"facility": "daemon", "process_id": 17},
    }  # fmt: skip
    assert row("Fri Mar  1 11:00:00 2024 [1709294400.250] kern.err kernel: [ 1.2] y") == {
        "timestamp": NOON + 250_000, "severity_text": "error", "log_level": "ERROR", "process_name": "kernel",
        "message": "[ 1.2] y", "structured_data": {"facility": "kern"},
    }  # fmt: skip
    assert row("Fri Mar  1 12:00:00 2024 user.notice root: wlan0: up")["message"] == "wlan0: up"
    assert row("Fri Mar  1 12:00:00 2024 daemon.notice hostapd: wlan0: AP-ENABLED ")["structured_data"] == {
        "facility": "daemon", "interface": "wlan0", "event": "AP-ENABLED",
    }  # fmt: skip
    assert row("Fri Mar  1 12:00:00 2024 cron.err no tag")["message"] == "no tag"
    assert "is not a time" in reason("Fri Feb 30 12:00:00 2024 daemon.info x: y")


def test_hostapd_with_its_own_time() -> None:
    text = "wlan0: STA 02:00:00:aa:bb:cc IEEE 802.11: authenticated"
    assert row(f"1709294400.123456: {text}") == {
        "timestamp": NOON + 123_456, "process_name": "hostapd", "message": text,
        "structured_data": {
            "interface": "wlan0", "station": "02:00:00:aa:bb:cc", "module": "IEEE 802.11",
        },
    }  # fmt: skip
    # Also wpa_supplicant may have written it.
    assert row("1709294400.123456: wlan0: CTRL-EVENT-CONNECTED - x") == {
        "timestamp": NOON + 123_456, "message": "wlan0: CTRL-EVENT-CONNECTED - x",
        "structured_data": {"interface": "wlan0", "event": "CTRL-EVENT-CONNECTED"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "time", ["1709294400500", "Mar 01 2024 12:00:00.500", "Mar 01 2024 12:00:00.500 UTC"]
)
def test_cef_events_without_a_header_have_their_receipt_time(time: str) -> None:
    event = "CEF:0|Ubiquiti|UniFi Network|8.0|400|Joined|1"
    assert row(f"{event}|rt={time} dvchost=udm src=192.0.2.1 act=a=b") == {
        "timestamp": NOON + 500_000, "process_name": "UniFi Network", "host_name": "udm", "message": "Joined",
        "structured_data": {
            "vendor": "Ubiquiti", "version": "8.0", "signature": 400, "name": "Joined", "severity": 1,
            "extension": {"src": "192.0.2.1", "act": "a=b"},
        },
    }  # fmt: skip
    assert reason("CEF:0|a|b|c|d|e|1|src=192.0.2.1") == "timestamp: the line has no time"
    assert "is not a time" in reason("CEF:0|a|b|c|d|e|1|rt=Mar 01 2024 12:00:00 CEST")


@pytest.mark.parametrize(
    ("start", "delimiter", "time"),
    [
        ("LEEF:1.0|IBM|QRadar|8.0|login|", "\t", "1709294400500"),
        ("LEEF:2.0|IBM|QRadar|8.0|login|", "\t", "1709294400500"),
        ("LEEF:2.0|IBM|QRadar|8.0|login||", "\t", "Mar 01 2024 12:00:00.500"),
        ("LEEF:2.0|IBM|QRadar|8.0|login|^|", "^", "1709294400500"),
        ("LEEF:2.0|IBM|QRadar|8.0|login|x5E|", "^", "1709294400500"),
        ("LEEF:2.0|IBM|QRadar|8.0|login|0x7c|", "|", "1709294400500"),
    ],
)
def test_leef_events_have_their_own_delimiter(start: str, delimiter: str, time: str) -> None:
    line = start + delimiter.join(
        ["src=192.0.2.1", "sev=5", "usrName=a=b c", "srcPort=443", f"devTime={time}"]
    )
    data = {"vendor": "IBM", "version": "8.0", "event": "login"}
    extension = {"src": "192.0.2.1", "sev": 5, "usrName": "a=b c", "srcPort": 443}
    assert row(line) == {
        "timestamp": NOON + 500_000, "process_name": "QRadar", "message": line,
        "structured_data": {**data, "extension": extension},
    }  # fmt: skip
    relayed = row(f"<13>Mar  1 12:00:00 h {start}msg=x y{delimiter}sev=1")
    assert (relayed["host_name"], relayed["process_name"], relayed["message"]) == ("h", "QRadar", "x y")
    assert relayed["structured_data"] == {**data, "extension": {"sev": 1}}
    assert reason("LEEF:1.0|a|b|c|d|src=192.0.2.1") == "timestamp: the line has no time"
    assert reason("LEEF:1.0|a|b").startswith("is no line of LEEF")


FLOW = "2 012345678901 eni-0a1b 192.0.2.1 198.51.100.7 443 22 6 20 4249 1709294400 1709294460 ACCEPT OK"
FLOW_ROW = {
    "timestamp": NOON, "device_id": "eni-0a1b", "message": FLOW,
    "structured_data": {
        "version": 2, "account-id": "012345678901", "srcaddr": "192.0.2.1", "dstaddr": "198.51.100.7",
        "srcport": 443, "dstport": 22, "protocol": 6, "packets": 20, "bytes": 4249, "end": 1709294460,
        "action": "ACCEPT", "log-status": "OK",
    },
}  # fmt: skip
NO_DATA = "2 012345678901 eni-0a1b - - - - - - - 1709294400 1709294460 - NODATA"
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action"
    " log-status"
)


def test_vpc_flow_records_with_and_without_a_header() -> None:
    assert row(FLOW) == FLOW_ROW
    rows, rejects = read(f"{HEADER}\n{FLOW}\n{NO_DATA}\n{FLOW} x\n\n")
    assert rejects == [(4, "has 15 fields, and the header has 14"), (5, "blank line")]
    assert [found.pop("raw_message") for found in rows] == [FLOW, NO_DATA]
    assert rows == [
        FLOW_ROW,
        {
            "timestamp": NOON, "device_id": "eni-0a1b", "message": NO_DATA,
            "structured_data": {
                "version": 2, "account-id": "012345678901", "end": 1709294460, "log-status": "NODATA",
            },
        },
    ]  # fmt: skip


def test_vpc_flow_records_of_chosen_fields_need_their_start() -> None:
    line = "5 vpc-1 1709294400 tcp-x 19 IPv4 S3"
    rows, rejects = read(f"version vpc-id start az-id tcp-flags type pkt-dst-aws-service\n{line}\n")
    assert rejects == []
    assert rows == [
        {
            "timestamp": NOON, "message": line, "raw_message": line,
            "structured_data": {
                "version": 5, "vpc-id": "vpc-1", "az-id": "tcp-x", "tcp-flags": 19, "type": "IPv4",
                "pkt-dst-aws-service": "S3",
            },
        }
    ]  # fmt: skip
    _, [(_, why)] = read("version vpc-id action\n5 vpc-1 ACCEPT\n")
    assert why == "timestamp: is required, but missing"


def test_a_resumed_load_knows_the_header_of_flow_records() -> None:
    text = "srcport start action\n" + "22 1709294400 REJECT\n" * 40
    options = replace(LOGS, chunk_bytes=300)
    assert read_in_two_loads(text, options) == read(text)[0]


@pytest.mark.parametrize(
    ("format_", "line"),
    [
        (Format.AUDITD, "type=EOE msg=audit(1709294400:9): "),
        (Format.FORTIGATE, 'date=2024-03-01 time=13:00:00 logid="1"'),
        (Format.CISCO, "1: Mar  1 12:00:00: %SYS-5-CONFIG_I: x"),
        (Format.OPENWRT, "Fri Mar  1 12:00:00 2024 daemon.info x: y"),
        (Format.HOSTAPD, "1709294400.123456: wlan0: x"),
        (Format.CEF, "CEF:0|a|b|c|d|e|1|rt=1709294400500"),
        (Format.VPC_FLOW, FLOW),
    ],
)
def test_a_format_may_be_named(format_: Format, line: str) -> None:
    options = replace(LOGS, format=format_)
    assert row(line, options) == row(line)
    assert format_ is Format.VPC_FLOW or reason("x y z", options).startswith(
        "does not start like a log line: "
    )


def test_lines_of_all_forms_may_be_mixed() -> None:
    lines = [
        "Mar  1 12:00:00 h app: m", "type=EOE msg=audit(1709294400:9): ", "level=info msg=m time=1709294400",
        'date=2024-03-01 time=13:00:00 logid="1"', '{"time": 1709294400, "msg": "m"}', "what is this",
        "Fri Mar  1 12:00:00 2024 daemon.info x: y",
    ]  # fmt: skip
    rows, rejects = read("\n".join(lines), LOGS)
    assert [found["message"] for found in rows] == [
        "m", "EOE", "m", 'date=2024-03-01 time=13:00:00 logid="1"', "m", "y",
    ]  # fmt: skip
    assert [line for line, _ in rejects] == [6]
