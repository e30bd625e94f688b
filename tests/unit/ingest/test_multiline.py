"""Lines that continue another one become part of its row: stack traces, and indented lines."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumber.ingest.ledger import Entry
from lumber.ingest.limits import Limits
from lumber.ingest.line_reader import LineReader
from lumber.ingest.multiline.continuations import OpenRecord, may_continue
from lumber.ingest.multiline.joiner import CONTINUES_LOADED, CONTINUES_REJECTED
from lumber.ingest.options import IngestOptions
from lumber.ingest.resume import Position
from tests.unit.ingest.test_conservation import NOW, Bytes

LINE = "2024-03-01 10:00:00,123 ERROR [main] com.x.Y: failed"
JSON = '{"time": 1704448800, "msg": "m"}'
SYSLOG = "Jun 14 15:16:01 h app[1]: failed"
JAVA = """\
java.lang.IllegalStateException: bad: state
\tat com.x.Y.z(Y.java:12)
\tat java.base/java.lang.Thread.run(Thread.java:833)
\tSuppressed: java.io.IOException: closed
\t\tat com.x.Z.close(Z.java:1)
\t\t... 2 more
Caused by: com.x.NotFound
\tat com.x.Y.<init>(Y.java)
\t... 12 common frames omitted"""
PYTHON = """\
Traceback (most recent call last):
  File "/app/a.py", line 3, in f
    return x["k"]
           ~^^^^^
KeyError: 'k'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/b.py", line 9, in <module>
    f()
app.errors.Failed"""
DOT_NET = """\
System.InvalidOperationException: bad
 ---> System.Exception: inner
   at A.B.C(String s) in /src/A.cs:line 3
   --- End of inner exception stack trace ---
   at A.Main()
--- End of stack trace from previous location ---
   at A.Run()"""
NODE = """\
Error: ENOENT: no such file
    at Object.openSync (node:fs:476:3)
    at async file:///app/x.mjs:3:1 {
  errno: -2,
  code: 'ENOENT'
}"""
GO = """\
panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.(*T).run(0xc000, {0x1, 0x2})
\t/app/main.go:12 +0x1d

