"""Tables of well-known programs, written after their documented definitions, with rows and mappings.

- The alert database of Snort and Suricata, which Barnyard2 writes (`output database`): it is documented in
  `schemas/create_postgresql` of Snort 2.8 and Barnyard2 (github.com/firnsy/barnyard2).
- rsyslog: `createDB.sql` of its ompgsql and ommysql; see `rsyslog.py`.
- Buildbot: `buildbot/db/model.py`, described in "Database" of its developer's manual (docs.buildbot.net).
"""

import pymysql

from tests.integration.datasets import START
from tests.integration.datasets import execute as execute_elsewhere
from tests.integration.sources.rsyslog import COLUMNS, event
from tests.integration.sources.rsyslog import make_events as make_events_elsewhere

_EPOCH = int(START.timestamp())

ALERT_TABLES = (
    "CREATE TABLE signature (sig_id {serial} PRIMARY KEY, sig_name text NOT NULL, sig_class_id {int8}, "
    "sig_priority {int8}, sig_rev {int8}, sig_sid {int8}, sig_gid {int8})",
    "CREATE TABLE sensor (sid {serial} PRIMARY KEY, hostname text, interface text, filter text, "
    "detail smallint, encoding smallint, last_cid {int8} NOT NULL)",
    "CREATE TABLE event (sid {int4} NOT NULL, cid {int8} NOT NULL, signature {int4} NOT NULL, "
    "timestamp {time} NOT NULL, PRIMARY KEY (sid, cid))",
    "CREATE TABLE iphdr (sid {int4} NOT NULL, cid {int8} NOT NULL, ip_src {int8} NOT NULL, "
    "ip_dst {int8} NOT NULL, ip_ver smallint, ip_hlen smallint, ip_tos smallint, ip_len {int4}, "
    "ip_id {int4}, "
    "ip_flags smallint, ip_off {int4}, ip_ttl smallint, ip_proto smallint NOT NULL, ip_csum {int4}, "
    "PRIMARY KEY (sid, cid))",
    "INSERT INTO signature VALUES (1, 'ET SCAN Potential SSH Scan', 1, 2, 20, 2001219, 1), "
    "(2, 'GPL ICMP_INFO PING *NIX', 2, 3, 8, 2100366, 1), (3, 'local test rule', NULL, 9, 1, 1000001, 1)",
    "INSERT INTO sensor VALUES (1, 'ids1:eth0', 'eth0', NULL, 1, 0, 0), "
    "(2, 'ids2:eth1', 'eth1', NULL, 1, 0, 0)",
)
# Each database writes an address that is stored as a number in another way.
_ADDRESS = {
    "postgresql": "host('0.0.0.0'::inet + {0})",
    "mariadb": "inet_ntoa({0})",
    "sqlite": "(({0} >> 24) || '.' || (({0} >> 16) & 255) || '.' || (({0} >> 8) & 255) || '.' || "
    "({0} & 255))",
}
ALERT_MAPPING = '''
kind = "ids_alerts"
select = """
SELECT (e.sid * {shift} + e.cid) AS alert, e.timestamp AS at,
  s.sig_name, s.sig_priority, s.sig_sid, s.sig_gid,
  {src} AS src, {dst} AS dst, i.ip_proto, n.hostname
FROM event e JOIN signature s ON s.sig_id = e.signature JOIN sensor n ON n.sid = e.sid
JOIN iphdr i ON i.sid = e.sid AND i.cid = e.cid
"""
key = "alert"
time = {{ column = "at", zone = "UTC" }}
title = "IDS alerts"
description = "Alerts of an intrusion detection system."
message = "signature"
device = "sensor"

[fields.signature]
column = "sig_name"
type = "text"
required = true

[fields.priority]
column = "sig_priority"
type = "integer"
min = 1
max = 4
description = "1 is the most urgent."

[fields.rule]
join = ["sig_gid", "sig_sid"]
separator = ":"
pattern = '1:\\d+'

[fields.src]
column = "src"
type = "text"
required = true
holds = "address"

[fields.dst]
column = "dst"
type = "text"
holds = "address"

[fields.protocol]
column = "ip_proto"
map = {{ 1 = "icmp", 6 = "tcp", 17 = "udp" }}
one_of = ["icmp", "tcp", "udp"]
level = "strict"

[fields.sensor]
column = "hostname"
type = "text"
holds = "host"
'''


def alert_mapping(url: str) -> str:
    """Return the mapping of the alerts for a database."""
    address = _ADDRESS[_dialect(url)]
    shift = "4294967296::bigint" if _dialect(url) == "postgresql" else "4294967296"
    return ALERT_MAPPING.format(src=address.format("i.ip_src"), dst=address.format("i.ip_dst"), shift=shift)


def make_alerts(url: str) -> None:
    """Make the tables, with their signatures and sensors."""
    for statement in ALERT_TABLES:
        execute(url, statement.format(**_types(url)))


def add_alerts(url: str, first: int, rows: int) -> None:
    """Add alerts, those of each second from 10.0.0.0/24. Every tenth has a priority that no rule allows."""
    at = {
        "sqlite": "datetime('2026-01-01', '+' || i || ' seconds')",
        "postgresql": "TIMESTAMP '2026-01-01' + i * INTERVAL '1 second'",
        "mariadb": "TIMESTAMP '2026-01-01 00:00:00' + INTERVAL i SECOND",
    }[_dialect(url)]
    signature = "CASE WHEN i % 10 = 0 THEN 3 ELSE 1 + i % 2 END"
    columns = "sid, cid, ip_src, ip_dst, ip_ver, ip_proto"
    execute(
        url,
        f"INSERT INTO iphdr ({columns}) {_numbers(url, first, rows)} SELECT 1 + i % 2, i, "
        "167772160 + i % 256, 3221226000, 4, CASE WHEN i % 3 = 0 THEN 47 ELSE 6 END FROM n",
    )
    execute(
        url, f"INSERT INTO event {_numbers(url, first, rows)} SELECT 1 + i % 2, i, {signature}, {at} FROM n"
    )


