"""Whatever is done to a chain of lines shows when it is checked."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lumber.audit.actions import Action
from lumber.audit.actor import local_actor
from lumber.audit.chain import ChainCheck, ChainReport
from lumber.audit.line import FIRST_PREV_HASH, Line, NewLine, chained
from lumber.audit.reading import Head
from lumber.audit.verify import verify_file
from lumber.errors import AuditError

NOW = datetime(2026, 11, 29, tzinfo=UTC)
LINES = 300


def make_chain(count: int, name: str = "load") -> list[Line]:
    lines: list[Line] = []
    for seq in range(1, count + 1):
        details = {"name": f"{name} {seq}", "rows": seq}
        members = NewLine(local_actor(), Action.LOAD_CREATED, details=details).members()
        lines.append(chained(members, seq, NOW, lines[-1].hash if lines else FIRST_PREV_HASH))
    return lines


def head_of(lines: list[Line]) -> Head:
    return Head(lines[-1].seq, lines[-1].hash, 1, FIRST_PREV_HASH)


def check(lines: list[Line], head: Head | None, expected: str | None = None) -> ChainReport:
    chain = ChainCheck(head, expected)
    for line in lines:
        chain.feed(line)
    return chain.finish()


@pytest.fixture(scope="module")
def chain() -> list[Line]:
    return make_chain(LINES)


def again(line: Line, prev_hash: str | None = None, **changes: object) -> Line:
    """The line with changes and a hash that fits them, as somebody who knows the format makes it."""
    members = {name: value for name, value in line.members.items() if name not in ("seq", "at", "prev_hash")}
    seq = int(changes.pop("seq", line.seq))  # type: ignore[call-overload]
    return chained(members | changes, seq, NOW, prev_hash or line.members["prev_hash"])


def changed(lines: list[Line]) -> None:
    lines[99] = replace(lines[99], members={**lines[99].members, "actor_name": "nobody"})


def changed_with_its_hash(lines: list[Line]) -> None:
    lines[99] = again(lines[99], actor_name="nobody")


def removed(lines: list[Line]) -> None:
    del lines[99]


def removed_and_joined(lines: list[Line]) -> None:
    del lines[99]
    lines[99] = again(lines[99], lines[98].hash)


def removed_and_renumbered(lines: list[Line]) -> None:
    del lines[99]
    lines[99:] = [replace(line, members={**line.members, "seq": line.seq - 1}) for line in lines[99:]]


def inserted(lines: list[Line]) -> None:
    lines.insert(100, again(lines[99], lines[99].hash, seq=101, actor_name="nobody"))


def inserted_and_renumbered(lines: list[Line]) -> None:
    lines[100:] = [replace(line, members={**line.members, "seq": line.seq + 1}) for line in lines[100:]]
    lines.insert(100, again(lines[99], lines[99].hash, seq=101, actor_name="nobody"))


def doubled(lines: list[Line]) -> None:
    lines.insert(100, lines[99])


def reordered(lines: list[Line]) -> None:
    lines[99], lines[100] = lines[100], lines[99]


def first_removed(lines: list[Line]) -> None:
    del lines[0]


def first_replaced(lines: list[Line]) -> None:
    lines[0] = again(lines[0], "1" * 64)


def cut_off(lines: list[Line]) -> None:
    del lines[-3:]


def appended(lines: list[Line]) -> None:
    lines.append(again(lines[-1], lines[-1].hash, seq=LINES + 1))


def last_replaced(lines: list[Line]) -> None:
    lines[-1] = again(lines[-1], actor_name="nobody")


TAMPERINGS: list[tuple[Callable[[list[Line]], None], str, int]] = [
    (changed, "changed", 100),
    (changed_with_its_hash, "changed", 101),
    (removed, "removed", 100),
    (removed_and_joined, "removed", 100),
    (removed_and_renumbered, "changed", 100),
    (inserted, "inserted", 101),
    (inserted_and_renumbered, "changed", 102),
    (doubled, "inserted", 100),
    (reordered, "removed", 100),
    (first_removed, "removed", 1),
    (first_replaced, "changed", 1),
    (cut_off, "cut_off", LINES - 2),
    (appended, "inserted", LINES + 1),
    (last_replaced, "head", LINES),
]


def test_a_chain_that_nobody_touched_is_sound(chain: list[Line]) -> None:
    report = check(chain, head_of(chain), expected=chain[99].hash)
    assert report.is_ok
    assert (report.lines, report.first_seq, report.last_seq) == (LINES, 1, LINES)
    assert report.hash == chain[-1].hash


@pytest.mark.parametrize(
    ("tamper", "kind", "seq"), TAMPERINGS, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_is_done_to_a_chain_is_found_where_it_was_done(
    chain: list[Line], tamper: Callable[[list[Line]], None], kind: str, seq: int
) -> None:
    lines = list(chain)
    tamper(lines)
    report = check(lines, head_of(chain))
    first = report.problems[0]
    assert (first.kind, first.seq) == (kind, seq)
    assert str(f"{seq:,}") in first.message


def test_one_change_is_one_problem(chain: list[Line]) -> None:
    lines = list(chain)
    changed(lines)
    assert check(lines, head_of(chain)).problem_count == 1
    lines = list(chain)
    removed(lines)
    assert check(lines, head_of(chain)).problem_count == 1


def test_problems_are_counted_and_the_first_are_kept(chain: list[Line]) -> None:
    lines = list(chain)
    removed_and_renumbered(lines)
    report = check(lines, head_of(chain))
    assert report.problem_count > 150
    assert len(report.problems) == 100


def test_a_chain_that_was_rewritten_whole_lacks_the_hash_that_was_kept_elsewhere(chain: list[Line]) -> None:
    forged = make_chain(LINES, "other")
    assert check(forged, head_of(forged)).is_ok
    report = check(forged, head_of(forged), expected=chain[-1].hash)
    assert [problem.kind for problem in report.problems] == ["head"]


def test_lines_that_the_retention_did_not_delete_are_missed(chain: list[Line]) -> None:
    anchored = replace(head_of(chain), first_seq=11, first_prev_hash=chain[9].hash)
    report = check(chain[10:], anchored)
    assert [(problem.kind, problem.seq) for problem in report.problems] == [("removed", 11)]


def test_an_anchor_that_a_line_of_the_retention_tells_of_is_sound(chain: list[Line]) -> None:
    details = {"first_seq": 11, "prev_hash": chain[9].hash, "lines": 10}
    told = NewLine(local_actor(), Action.AUDIT_PRUNED, details=details).members()
    lines = [*chain[10:], chained(told, LINES + 1, NOW, chain[-1].hash)]
    anchored = replace(head_of(lines), first_seq=11, first_prev_hash=chain[9].hash)
    assert check(lines, anchored).is_ok
    assert [p.kind for p in check(lines[1:], anchored).problems] == ["removed"]


def write(path: Path, lines: list[Line], head: Head | None) -> None:
    texts = [line.as_text() for line in lines]
    if head is not None:
        values = {
            name: getattr(head, name) for name in ("last_seq", "last_hash", "first_seq", "first_prev_hash")
        }
        texts.append(json.dumps({"head": values}))
    path.write_text("".join(f"{text}\n" for text in texts))


@pytest.mark.parametrize(
    ("tamper", "kind", "seq"), TAMPERINGS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_file_is_checked_as_the_database_is(
    chain: list[Line], tmp_path: Path, tamper: Callable[[list[Line]], None], kind: str, seq: int
) -> None:
    lines = list(chain)
    write(tmp_path / "sound.jsonl", lines, head_of(chain))
    assert verify_file(tmp_path / "sound.jsonl").is_ok
    tamper(lines)
    write(tmp_path / "audit.jsonl", lines, head_of(chain))
    first = verify_file(tmp_path / "audit.jsonl").problems[0]
    assert (first.kind, first.seq) == (kind, seq)


def test_a_file_without_its_end_is_found(chain: list[Line], tmp_path: Path) -> None:
    write(tmp_path / "cut.jsonl", chain[:50], None)
    assert [problem.kind for problem in verify_file(tmp_path / "cut.jsonl").problems] == ["cut_off"]


def test_a_member_that_was_added_to_a_line_of_a_file_is_found(chain: list[Line], tmp_path: Path) -> None:
    lines = list(chain[:3])
    lines[1] = Line({**lines[1].members, "note": "x"}, lines[1].hash)
    write(tmp_path / "more.jsonl", lines, head_of(lines))
    assert [(p.kind, p.seq) for p in verify_file(tmp_path / "more.jsonl").problems] == [("changed", 2)]


@pytest.mark.parametrize("text", ["not JSON\n", "[1]\n", '{"seq": 1}\n', '{"seq": "x", "hash": "y"}\n'])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.jsonl").write_text(text)
    with pytest.raises(AuditError, match=r"line|Line"):
        verify_file(tmp_path / "other.jsonl")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="can't be read"):
        verify_file(tmp_path / "none.jsonl")
