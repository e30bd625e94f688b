"""A stack trace whose lines a container runtime wrote one by one is one row."""

import json

import pytest

from lumber.ingest.limits import Limits
from tests.unit.ingest.test_multiline import GO, JAVA, NODE, PYTHON, check_interrupted, found, load


def cri(text: str, stream: str = "stderr", second: int = 0) -> str:
    return f"2024-03-01T10:00:{second:02d}.5Z {stream} F {text}"


def docker(text: str, stream: str = "stderr", second: int = 0) -> str:
    time = f"2024-03-01T10:00:{second:02d}.5Z"
    return json.dumps({"log": f"{text}\n", "stream": stream, "time": time}, separators=(",", ":"))


@pytest.mark.parametrize("write", [cri, docker])
@pytest.mark.parametrize("trace", [JAVA, PYTHON, NODE, GO.partition("\n\n")[2]])
@pytest.mark.parametrize("chunk_bytes", [1, 300, 100_000])
def test_a_trace_is_one_row_with_the_time_of_its_first_line(write, trace, chunk_bytes) -> None:
    parts = trace.split("\n")
    lines = [write("failed"), *(write(part, second=9) for part in parts), write("next", second=10)]
    chunks = load("".join(f"{line}\n" for line in lines), chunk_bytes=chunk_bytes)
    rows, rejects = found(chunks)
    assert [(number, message) for number, message, _ in rows] == [
        (1, f"failed\n{trace}"), (len(lines), "next"),
    ]  # fmt: skip
    assert rejects == []
    if write is cri:
        assert rows[0][2] == "\n".join(lines[:-1])
    [first, last] = [row["timestamp"] for chunk in chunks for row in chunk.rows.to_dicts()]
    assert last - first == 10_000_000
    assert [chunk.continued for chunk in chunks if chunk.continued] == [{1: len(parts)}]
    assert sum(chunk.lines for chunk in chunks) == 2


@pytest.mark.parametrize("write", [cri, docker])
def test_each_stream_has_its_own_traces(write) -> None:
    lines = [
        write("a", "stdout"), write("b"), write("Traceback (most recent call last):"), write("x", "stdout"),
        write('  File "a", line 1'), write("  indented", "stdout"), write("ValueError: v"),
        write("ValueError: w"),
    ]  # fmt: skip
    rows, _ = found(load("".join(f"{line}\n" for line in lines)))
    assert [(number, message) for number, message, _ in rows] == [
        (1, "a"), (2, 'b\nTraceback (most recent call last):\n  File "a", line 1\nValueError: v'), (4, "x"),
        (6, "  indented"), (8, "ValueError: w"),
    ]  # fmt: skip


@pytest.mark.parametrize("limits", [Limits(record_lines=3), Limits(line_bytes=60)])
def test_what_is_beyond_the_limit_stays_a_row(limits) -> None:
    lines = [cri("a"), *(cri(f"\tat a.b(c:{n})") for n in range(5))]
    rows, rejects = found(load("".join(f"{line}\n" for line in lines), limits=limits))
    assert sum(message.count("\n") + 1 for _, message, _ in rows) == 6
    assert 1 < len(rows) < 6
    assert rejects == []


def test_rows_stay_apart_if_lines_are_not_joined() -> None:
    lines = [cri("a"), cri("\tat a.b(c:1)"), cri("", "stdout"), cri("\tat a.b(c:1)", "stdout")]
    rows, _ = found(load("".join(f"{line}\n" for line in lines), is_joining_lines=False))
    assert len(rows) == 4


def test_an_interrupted_load_gives_the_same_rows() -> None:
    text = "".join(
        f"{cri(part)}\n"
        for part in ("it failed", *JAVA.split("\n"), "it failed", *PYTHON.split("\n"), "the end")
    )
    chunks = load(text, chunk_bytes=1)
    assert len(chunks) == 3
    for done in (1, 2):
        check_interrupted(text, 1, Limits(), chunks, done)
