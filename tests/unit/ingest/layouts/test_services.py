"""Lines of servers and devices whose times are not ISO 8601. Every field is compared with the truth."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import datetime
from typing import Any

import pytest

from lumber.ingest.layouts.table import LAYOUTS
from lumber.ingest.options import Format, IngestOptions
from tests.unit.ingest.layouts.truth import comparable, row
from tests.unit.ingest.reading import read

DAY = datetime(2024, 3, 1, 10, 0, 0)
MILLI = datetime(2024, 3, 1, 10, 0, 0, 123_000)
FINE = datetime(2024, 3, 1, 10, 0, 0, 123_456)
THIS_YEAR = {"year": 2026}


def host(name: str, found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "host_name": name}


LINES: list[tuple[Format, str, dict[str, Any]]] = [
    (
        Format.LOG4J,
        "01 Mar 2024 10:00:00,123 [main] INFO  com.x.Y - a: b",
        row(MILLI, "a: b", {"thread": "main"}, "INFO", "com.x.Y"),
    ),
    (
        Format.LOG4J,
        "01 Mar 2024 10:00:00.123 WARN [t-1] com.x.Y: a",
        row(MILLI, "a", {"thread": "t-1"}, "WARN", "com.x.Y"),
    ),
    (
        Format.LOG4J,
        "INFO  [Native-1[2]] 2024-03-01 10:00:00,123 Loader.java:89 - Location: /etc",
        row(MILLI, "Location: /etc", {"thread": "Native-1[2]", "file": "Loader.java", "line": 89}, "INFO"),
    ),
    (
        Format.LOG4J,
        'INFO 2024-03-01 10:00:00,123 basehttp 1234 140735000001 "GET / HTTP/1.1" 200',
        row(MILLI, '"GET / HTTP/1.1" 200', {"process_id": 1234, "thread_id": 140735000001}, "INFO",
            "basehttp"),
    ),
    (
        Format.LOG4J,
        "INFO 2024-03-01 10:00:00,123 read 12 45 rows",
        row(MILLI, "read 12 45 rows", None, "INFO"),
    ),
    (Format.LOG4J, "[INFO ] 2024-03-01 10:00:00.123 a - b", row(MILLI, "a - b", None, "INFO")),
    (Format.LOG4J, "[ERROR] [2024-03-01T11:00:00.123+01:00] a: b", row(MILLI, "a: b", None, "ERROR")),
    (
        Format.LOGCAT,
        "03-01 10:00:00.123 u0_a10  1702  2395 W Tag: slow",
        row(MILLI.replace(**THIS_YEAR), "slow", {"uid": "u0_a10", "process_id": 1702, "thread_id": 2395},
            "WARNING", "Tag"),
    ),
    (
        Format.LOGCAT,
        "03-01 10:00:00.123 D/A tag( 1702): (x): y",
        row(MILLI.replace(**THIS_YEAR), "(x): y", {"process_id": 1702}, "DEBUG", "A tag"),
    ),
    (
        Format.KLOG,
        "W240301 10:00:00.123456 55 1@server/x.go:1 \u22ee [n1,s1] 7  slow",
        row(FINE, "[n1,s1] 7  slow", {"goroutine": 55, "channel": 1, "file": "server/x.go", "line": 1},
            "WARNING"),
    ),
    (
        Format.SQUID,
        "1709287200.123    215 192.0.2.1 TCP_MISS/200 1234 GET http://a/b - HIER_DIRECT/198.51.100.7 "
        "text/html",
        row(MILLI, "192.0.2.1 TCP_MISS/200 GET http://a/b",
            {"elapsed_ms": 215, "client": "192.0.2.1", "result": "TCP_MISS", "status": 200, "size": 1234,
             "method": "GET", "url": "http://a/b", "hierarchy": "HIER_DIRECT", "peer": "198.51.100.7",
             "content_type": "text/html"}),
    ),
    (Format.SQUID, "2024/03/01 10:00:00 kid1| ERROR: no disk", row(DAY, "no disk", {"kid": "kid1"}, "ERROR")),
    (Format.SQUID, "2024/03/01 10:00:00| Reconfiguring", row(DAY, "Reconfiguring")),
    (
        Format.REDIS,
        "12:M 01 Mar 2024 10:00:00.123 # Out of * memory",
        row(MILLI, "Out of * memory", {"process_id": 12, "role": "M"}, "WARNING"),
    ),
    (
        Format.REDIS,
        "[12] 01 Mar 10:00:00.123 - 3 clients",
        row(MILLI.replace(**THIS_YEAR), "3 clients", {"process_id": 12}, "VERBOSE"),
    ),
    (
        Format.CLICKHOUSE,
        "2024.03.01 10:00:00.123456 [ 42 ] {q-1} <Error> void DB::run(): Code: 1",
        row(FINE, "Code: 1", {"thread_id": 42, "query_id": "q-1"}, "Error", "void DB::run()"),
    ),
    (Format.MYSQL, "240301 10:00:00 [Warning] IP: unknown", row(DAY, "IP: unknown", None, "Warning")),
    (
        Format.MYSQL,
        "240301  9:05:00  InnoDB: Shutdown",
        row(datetime(2024, 3, 1, 9, 5), "InnoDB: Shutdown"),
    ),
    (
        Format.AWS_ACCESS,
        "79a59df900b949e55d96a1e698fbaced bucket [01/Mar/2024:11:00:00 +0100] 192.0.2.1 - 3E57 "
        'REST.GET.OBJECT a.txt "GET /a.txt HTTP/1.1" 200 - 113 5000 7 6 "-" "S3/0.4" - s9l SigV2',
        row(DAY, '192.0.2.1 "GET /a.txt HTTP/1.1" 200',
            {"bucket_owner": "79a59df900b949e55d96a1e698fbaced", "bucket": "bucket", "client": "192.0.2.1",
             "request_id": "3E57", "operation": "REST.GET.OBJECT", "key": "a.txt",
             "request": "GET /a.txt HTTP/1.1", "status": 200, "size": 113, "object_size": 5000,
             "total_ms": 7, "turnaround_ms": 6, "agent": "S3/0.4", "rest": "- s9l SigV2"}),
    ),
    (
        Format.AWS_ACCESS,
        "h2 2024-03-01T10:00:00.123456Z app/lb/1 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037 200 - 0 57 "
        '"GET https://a:443/ HTTP/2.0" "curl" ECDHE TLSv1.2 arn "Root=1"',
        row(FINE, '192.0.2.1:2817 "GET https://a:443/ HTTP/2.0" 200',
            {"type": "h2", "load_balancer": "app/lb/1", "client": "192.0.2.1:2817", "target": "10.0.0.1:80",
             "request_seconds": "0.086", "target_seconds": "0.048", "response_seconds": "0.037",
             "status": 200, "received": 0, "size": 57, "request": "GET https://a:443/ HTTP/2.0",
             "agent": "curl", "cipher": "ECDHE", "tls": "TLSv1.2", "rest": 'arn "Root=1"'}),
    ),
    (
        Format.PHP,
        "[01-Mar-2024 11:00:00 Europe/Berlin] PHP Fatal error:  Uncaught: x in /a.php:3",
        row(DAY, "Uncaught: x in /a.php:3", None, "FATAL", "PHP"),
    ),
    (Format.PHP, "[01-Mar-2024 10:00:00] NOTICE: ready", row(DAY, "ready", None, "NOTICE")),
    (Format.PHP, "[01-Mar-2024 10:00:00.123456 UTC] a: b", row(FINE, "a: b")),
    (
        Format.UWSGI,
        "[pid: 12|app: 0|req: 1/2] 192.0.2.1 () {40 vars in 600 bytes} [Fri Mar  1 10:00:00 2024] GET /a => "
        "generated 12 bytes in 3 msecs (HTTP/1.1 200) 2 headers in 79 bytes (1 switches on core 0)",
        row(DAY, '192.0.2.1 "GET /a HTTP/1.1" 200',
            {"process_id": 12, "app": "0", "request_number": "1/2", "client": "192.0.2.1", "method": "GET",
             "path": "/a", "size": 12, "elapsed": "3 msecs", "protocol": "HTTP/1.1", "status": 200,
             "rest": "2 headers in 79 bytes (1 switches on core 0)"}),
    ),
    (Format.DJANGO, '[01/Mar/2024 10:00:00] "GET / HTTP/1.1" 200 12', row(DAY, '"GET / HTTP/1.1" 200 12')),
    (
        Format.DJANGO,
        "[01/Mar/2024 10:00:00] ERROR [app.views:12] no: x",
        row(DAY, "no: x", {"line": "12"}, "ERROR", "app.views"),
    ),
    (Format.CUPS, "E [01/Mar/2024:11:00:00 +0100] [Job 1] no", row(DAY, "[Job 1] no", None, "ERROR")),
    (
        Format.BIND,
        "01-Mar-2024 10:00:00.123 queries: info: client 192.0.2.1#53: query: a IN A",
        row(MILLI, "client 192.0.2.1#53: query: a IN A", None, "info", "queries"),
    ),
    (Format.BIND, "01-Mar-2024 10:00:00.123 error: no: x", row(MILLI, "no: x", None, "error")),
    (
        Format.BIND,
        "01-Mar-2024 10:00:00.123 resolver: debug 3: x",
        row(MILLI, "x", None, "DEBUG", "resolver"),
    ),
    (Format.BIND, "01-Mar-2024 10:00:00.123 zone: a: loaded", row(MILLI, "zone: a: loaded")),
    (
        Format.IOS_XR,
        "RP/0/RSP0/CPU0:Mar  1 11:00:00.123 CET: ifmgr[263]: %PKT_INFRA-LINK-3-UPDOWN : Interface Te0: Down",
        row(MILLI.replace(**THIS_YEAR), "Interface Te0: Down",
            {"node": "RP/0/RSP0/CPU0", "program": "ifmgr", "process_id": 263}, "error",
            "%PKT_INFRA-LINK-3-UPDOWN"),
    ),
    (
        Format.IOS_XR,
        "<189>1234: r1 RP/0/0/CPU0:Mar  1 10:00:00 : mgd: %MGBL-SYS-5-CONFIG : x",
        host("r1", row(DAY.replace(**THIS_YEAR), "x",
                       {"sequence": 1234, "node": "RP/0/0/CPU0", "program": "mgd"}, "notice",
                       "%MGBL-SYS-5-CONFIG")),
    ),
    (
        Format.SAMBA,
        "[2024/03/01 10:00:00.123456,  1] a/b.c:12(main) up",
        row(FINE, "up", {"debug_level": 1, "file": "a/b.c", "line": 12, "function": "main"}),
    ),
    (
        Format.SNORT,
        "03/01-10:00:00.123456  [**] [1:469:3] ICMP PING [**] [Classification: Leak] [Priority: 2] {ICMP} "
        "192.0.2.1 -> 10.0.0.5",
        row(FINE.replace(**THIS_YEAR), "ICMP PING {ICMP} 192.0.2.1 -> 10.0.0.5",
            {"generator": 1, "signature": 469, "revision": 3, "classification": "Leak", "priority": 2,
             "protocol": "ICMP", "source": "192.0.2.1", "destination": "10.0.0.5"}),
    ),
    (
        Format.SNORT,
        "03/01/24-10:00:00.123456 [**] [1:2:3] X [**] [Priority: 1] {UDP} 1.2.3.4:5 -> 6.7.8.9:1",
        row(FINE, "X {UDP} 1.2.3.4:5 -> 6.7.8.9:1",
            {"generator": 1, "signature": 2, "revision": 3, "priority": 1, "protocol": "UDP",
             "source": "1.2.3.4:5", "destination": "6.7.8.9:1"}),
    ),
    (
        Format.SNORT,
        "03/01/2024-10:00:00.123456  [Drop] [**] [1:2:3] X [**] [Classification: (null)] [Priority: 3] {UDP} "
        "1.2.3.4:5 -> 6.7.8.9:1",
        row(FINE, "X {UDP} 1.2.3.4:5 -> 6.7.8.9:1",
            {"action": "Drop", "generator": 1, "signature": 2, "revision": 3, "priority": 3,
             "protocol": "UDP", "source": "1.2.3.4:5", "destination": "6.7.8.9:1"}),
    ),
    (
        Format.PROCURVE,
        "M 03/01/24 10:00:00 00076 ports: port 1 is off-line",
        row(DAY, "port 1 is off-line", {"event": "00076"}, "CRITICAL", "ports"),
    ),
    (
        Format.WEBLOGIC,
        "<Mar 1, 2024 11:00:00 AM CET> <Notice> <WebLogicServer> <BEA-000365> <State: <RUNNING>.>",
        row(DAY, "State: <RUNNING>.", {"code": "BEA-000365"}, "Notice", "WebLogicServer"),
    ),
    (
        Format.WEBLOGIC,
        "####<Mar 1, 2024, 10:00:00,123 AM UTC> <Info> <Security> <h1> <Admin> <t> <<WLS Kernel>> <> <> "
        "<1709287200123> <BEA-1> <m>",
        host("h1", row(MILLI, "m",
                       {"server": "Admin", "thread": "t", "user": "<WLS Kernel>", "code": "BEA-1"}, "Info",
                       "Security")),
    ),
    (
        Format.JOURNAL,
        "Fri 2024-03-01 11:00:00 CET web1 systemd[1]: Started: x",
        host("web1", row(DAY, "Started: x", {"process_id": 1}, None, "systemd")),
    ),
    (
        Format.JOURNAL,
        "1709287200.123456 web1 kernel: usb",
        host("web1", row(FINE, "usb", None, None, "kernel")),
    ),
    (Format.EPOCH, "[1709287200] SERVICE ALERT: a;b;OK", row(DAY, "SERVICE ALERT: a;b;OK")),
    (Format.EPOCH, "1709287200: New connection", row(DAY, "New connection")),
    (Format.ASCTIME, "[Fri Mar  1 10:00:00 2024] [drm] ready", row(DAY, "[drm] ready")),
    (Format.ASCTIME, "Fri Mar  1 11:00:00 CET 2024: done", row(DAY, "done")),
    (Format.ASCTIME, "Fri Mar  1 10:00:00 2024 [pid 12] OK", row(DAY, "OK", {"process_id": 12})),
    (Format.ASCTIME, "Fri Mar  1 10:00:00 2024 192.0.2.1:1194 TLS: x", row(DAY, "192.0.2.1:1194 TLS: x")),
]  # fmt: skip
REFUSED = [
    ("[01-Mar-2024 10:00:00 Europe/Nowhere] x", "Europe/Nowhere' is not a time"),
    ("241301 10:00:00 [Note] x", "'241301 10:00:00' is not a time"),
    ("130624 10:00:00 a: b", "does not start like a log line"),
    ("13/01/24-10:00:00.123456 [**] [1:2:3] X [**] {UDP} 1.2.3.4:5 -> 6.7.8.9:1", "is not a time"),
    ("Fri 2024-03-01 11:00:00 IST web1 systemd[1]: x", "IST' is not a time"),
    ("<Mar 1, 2024 11:00:00 AM XYZ> <Notice> <W> <B> <m>", "XYZ' is not a time"),
    ("[9999999999] x", "is not a time"),
    ("Fri Mar  1 11:00:00 IST 2024 x", "IST' is not a time"),
]


@pytest.mark.parametrize(("format_", "line", "truth"), LINES, ids=range(len(LINES)))
def test_every_field_is_as_written_by_hand(format_, line, truth) -> None:
    for options in (IngestOptions("logs"), IngestOptions("logs", format_)):
        rows, rejects = read(f"{line}\n", options)
        assert rejects == []
        assert comparable(rows[0]) == {**truth, "raw_message": line}


def test_lines_of_all_formats_may_be_mixed() -> None:
    text = "\n".join(line for _, line, _ in LINES)
    rows, rejects = read(f"{text}\n", IngestOptions("logs", year=2026))
    assert rejects == []
    assert [found["message"] for found in rows] == [truth["message"] for _, _, truth in LINES]


@pytest.mark.parametrize(("line", "reason"), REFUSED)
def test_a_time_that_can_not_be_one_is_a_reject(line, reason) -> None:
    rows, rejects = read(f"{line}\n")
    assert rows == []
    assert reason in rejects[0][1]


def test_every_format_with_layouts_of_its_own_has_an_example() -> None:
    with_examples = {format_ for format_, _, _ in LINES}
    assert set(LAYOUTS) - with_examples <= set(list(LAYOUTS)[:10])  # those of test_layouts.py