BUILD_TABLES = (
    "CREATE TABLE builders (id {serial} PRIMARY KEY, name text NOT NULL, description text, "
    "name_hash varchar(40) NOT NULL)",
    "CREATE TABLE builds (id {serial} PRIMARY KEY, number {int4} NOT NULL, builderid {int4} NOT NULL, "
    "buildrequestid {int4} NOT NULL, workerid {int4}, masterid {int4} NOT NULL, started_at {int4} NOT NULL, "
    "complete_at {int4}, locks_duration_s {int4} NOT NULL, state_string text NOT NULL, results {int4} "
    "CHECK (state_string <> ''))",
    "CREATE TABLE steps (id {serial} PRIMARY KEY, number {int4} NOT NULL, name varchar(50) NOT NULL, "
    "buildid {int4}, started_at {int4}, locks_acquired_at {int4}, complete_at {int4}, "
    "state_string text NOT NULL, results {int4}, urls_json text NOT NULL, "
    "hidden smallint NOT NULL DEFAULT 0)",
    "CREATE INDEX builds_started ON builds (started_at, id)",
    "INSERT INTO builders VALUES (1, 'linux', NULL, 'a'), (2, 'windows', NULL, 'b')",
)
BUILD_MAPPING = """
kind = "ci_runs"
table = "builds"
key = "id"
time = { column = "started_at", unit = "s" }
guarantee = "append_only"
title = "CI runs"

[fields.number]
column = "number"
min = 1

[fields.builder]
column = "builderid"
map = { 1 = "linux", 2 = "windows" }
one_of = ["linux", "windows"]

[fields.worker]
column = "workerid"

[fields.completed]
column = "complete_at"
unit = "s"

[fields.state]
column = "state_string"
required = true

[fields.result]
column = "results"
map = { 0 = "success", 1 = "warnings", 2 = "failure", 3 = "skipped", 4 = "exception", 5 = "retry" }
one_of = ["success", "warnings", "failure", "skipped", "exception", "retry"]

[fields.label]
column = "results"
map = { 0 = 0, 1 = 0, 2 = 1, 4 = 1 }
type = "integer"
description = "1: the build failed."
"""


def make_builds(url: str) -> None:
    """Make the tables of builds, without builds."""
    for statement in BUILD_TABLES:
        execute(url, statement.format(**_types(url)))


def add_builds(url: str, first: int, rows: int) -> None:
    """Add builds, one each second; every seventh has a result that Buildbot doesn't have."""
    columns = "id, number, builderid, buildrequestid, workerid, masterid, started_at, complete_at"
    execute(
        url,
        f"INSERT INTO builds ({columns}, locks_duration_s, state_string, results) "
        f"{_numbers(url, first, rows)} SELECT i, i, 1 + i % 2, i, i % 3, 1, {_EPOCH} + i, "
        f"CASE WHEN i % 4 = 0 THEN NULL ELSE {_EPOCH} + i + 60 "
        "END, 0, 'build done', CASE WHEN i % 7 = 0 THEN 9 ELSE i % 3 END FROM n",
    )


def make_syslog(url: str) -> None:
    """Make the table of rsyslog in MariaDB; elsewhere its first events make it."""
    if _dialect(url) == "mariadb":
        columns = COLUMNS.format(time="datetime(6)")
        key = "ID int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY"
        execute(url, f"CREATE TABLE SystemEvents ({key}, {columns})")


def add_syslog(url: str, first: int, rows: int) -> None:
    """Add events, in one transaction."""
    if _dialect(url) != "mariadb":
        make_events_elsewhere(url, rows, first)
        return
    events = [event("postgresql", number) for number in range(first, first + rows)]
    names = "ID, ReceivedAt, Facility, Priority, FromHost, Message, SysLogTag"
    execute(url, f"INSERT INTO SystemEvents ({names}) VALUES (%s, %s, %s, %s, %s, %s, %s)", events)


def execute(url: str, statement: str, rows: list[tuple[object, ...]] | None = None) -> None:
    """Run a statement, once or for each row, in one transaction."""
    if _dialect(url) != "mariadb":
        execute_elsewhere(url, statement, rows)
        return
    port, _, name = url.rpartition(":")[2].partition("/")
    with (
        pymysql.connect(host="127.0.0.1", port=int(port), user="root", database=name) as connection,
        connection.cursor() as cursor,
    ):
        cursor.executemany(statement, rows) if rows else cursor.execute(statement)
        connection.commit()


def _numbers(url: str, first: int, rows: int) -> str:
    if _dialect(url) == "mariadb":
        return f"WITH n AS (SELECT seq AS i FROM seq_{first}_to_{first + rows - 1})"
    return (
        f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + rows - 1})"
    )


def _dialect(url: str) -> str:
    return url.partition(":")[0]


def _types(url: str) -> dict[str, str]:
    if url.startswith("sqlite"):
        return {"serial": "INTEGER", "int8": "INTEGER", "int4": "INTEGER", "time": "DATETIME"}
    if _dialect(url) == "mariadb":
        serial = "int NOT NULL AUTO_INCREMENT"
        return {"serial": serial, "int8": "bigint", "int4": "int", "time": "datetime"}
    return {"serial": "serial", "int8": "bigint", "int4": "integer", "time": "timestamp"}