goroutine 7 [chan receive, 2 minutes]:
created by main.main in goroutine 1
\t/app/main.go:8 +0x65
exit status 2"""
PHP = """\
Stack trace:
#0 /app/a.php(3): f('x')
#1 {main}
  thrown in /app/a.php on line 3"""
RUBY = "\tfrom /app/a.rb:3:in 'f'\n\tfrom /app/a.rb:9:in '<main>'"
RUST = "stack backtrace:\n   0: rust_begin_unwind\n             at /rustc/x/panicking.rs:5:5"
TRACES = [JAVA, PYTHON, DOT_NET, NODE, GO, PHP, RUBY, RUST]


def load(content: str, entry: Entry | None = None, chunk_bytes: int = 100_000, **options) -> list:
    entry = entry or Entry("i", "logs", "n", "f")
    done = IngestOptions("logs", chunk_bytes=chunk_bytes, **options)
    position = Position.start()
    position.bytes_done = entry.bytes_done
    chunks = list(LineReader(done, entry, NOW).chunks(Bytes(content.encode()), position))
    for chunk in chunks:
        assert len(chunk.rows) + len(chunk.rejects) == chunk.lines
    return chunks


def found(chunks: list) -> tuple[list, list]:
    """Return rows (number, message, raw message) and rejects (line, reason, raw)."""
    rows = [
        (row["number"], row["message"], row["raw_message"] or JSON)  # a record is kept in its fields
        for chunk in chunks
        for row in chunk.rows.to_dicts()
    ]
    rejects = [(reject.line, reject.reason, reject.raw) for chunk in chunks for reject in chunk.rejects]
    return sorted(rows, key=lambda row: row[0]), sorted(rejects)


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("chunk_bytes", [1, 90, 100_000])
def test_a_trace_belongs_to_the_line_before_it(trace, chunk_bytes) -> None:
    chunks = load(f"{LINE}\n{trace}\n{LINE}\n", chunk_bytes=chunk_bytes)
    first = 2 + len(trace.split("\n"))
    assert found(chunks) == (
        [(1, f"failed\n{trace}", f"{LINE}\n{trace}"), (first, "failed", LINE)],
        [],
    )
    assert [chunk.continued for chunk in chunks if chunk.continued] == [{1: first - 2}]
    assert sum(chunk.lines for chunk in chunks) == 2


@pytest.mark.parametrize("trace", [PYTHON, PHP, RUBY, RUST, GO.partition("\n\n")[2], JAVA, NODE, DOT_NET])
def test_a_trace_belongs_to_a_line_of_syslog(trace) -> None:
    [row], rejects = found(load(f"<11>{SYSLOG}\r\n" + trace.replace("\n", "\r\n") + "\r\n"))
    assert row == (1, f"failed\n{trace}", f"<11>{SYSLOG}\n{trace}")
    assert rejects == []


def test_a_traceback_may_begin_at_the_end_of_the_line() -> None:
    first = "2024-03-01 10:00:00 ERROR: Traceback (most recent call last):"
    rest = '  File "a.py", line 1, in f\n    f()\nValueError: x'
    [row], rejects = found(load(f"{first}\n{rest}\nValueError: y\n"))
    assert row[2] == f"{first}\n{rest}"
    assert [(line, raw) for line, _, raw in rejects] == [(5, "ValueError: y")]


@pytest.mark.parametrize(
    ("rest", "joined"),
    [
        ("\tSELECT 1\n\tFROM t", 2),  # PostgreSQL
        ("  indented", 1),
        ("\u00a0no indent", 0),
        ("plain", 0),
        ("plain\n  indented", 0),
        ("\n  indented after a blank line", 0),
        ("\n\tat a.b(c:1)", 0),
        ("\ncom.x.Failed: x\n\tat a.b(c:1)\n", 3),  # Spring Boot
        ('\n\nTraceback (most recent call last):\n  File "a", line 1', 4),
        ("ValueError: x", 0),
        ("ValueError: x\nnothing", 0),
        ("com.x.FailedException: x", 1),
        ("com.x.FailedException: x\n\n\n", 1),
        ("name: value\n  at noon (12:00)", 2),
        ("panic: no trace", 0),
        ("}", 0),
        ("exit status 2", 0),
        ("main.f()", 0),
        ("#1 of 3", 0),
        ("<999>x\n  y", 0),
        ("{broken\n  y", 0),
    ],
)
def test_what_is_doubtful_continues_no_line(rest, joined) -> None:
    lines = rest.split("\n")
    rows, rejects = found(load(f"{LINE}\n{rest}\n{LINE}\n"))
    assert rows[0][2].split("\n") == [LINE, *lines[:joined]]
    assert [raw for _, _, raw in rejects] == lines[joined:]
    assert [number for number, *_ in rows] == [1, len(lines) + 2]


@pytest.mark.parametrize(
    "line",
    [
        SYSLOG,
        f"<11>{SYSLOG}",
        "1 2024-03-01T10:00:00Z h a - - - m",
        "Mar  1 10:00:01: %ASA-6-302013: Built",
        '10.0.0.1 - - [01/Mar/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 5',
        JSON,
    ],
)
def test_an_indented_line_continues_no_line_of_syslog_or_json(line) -> None:
    [row], [reject] = found(load(f"{line}\n  indented\n"))
    assert (row[2], reject[2]) == (line, "  indented")


def test_brackets_close_what_a_line_opens() -> None:
    text = "2024-03-01 10:00:00 INFO a.b: sent [\n  1\n]"
    [row], [reject] = found(load(f"{text}\n]\n"))
    assert (row[1], reject[2]) == ("sent [\n  1\n]", "]")


def test_a_record_has_a_limit_of_lines() -> None:
    limits = Limits(record_lines=3)
    content = f"{LINE}\n\tat a.b(c:1)\n\n\tat a.b(c:2)\n\tat a.b(c:3)\nplain\n{LINE}\n"
    for size in (1, 70, 100_000):
        rows, rejects = found(load(content, chunk_bytes=size, limits=limits))
        assert [row[2].count("\n") for row in rows] == [1, 0]
        reason = "continues a record of 3 lines, the limit of LUMBER_MAX_RECORD_LINES"
        assert [(line, text) for line, text, _ in rejects[:3]] == [
            (3, "blank line"),
            (4, reason),
            (5, reason),
        ]
        assert rejects[3][1].startswith("does not start like a log line")


def test_a_record_has_a_limit_of_bytes() -> None:
    limits = Limits(line_bytes=100)
    rows, rejects = found(load(f"{LINE}\n {'x' * 30}\n {'y' * 30}\n z\n{LINE}\n", limits=limits))
    assert [row[2].count("\n") for row in rows] == [1, 0]
    assert [reason for _, reason, _ in rejects] == [
        "continues a record of 100 bytes, the limit of LUMBER_MAX_LINE_BYTES"
    ] * 2


def test_memory_is_bounded_by_the_limit_and_not_by_the_trace() -> None:
    content = f"{LINE}\n" + "\tat a.b(c:1)\n" * 5_000
    chunks = load(content, chunk_bytes=5000)
    assert max(after.bytes_done - before.bytes_done for before, after in pairwise(chunks)) < 30_000
    rows, rejects = found(chunks)
    assert (rows[0][2].count("\n"), len(rejects)) == (999, 4_001)


@pytest.mark.parametrize(
    "begin",
    [
        "",
        " ",
        "\tat a",
        "goroutine 1 ",
        "  from ",
        "#1 ",
        "a.b: ",
        'File "',
        "Caused by: ",
        "panic: ",
        "| ",
        "f(",
    ],
)
@pytest.mark.parametrize("rest", ["[", "(", ":1", " ", "| ", '"', "a.", "\\", "]("])
def test_a_hostile_line_takes_linear_time(begin, rest) -> None:
    record = OpenRecord(takes_indented=True, has_trace=True, is_go=True, is_bracketed=True)
    record.takes(begin + rest * 300_000, begin + rest * 300_000)
    assert may_continue(begin + rest * 300_000) in (True, False)


def test_lines_after_a_rejected_one_continue_it() -> None:
    content = f"Feb 30 10:00:00 h t: m\n{JAVA}\n".encode() + b"\xff\n  x\n"
    chunks = list(LineReader(IngestOptions("logs"), Entry("i", "logs", "n", "f"), NOW)
                  .chunks(Bytes(content), Position.start()))  # fmt: skip
    rows, rejects = found(chunks)
    assert rows == []
    assert [reason for _, reason, _ in rejects[1:10]] == [CONTINUES_REJECTED] * 9
    assert rejects[11][1] == CONTINUES_REJECTED


def test_a_line_that_continues_what_was_loaded_before_is_a_reject() -> None:
    before, after = f"{LINE}\n\tat a.b(c:1)\n", f"\tat a.b(c:2)\n{LINE}\n"
    chunk = load(before)[-1]
    state = json.loads(json.dumps(chunk.state))
    state["record"]["of_another_version"] = 1
    entry = Entry("i", "logs", "n", "f", lines_done=1, bytes_done=len(before), state=state, is_complete=True)
    rows, rejects = found(load(after, entry))
    assert [number for number, *_ in rows] == [4]
    assert rejects == [(3, CONTINUES_LOADED, "\tat a.b(c:2)")]


def test_lines_are_not_joined_if_that_is_turned_off() -> None:
    rows, rejects = found(load(f"{LINE}\n{JAVA}\n", is_joining_lines=False))
    assert (len(rows), len(rejects)) == (1, 9)


CRI = "2016-10-06T00:17:09.5Z {} {} {}"


@pytest.mark.parametrize("chunk_bytes", [1, 100, 100_000])
def test_the_parts_of_a_line_of_kubernetes_stay_together(chunk_bytes) -> None:
    lines = [CRI.format(*parts) for parts in [
        ("stdout", "F", "a"), ("stdout", "P", "b"), ("stderr", "F", "e"), ("stdout", "P", "c"),
        ("stdout", "F", "d"), ("stderr", "P", "x"), ("stderr", "F", "y"), ("stdout", "F", "z"),
    ]]  # fmt: skip
    rows, _ = found(load("".join(f"{line}\n" for line in lines), chunk_bytes=chunk_bytes))
    assert [(number, message) for number, message, _ in rows] == [
        (1, "a"), (2, "bcd"), (3, "e"), (6, "xy"), (8, "z"),
    ]  # fmt: skip


UNITS = st.sampled_from(
    [
        LINE, SYSLOG, f"{LINE}\n  more\n\tand more", f"{SYSLOG}\n  no more", f"{LINE}\nplain\n  x", "plain",
        "", "  x", "}", "Feb 30 10:00:00 h t: m\n  x", "x: y", f"{JSON}\n  x",
        *(f"{line}\n{trace}" for line in (LINE, SYSLOG) for trace in TRACES),
    ]
)  # fmt: skip


CONTENT = st.lists(UNITS, max_size=6).map("\n".join)
SIZES = st.sampled_from([1, 60, 300])
LIMITS = st.integers(2, 30).map(lambda lines: Limits(record_lines=lines))


@settings(max_examples=15)
@given(CONTENT, SIZES, LIMITS, st.data())
def test_rows_depend_neither_on_blocks_nor_on_where_a_load_was_interrupted(
    content, size, limits, data
) -> None:
    chunks = read_in_blocks(content, size, limits)
    if len(chunks) > 1:
        check_interrupted(content, size, limits, chunks, data.draw(st.integers(1, len(chunks) - 1)))


@pytest.mark.slow
@settings(max_examples=60)
@given(CONTENT, SIZES, LIMITS, st.booleans())
def test_a_load_may_be_interrupted_after_each_block(content, size, limits, has_end) -> None:
    content += "\n" * has_end
    chunks = read_in_blocks(content, size, limits)
    for done in range(1, len(chunks)):
        check_interrupted(content, size, limits, chunks, done)


def read_in_blocks(content: str, size: int, limits: Limits) -> list:
    chunks = load(content, chunk_bytes=size, limits=limits)
    assert found(chunks) == found(load(content, limits=limits))
    check_each_line_once(content, chunks)
    return chunks


def check_interrupted(content: str, size: int, limits: Limits, chunks: list, done: int) -> None:
    """A load that is interrupted after so many blocks, and continued, gives the same."""
    last = chunks[done - 1]
    entry = Entry(
        "i", "logs", "n", "f", state=json.loads(json.dumps(last.state)), bytes_done=last.bytes_done,
        lines_done=sum(chunk.lines for chunk in chunks[:done]),
    )  # fmt: skip
    rest = load(content.encode()[last.bytes_done :].decode(), entry, size, limits=limits)
    assert found([*chunks[:done], *rest]) == found(chunks)


def check_each_line_once(content: str, chunks: list) -> None:
    """Each line is in one row or one reject, as it came."""
    lines = content.split("\n")
    rows, rejects = found(chunks)
    places = {number: raw for number, _, raw in rows} | {number: raw for number, _, raw in rejects}
    assert len(places) == len(rows) + len(rejects)
    read = [line for _, raw in sorted(places.items()) for line in raw.split("\n")]
    assert read == lines[: len(lines) - (not lines[-1])]
    assert all("\n".join(lines[n - 1 : n + raw.count("\n")]) == raw for n, raw in places.items())
