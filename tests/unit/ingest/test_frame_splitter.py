"""The two framings of syslog over TCP, told apart by the first bytes of a connection."""

import random

import pytest

from lumber.ingest.listen.framing import BadFrame, Flaw, Frame, FrameSplitter

ONE, TWO = b"<13>1 2024-01-02T03:04:05Z h app 1 - - one\n  at line 2", b"<34>Jan  2 03:04:06 h su: two"


def counted(*messages: bytes, end: bytes = b"") -> bytes:
    return b"".join(b"%d %s%s" % (len(message), message, end) for message in messages)


def split(content: bytes, sizes: list[int], limit: int = 1_000) -> list[Frame]:
    splitter, frames, at = FrameSplitter(limit), [], 0
    for size in sizes:
        frames += splitter.feed(content[at : at + size])
        at += size
    return [*frames, *splitter.feed(content[at:]), *splitter.end()]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (counted(ONE, TWO), [ONE, TWO]),
        (counted(ONE, TWO, end=b"\n"), [ONE, TWO]),
        (counted(TWO + b"\n"), [TWO]),
        (counted(b'{"message": "json"}'), [b'{"message": "json"}']),
        (TWO + b"\n" + TWO, [TWO, TWO]),
        (TWO + b"\r\n\n" + TWO + b"\x00\n", [TWO, TWO]),
        (
            b"2024-01-02T03:04:05Z h app: begins with a digit\n",
            [b"2024-01-02T03:04:05Z h app: begins with a digit"],
        ),
        (b"7", [b"7"]),
        (b"", []),
    ],
)
def test_the_framing_is_told_by_the_first_bytes_wherever_reads_end(
    content: bytes, expected: list[bytes]
) -> None:
    chance = random.Random(5)
    for _ in range(30):
        sizes = [chance.randint(0, 9) for _ in range(chance.randint(0, 30))]
        assert split(content, sizes) == [Frame(text) for text in expected]
    assert split(content, [1] * len(content)) == [Frame(text) for text in expected]


def test_an_incomplete_message_is_marked() -> None:
    assert split(counted(ONE)[:-1], []) == [Frame(ONE[:-1], Flaw.INCOMPLETE)]
    splitter = FrameSplitter(100)
    assert splitter.feed(b"<13>begun") == []
    assert splitter.end(is_cut=True) == [Frame(b"<13>begun", Flaw.INCOMPLETE)]


@pytest.mark.parametrize("step", [1, 7, 1_000])
@pytest.mark.parametrize("is_counted", [True, False])
def test_a_long_message_is_skipped_in_bounded_memory_and_the_next_one_is_read(
    step: int, is_counted: bool
) -> None:
    long = b"<13>" + b"x" * 500
    content = counted(TWO, long, TWO) if is_counted else b"\n".join((TWO, long, TWO))
    splitter, frames = FrameSplitter(64), []
    for at in range(0, len(content), step):
        frames += splitter.feed(content[at : at + step])
        assert len(splitter._rest) <= 64 + 16
    frames += splitter.end()
    first, cut, last = frames
    assert (first, last) == (Frame(TWO), Frame(TWO))
    assert cut.flaw is Flaw.TOO_LONG
    assert long.startswith(cut.text)
    assert len(cut.text) <= 64


def test_what_has_no_count_ends_the_connection_after_the_messages_before_it() -> None:
    splitter = FrameSplitter(100)
    with pytest.raises(BadFrame, match="no number of bytes") as caught:
        splitter.feed(counted(TWO) + b"stray <13>")
    assert caught.value.frames == [Frame(TWO), Frame(b"stray <13>", Flaw.UNCOUNTED)]
