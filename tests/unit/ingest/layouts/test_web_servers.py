"""Access and error logs of web servers: every field of each line, as written by hand."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import datetime
from typing import Any

import pytest

from lumber.ingest.options import IngestOptions
from lumber.ingest.zones import Zone
from tests.unit.ingest.layouts.truth import comparable, row
from tests.unit.ingest.reading import chunks, read

ACCESS_TIME = datetime(2000, 10, 10, 20, 55, 36)
T = "[10/Oct/2000:20:55:36 +0000]"
FINE = datetime(2024, 3, 1, 10, 0, 0, 123_456)
DAY = datetime(2024, 3, 1, 10, 0, 0)
GET = {"method": "GET", "path": "/a.gif", "protocol": "HTTP/1.0"}


def access(message: str, **data: Any) -> dict[str, Any]:
    return row(ACCESS_TIME, message, data)


LINES = [
    (
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326',
        access('127.0.0.1 "GET /a.gif HTTP/1.0" 200', client="127.0.0.1", user="frank", **GET, status=200,
               size=2326),
    ),
    (
        rf'example.com:80 10.0.0.1 - john doe {T} "GET /a\"b HTTP/1.1" 500 5 "-" "a \"b\" \x22c" 0.003 -',
        access(r'10.0.0.1 "GET /a\"b HTTP/1.1" 500', vhost="example.com:80", client="10.0.0.1",
               user="john doe", method="GET", path=r"/a\"b", protocol="HTTP/1.1", status=500, size=5,
               agent=r"a \"b\" \x22c", rest="0.003 -"),
    ),
    # X-Forwarded-For, and the beginning of TLS.
    (
        rf'10.0.0.1, 10.0.0.2 - - {T} "\x16\x03\x01" 400 0 "-" "-" "-"',
        access(r'10.0.0.1, 10.0.0.2 "\x16\x03\x01" 400', client="10.0.0.1, 10.0.0.2", request=r"\x16\x03\x01",
               status=400, size=0, rest='"-"'),
    ),
    (f'::1 - - {T} "-" 408 - "-" "-"', access('::1 "-" 408', client="::1", status=408)),
    (f'- - - {T} "" 400 0', access('"" 400', status=400, size=0)),
    (
        f'example.com 2001:db8::1 - - {T} "HEAD /" 200 5',
        access('2001:db8::1 "HEAD /" 200', vhost="example.com", client="2001:db8::1", method="HEAD", path="/",
               status=200, size=5),
    ),
    # A virtual host before a client that is a name or a list: neither is an identity.
    (
        f'www.example.com host-1.example.net - - {T} "GET /a.gif HTTP/1.0" 304 -',
        access('host-1.example.net "GET /a.gif HTTP/1.0" 304', vhost="www.example.com",
               client="host-1.example.net", **GET, status=304),
    ),
    (
        f'example.com 10.0.0.1, unknown - bob {T} "GET /a.gif HTTP/1.0" 304 0',
        access('10.0.0.1, unknown "GET /a.gif HTTP/1.0" 304', vhost="example.com", client="10.0.0.1, unknown",
               user="bob", **GET, status=304, size=0),
    ),
    (
        f'10.0.0.1 ident - {T} "GET /a.gif HTTP/1.0" 000 0',
        access('10.0.0.1 "GET /a.gif HTTP/1.0" 000', client="10.0.0.1", identity="ident", **GET, status=0,
               size=0),
    ),
    (
        f'1.2.3.4:5678 id CN=J. Doe, O="X" {T} "POST /a b HTTP/2.0" 201 7 "http://r/" "x y"',
        access('1.2.3.4:5678 "POST /a b HTTP/2.0" 201', client="1.2.3.4:5678", identity="id",
               user='CN=J. Doe, O="X"', method="POST", path="/a b", protocol="HTTP/2.0", status=201, size=7,
               referrer="http://r/", agent="x y"),
    ),
    # What follows the fields has no names.
    (
        f'10.0.0.1 - - {T} "GET /a.gif HTTP/1.0" 200 5 "ref only"',
        access('10.0.0.1 "GET /a.gif HTTP/1.0" 200', client="10.0.0.1", **GET, status=200, size=5,
               rest='"ref only"'),
    ),
    # As Python's http.server writes it.
    (
        '::1 - - [10/Oct/2000 20:55:36] "GET /a.gif HTTP/1.0" 200 -',
        access('::1 "GET /a.gif HTTP/1.0" 200', client="::1", **GET, status=200),
    ),
    (
        "[Sun Dec  4 04:47:44 2005] [error] [client 1.2.3.4] Directory [a] forbidden",
        row(datetime(2005, 12, 4, 4, 47, 44), "[client 1.2.3.4] Directory [a] forbidden",
            {"client": "1.2.3.4"}, "error"),
    ),
    (
        "[Fri Mar 01 10:00:00.123456 2024] [core:error] [pid 35708:tid 4328636416] (13)Permission denied: "
        "[client ::1:23] AH00035: denied, referer: http://r/",
        row(FINE, "(13)Permission denied: [client ::1:23] AH00035: denied, referer: http://r/",
            {"client": "::1:23", "referrer": "http://r/", "process_id": 35708, "thread_id": 4328636416},
            "error", "core"),
    ),
    (
        "[Fri Mar 01 10:00:00.123456 2024] [ssl:trace3] [pid 1] ssl_engine.c(42): [remote 1.2.3.4:5] a: [b]",
        row(FINE, "ssl_engine.c(42): [remote 1.2.3.4:5] a: [b]",
            {"process_id": 1, "location": "ssl_engine.c(42)", "client": "1.2.3.4:5"}, "DEBUG", "ssl"),
    ),
    (
        "[Fri Mar 01 10:00:00 2024] [-:notice] [pid 1] said [client 1.2.3.4] so",
        row(DAY, "said [client 1.2.3.4] so", {"process_id": 1}, "notice"),
    ),
    (
        "[Fri Mar 01 10:00:00.123456 2024] [core:emerg] [pid 1]",
        row(FINE, "", {"process_id": 1}, "emerg", "core"),
    ),
    (
        '2024/03/01 10:00:00 [error] 123#456: *789 open() "/x" failed (2: No file), client: 1.2.3.4',
        row(DAY, 'open() "/x" failed (2: No file), client: 1.2.3.4',
            {"process_id": 123, "thread_id": 456, "connection": 789, "client": "1.2.3.4"}, "error"),
    ),
    # The path of the request looks like the end of a line.
    (
        '2024/03/01 10:00:00 [crit] 1#2: *3 open() "/, client: 6.6.6.6, server: " failed, client: ::1, '
        'server: a.b, request: "GET /"x", host: "y HTTP/1.1", upstream: "http://c:8/", host: "a.b:80"',
        row(DAY, 'open() "/, client: 6.6.6.6, server: " failed, client: ::1, server: a.b, '
            'request: "GET /"x", host: "y HTTP/1.1", upstream: "http://c:8/", host: "a.b:80"',
            {"process_id": 1, "thread_id": 2, "connection": 3, "client": "::1", "server": "a.b",
             "request": 'GET /"x", host: "y HTTP/1.1', "upstream": "http://c:8/", "host": "a.b:80"}, "crit"),
    ),
    (
        "2024/03/01 10:00:00 [notice] 1#1: start worker",
        row(DAY, "start worker", {"process_id": 1, "thread_id": 1}, "notice"),
    ),
]  # fmt: skip
REFUSED = [
    ('1.1.1.1 - - [32/Oct/2000:20:55:36 +0000] "GET / HTTP/1.1" 200 5', "is not a time"),
    ('1.1.1.1 - - [29/Feb/2001:20:55:36 +0000] "GET / HTTP/1.1" 200 5', "is not a time"),
    ('1.1.1.1 - - [10/Oct/2000:20:55:36 CET] "GET / HTTP/1.1" 200 5', "36 CET' is not a time"),
    (f'1.1.1.1 - - {T} "GET / HTTP/1.1 200 5', "begins like an access log"),
    (f'1.1.1.1 - - {T} "GET /" x HTTP/1.1" 200 5', "begins like an access log"),
    (f'1.1.1.1 - - {T} "GET / HTTP/1.1" 2000 5', "begins like an access log"),
    ("[Sun Dec 34 04:47:44 2005] [error] a", "is not a time"),
]


@pytest.mark.parametrize(("line", "truth"), LINES, ids=range(len(LINES)))
def test_every_field_is_as_written_by_hand(line, truth) -> None:
    rows, rejects = read(f"{line}\n")
    assert rejects == []
    assert comparable(rows[0]) == {**truth, "raw_message": line}


@pytest.mark.parametrize(("line", "reason"), REFUSED)
def test_a_line_that_does_not_fit_is_a_reject(line, reason) -> None:
    rows, rejects = read(f"{line}\n")
    assert rows == []
    assert reason in rejects[0][1]


def test_a_time_without_a_zone_is_of_the_zone_of_the_load() -> None:
    lines = '::1 - - [10/Oct/2000 22:55:36] "GET / HTTP/1.1" 200 -\n'
    rows, _ = read(lines, IngestOptions("logs", zone=Zone.parse("+02:00")))
    assert comparable(rows[0])["timestamp"].replace(tzinfo=None) == ACCESS_TIME


def test_the_clients_become_addresses() -> None:
    text = "\n".join(line for line, _ in LINES if "10.0.0.1" in line or "client 1.2.3.4" in line) + "\n"
    [chunk] = chunks(text, IngestOptions("logs"))
    assert {"10.0.0.1", "1.2.3.4"} <= set(chunk.addresses["address"])
