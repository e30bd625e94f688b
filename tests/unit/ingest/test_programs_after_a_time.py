"""What more programs write after an ISO 8601 time. Each field is compared with what was written by hand."""

# ruff: noqa: DTZ001 -- times are compared in UTC

import json
from datetime import datetime
from typing import Any

import pytest

from lumber.ingest.layouts.after_time import LAYOUTS
from tests.unit.ingest.lines import parsed

T = "2024-03-01 10:00:00.123"
TIME = datetime(2024, 3, 1, 10, 0, 0, 123_000)
# The text after a time, and level, process, message and data.
LINES: list[tuple[str, str | None, str | None, str, dict[str, Any]]] = [
    (" - INFO  [QuorumPeer[myid=1]/0:0:2181:Election@774] - New: 1", "INFO", "Election", "New: 1",
     {"thread": "QuorumPeer[myid=1]/0:0:2181", "line": 774}),
    (" [myid:1] - WARN  [main:o.a.Config@177] - x", "WARNING", "o.a.Config", "x",
     {"myid": "1", "thread": "main", "line": 177}),
    (" [1234] [INFO] Listening at: http", "INFO", None, "Listening at: http", {"process_id": 1234}),
    (" [7][warning][config] [source/x.cc:12] gRPC: bad", "WARNING", "config", "gRPC: bad",
     {"thread_id": 7, "file": "source/x.cc", "line": 12}),
    (" [12ms][info ][gc,heap ] GC(0) 24M", "INFO", "gc,heap", "GC(0) 24M", {"uptime": "12ms"}),
    (" [info][gc] Pause", "INFO", "gc", "Pause", {}),
    (" [salt.minion      :123 ][ERROR   ][1234] bad", "ERROR", "salt.minion", "bad",
     {"line": 123, "process_id": 1234}),
    (" [info] <0.222.0> started: 3", "INFO", None, "started: 3", {"erlang_process": "<0.222.0>"}),
    (" [id=25]\tINFO\thudson.Main$3#run: up: x", "INFO", "hudson.Main$3#run", "up: x", {"thread_id": 25}),
    (" [12] INFO  My.App [(null)] - a - b", "INFO", "My.App", "a - b", {"thread": "12", "context": "(null)"}),
    (" [shop] error: boom: x", "ERROR", "shop", "boom: x", {}),
    (" [INFO]  agent: ready: x", "INFO", "agent", "ready: x", {}),
    (" [ERROR] agent.server.raft: no", "ERROR", "agent.server.raft", "no", {}),
    (" [ERROR] failed: x", "ERROR", None, "failed: x", {}),
    (" [error] boom", "ERROR", None, "boom", {}),
    (" info: hello: x", "INFO", None, "hello: x", {}),
    (" W [MSGID: 100030] [a.c:25:main] 0-gluster: Started", "WARNING", "0-gluster", "Started",
     {"message_id": 100030, "file": "a.c", "line": 25, "function": "main"}),
    (" I [a.c:25:main] 0-gluster: x", "INFO", "0-gluster", "x",
     {"file": "a.c", "line": 25, "function": "main"}),
    (" I NETWORK  [initandlisten] waiting: x", "INFO", "NETWORK", "waiting: x", {"context": "initandlisten"}),
    (" D2 -        [conn1] m", "DEBUG", None, "m", {"context": "conn1"}),
    (" W | rafthttp: lost: x", "WARNING", "rafthttp", "lost: x", {}),
    ("|INFO|My.App|a | b", "INFO", "My.App", "a | b", {}),
    ("|Warn|My.App|x", "WARNING", "My.App", "x", {}),
    (":INFO:oejs.Server:main: Started @1ms", "INFO", "oejs.Server", "Started @1ms", {"thread": "main"}),
    (":WARN ::main: x", "WARNING", None, "x", {"thread": "main"}),
    (":INFO:shop.app:hello: x", "INFO", "shop.app", "hello: x", {}),
    (" INFO  [org.jboss.as] (MSC thread 1-2) WFLY: x", "INFO", "org.jboss.as", "WFLY: x",
     {"thread": "MSC thread 1-2"}),
    (" WARNING (MainThread) [home.loader] found: x", "WARNING", "home.loader", "found: x",
     {"thread": "MainThread"}),
    (" INFO [Thread-7 [a]] org.x.Y: hi: x", "INFO", "org.x.Y", "hi: x", {"thread": "Thread-7 [a]"}),
    ("  WARN http{method=GET}:db{id=1}: my_app::db: slow", "WARNING", "my_app::db", "slow",
     {"span": "http{method=GET}:db{id=1}"}),
    (" ERROR ThreadId(01) my_app: y", "ERROR", "my_app", "y", {"thread": "ThreadId(01)"}),
    (" INF a.com/b/c.go:83 > version 3", "INFO", None, "version 3", {"file": "a.com/b/c.go", "line": 83}),
    (" INFO spawned: 'web' with pid 12", "INFO", None, "spawned: 'web' with pid 12", {}),
    (" fail2ban.actions        [1234]: NOTICE  [sshd] Ban 192.0.2.1", "INFO", "fail2ban.actions",
     "[sshd] Ban 192.0.2.1", {"process_id": 1234}),
    (" p=12 u=root n=ansible INFO| x", "INFO", "ansible", "x", {"process_id": 12, "user": "root"}),
    (" p=12 u=root n=ansible | TASK [x]", None, "ansible", "TASK [x]", {"process_id": 12, "user": "root"}),
    (" spid7s      Starting 'master'.", None, "spid7s", "Starting 'master'.", {}),
    (" 8f507cfc-0a1b-4697-b07a-ac58fc914c95\tINFO\thello", "INFO", None, "hello",
     {"request_id": "8f507cfc-0a1b-4697-b07a-ac58fc914c95"}),
    (" info hostd[20A9] [Originator@6876] y", "INFO", "hostd", "[Originator@6876] y", {"process": "20A9"}),
    (" Wa(180) vmkernel: cpu3:2)z", "WARNING", "vmkernel", "cpu3:2)z", {}),
    (" DEBUG [app,1a,2b] 12 --- [nio-1] o.s.W : x", "DEBUG", "o.s.W", "x",
     {"trace": "app,1a,2b", "process_id": 12, "thread": "nio-1"}),
    (" - INFO - a - b", "INFO", None, "a - b", {}),
    (" [app] [warning] a: b", "WARNING", "app", "a: b", {}),
    (" [Server thread/INFO]: a: b", "INFO", None, "a: b", {"thread": "Server thread"}),
    ("  INFO 12 --- [shop] [main] [1a-2b] c.x.Y : a : b", "INFO", "c.x.Y", "a : b",
     {"process_id": 12, "application": "shop", "thread": "main", "correlation": "1a-2b"}),
    (" | INFO     | mod | a", "INFO", None, "mod | a", {}),
    (" Puppet (notice): Applied: x", "INFO", "Puppet", "Applied: x", {}),
    (" /Stage[main]/X (err): bad", "ERROR", "/Stage[main]/X", "bad", {}),
    ("  1702  2395 W Tag of words: slow: x", "WARNING", "Tag of words", "slow: x",
     {"process_id": 1702, "thread_id": 2395}),
    (" 0x1f4      Error       0x0                  123    0    kernel: (A) x: y", "ERROR", "kernel",
     "(A) x: y", {"activity": "0x0", "process_id": 123}),
    (" 0x1f4      Default     0x0                  123    0    kernel: z", None, "kernel", "z",
     {"type": "Default", "activity": "0x0", "process_id": 123}),
]  # fmt: skip
IN_BRACKETS = [
    ("[2024-03-01T10:00:00.123Z INFO  my_app::db] connected: yes", "INFO", "my_app::db", "connected: yes"),
    ("[2024-03-01 10:00:00,123: WARNING/ForkPoolWorker-1] a: b", "WARNING", "ForkPoolWorker-1", "a: b"),
    ("[2024-03-01T10:00:00.123Z WARN ] a: b", "WARNING", None, "a: b"),
]
DOUBTFUL = ["Server  twice", "ERROR:https://a:80", "[main] x", "x|y|z", "Info x", "12 34 W x", "I x [y] z"]


def comparable(row: dict[str, Any]) -> tuple[Any, ...]:
    data = json.loads(row["structured_data"] or "{}")
    return row["timestamp"], row["log_level"], row["process_name"], row["host_name"], row["message"], data


@pytest.mark.parametrize(("rest", "level", "process", "message", "data"), LINES, ids=range(len(LINES)))
def test_every_field_is_as_written_by_hand(rest, level, process, message, data) -> None:
    others = ["Jun 14 15:16:01 combo su: text", f"{T} ERROR [main] a.B: x", f"{T} h t: m"]
    for lines in ([], others):
        row = parsed(f"{T}{rest}", *lines, year=2024)[0]
        assert row["reason"] is None
        assert comparable(row) == (TIME, level, process, None, message, data)
        assert row["raw_message"] == f"{T}{rest}"


def test_lines_of_all_layouts_may_be_mixed() -> None:
    rows = parsed(*(f"{T}{rest}" for rest, *_ in LINES))
    assert [row["message"] for row in rows] == [message for *_, message, _ in LINES]


def test_a_line_of_proftpd_has_its_host() -> None:
    row = parsed(f"{T} ftp1 proftpd[12] ftp1 (192.0.2.1[192.0.2.1]): USER al: in")[0]
    assert comparable(row) == (
        TIME, None, "proftpd", "ftp1", "ftp1 (192.0.2.1[192.0.2.1]): USER al: in", {"process_id": 12},
    )  # fmt: skip


@pytest.mark.parametrize(("line", "level", "process", "message"), IN_BRACKETS)
def test_a_level_beside_the_time_is_read(line, level, process, message) -> None:
    row = parsed(line)[0]
    assert comparable(row) == (TIME, level, process, None, message, {})
    assert (row["raw_message"], row["reason"]) == (line, None)


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_only_looks_like_a_layout_stays_in_the_message(text) -> None:
    assert comparable(parsed(f"{T} {text}")[0]) == (TIME, None, None, None, text, {})


def test_every_layout_has_an_example() -> None:
    assert len(LINES) + 1 >= len(LAYOUTS)
