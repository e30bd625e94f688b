"""The audit trail in the database, on both of them: appending, checking, listing and retention."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, ActorKind, local_actor, system_actor
from lumber.audit.append import append, record
from lumber.audit.chain import ChainReport
from lumber.audit.line import FIRST_PREV_HASH, Line, NewLine, Result, canonical, chained
from lumber.audit.reading import AuditQuery, export_lines, find_lines
from lumber.audit.retention import prune
from lumber.audit.settings import record_settings
from lumber.audit.verify import verify_chain, verify_file
from lumber.errors import AuditError, AuditFailed, DatabaseError
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.migrate import downgrade, upgrade
from lumber.store.models.audit import AUDIT_HEAD, AUDIT_LINES
from lumber.store.url import DatabaseUrl

ANNA = Actor(ActorKind.USER, "anna", id="u1", address="10.0.0.7")


@pytest.fixture
async def either(either_database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(either_database_url))
    yield opened
    await opened.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(database_url))
    yield opened
    await opened.close()


def load(number: int, actor: Actor = ANNA) -> NewLine:
    return NewLine(actor, Action.LOAD_CREATED, ("load", f"logs-{number}"), details={"rows": number})


async def fill(database: Database, count: int, *, days_ago: float = 0) -> list[Line]:
    """Write a chain of lines in bulk, as `append` would."""
    at = datetime.now(UTC).replace(microsecond=7) - timedelta(days=days_ago)
    lines: list[Line] = []
    for seq in range(1, count + 1):
        lines.append(chained(load(seq).members(), seq, at, lines[-1].hash if lines else FIRST_PREV_HASH))
    rows = [
        {**line.members, "at": at, "details": canonical(line.members["details"]), "hash": line.hash}
        for line in lines
    ]
    async with database.session() as session:
        await session.execute(sa.insert(AUDIT_LINES), rows)
        await session.execute(sa.update(AUDIT_HEAD).values(last_seq=count, last_hash=lines[-1].hash))
    return lines


async def run(database: Database, *statements: str) -> None:
    async with database.connect() as connection, connection.begin():
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def without_triggers(database: Database, *statements: str) -> None:
    """Change the tables as somebody who may drop the triggers does."""
    if not database.is_sqlite:
        await run(database, "SET LOCAL session_replication_role = 'replica'", *statements)
        return
    async with database.connect() as connection, connection.begin():
        found = await connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [tuple(row) for row in found if row[0].startswith("audit")]
        for name, _ in triggers:
            await connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            await connection.exec_driver_sql(statement)
        for _, sql in triggers:
            await connection.exec_driver_sql(sql)


def kinds(report: ChainReport) -> list[tuple[str, int]]:
    return [(problem.kind, problem.seq) for problem in report.problems]


# Appending.


async def test_a_line_is_in_the_chain_as_it_was_returned(either: Database) -> None:
    new = NewLine(
        ANNA, Action.PREVIEW, ("export", "e1"), Result.FAILED, "preview_timeout", {"kinds": ["logs"]}
    )
    before = datetime.now(UTC) - timedelta(seconds=5)
    (line,) = await record(either, [new])
    (again,) = await record(either, [load(1, system_actor("worker@a:1"))])
    page = await find_lines(either, AuditQuery())
    assert list(page.lines) == [again, line]
    assert [line.seq, again.seq] == [1, 2]
    assert again.members["prev_hash"] == line.hash
    assert line.members["address"] == "10.0.0.7"
    assert before < datetime.fromisoformat(line.members["at"]) < before + timedelta(minutes=1)
    assert (await verify_chain(either)).is_ok


async def test_lines_belong_to_their_transaction(database: Database) -> None:
    async def fail() -> None:
        async with database.session() as session:
            await append(session, [load(1), load(2)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert (await find_lines(database, AuditQuery())).lines == []
    async with database.session() as session:
        await append(session, [load(3), load(4)])
        assert await append(session, []) == ()
    report = await verify_chain(database)
    assert report.is_ok
    assert (report.lines, report.last_seq) == (2, 2)


async def test_concurrent_appends_make_one_chain(database_url: str) -> None:
    """A thousand lines by several processes' worth of connections, with no fork, no gap and no loss."""
    opened = [open_database(DatabaseUrl.parse(database_url), connections=5) for _ in range(4)]
    try:

        async def add(number: int) -> None:
            async with opened[number % len(opened)].session() as session:
                await append(session, [load(number * 4 + each) for each in range(4)])

        await asyncio.gather(*(add(number) for number in range(250)))
        report = await verify_chain(opened[0])
        assert report.problems == []
        assert report.lines == 1_000
        page = await find_lines(opened[0], AuditQuery(limit=1_000))
        assert {line.members["target_id"] for line in page.lines} == {f"logs-{n}" for n in range(1_000)}
    finally:
        for each in opened:
            await each.close()


async def test_a_trail_that_cannot_be_written_is_one_clear_error(either: Database) -> None:
    await without_triggers(either, "DELETE FROM audit_head")
    with pytest.raises(AuditFailed, match="audit trail can't be written: its head is"):
        await record(either, [load(1)])
    await run(either, "ALTER TABLE audit_lines RENAME TO gone")
    with pytest.raises(AuditFailed, match="can't be written") as caught:
        await record(either, [load(1)])
    assert str(either.url) not in caught.value.public


async def test_a_locked_trail_is_waited_for(sqlite_url: str) -> None:
    url = DatabaseUrl.parse(sqlite_url)
    database, other = open_database(url), open_database(url)
    async with other.session() as session:
        await append(session, [load(1)])
        with pytest.raises(AuditFailed, match="locked"):
            await record(database, [load(2)], seconds=0.1)
        waiting = asyncio.create_task(record(database, [load(2)]))
        await asyncio.sleep(0)
    assert [line.seq for line in await waiting] == [2]
    for each in (database, other):
        await each.close()


# What the database itself refuses.


async def test_lines_are_neither_changed_nor_deleted(database: Database) -> None:
    await record(database, [load(1), load(2)])
    for statement in (
        "UPDATE audit_lines SET actor_name = 'nobody' WHERE seq = 2",
        "DELETE FROM audit_lines WHERE seq = 1",
        "DELETE FROM audit_lines",
        "DELETE FROM audit_head",
    ):
        with pytest.raises(DatabaseError, match="can't be"):
            await run(database, statement)
    assert (await verify_chain(database)).lines == 2


async def test_lines_are_not_replaced_or_truncated(database: Database) -> None:
    await record(database, [load(1)])
    statements = (
        ["REPLACE INTO audit_lines SELECT * FROM audit_lines"]
        if database.is_sqlite
        else ["TRUNCATE audit_lines", "TRUNCATE audit_head"]
    )
    for statement in statements:
        with pytest.raises(DatabaseError, match="can't be"):
            await run(database, statement)


async def test_the_migration_goes_down_and_up_with_lines(either: Database) -> None:
    await record(either, [load(1)])
    await downgrade(either, "0010")
    await upgrade(either)
    assert (await verify_chain(either)).lines == 0
    await record(either, [load(1)])
    assert (await verify_chain(either)).is_ok


# Checking.


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
async def test_one_changed_removed_or_inserted_line_is_found(database: Database, count: int) -> None:
    lines = await fill(database, count)
    report = await verify_chain(database, expected=lines[count // 2].hash)
    assert report.is_ok
    assert (report.lines, report.hash) == (count, lines[-1].hash)
    seq = count // 2
    await without_triggers(database, f"UPDATE audit_lines SET actor_name = 'nobody' WHERE seq = {seq}")
    assert kinds(await verify_chain(database)) == [("changed", seq)]
    await without_triggers(database, f"DELETE FROM audit_lines WHERE seq = {seq}")
    assert kinds(await verify_chain(database)) == [("removed", seq)]
    await without_triggers(database, insertion_of(lines[seq - 2], seq))
    assert kinds(await verify_chain(database)) == [("changed", seq + 1)]


def insertion_of(before: Line, seq: int) -> str:
    """A line that continues the one before it, as somebody who knows the format makes it."""
    at = datetime.fromisoformat(before.members["at"])
    forged = chained(load(7).members(), seq, at, before.hash)
    copied = "at, actor_kind, actor_name, action, result"
    return (
        f"INSERT INTO audit_lines (seq, {copied}, actor_id, address, target_kind, target_id, details, "
        f"prev_hash, hash) SELECT {seq}, {copied}, actor_id, address, 'load', 'logs-7', "
        f"'{{\"rows\":7}}', '{before.hash}', '{forged.hash}' FROM audit_lines WHERE seq = {before.seq}"
    )


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE audit_lines SET details = '{ \"rows\":5}' WHERE seq = 5"], ("changed", 5)),
        (["UPDATE audit_lines SET details = 'x' WHERE seq = 5"], ("changed", 5)),
        (["UPDATE audit_lines SET details = '[]' WHERE seq = 5"], ("changed", 5)),
        ([f"UPDATE audit_lines SET details = '{'[' * 9_000}' WHERE seq = 5"], ("changed", 5)),
        (["UPDATE audit_lines SET at = at + 1 WHERE seq = 5"], ("changed", 5)),
        (["UPDATE audit_lines SET at = 9000000000000000000 WHERE seq = 5"], ("changed", 5)),
        (["UPDATE audit_lines SET hash = prev_hash WHERE seq = 5"], ("changed", 5)),
        (["DELETE FROM audit_lines WHERE seq > 7"], ("cut_off", 8)),
        (["DELETE FROM audit_lines"], ("cut_off", 1)),
        (["DELETE FROM audit_lines WHERE seq < 3"], ("removed", 1)),
        (["DELETE FROM audit_lines WHERE seq < 3", "UPDATE audit_head SET first_seq = 3"], ("changed", 3)),
        (["UPDATE audit_head SET last_seq = 9"], ("inserted", 10)),
        (["UPDATE audit_head SET last_hash = 'x'"], ("head", 10)),
        (["DELETE FROM audit_head"], ("head", 0)),
        (
            [
                "UPDATE audit_lines SET seq = 99 WHERE seq = 4",
                "UPDATE audit_lines SET seq = 4 WHERE seq = 5",
                "UPDATE audit_lines SET seq = 5 WHERE seq = 99",
            ],
            ("changed", 4),
        ),
    ],
)
async def test_every_other_change_is_found(
    either: Database, statements: list[str], found: tuple[str, int]
) -> None:
    await fill(either, 10)
    if not either.is_sqlite:
        statements = [_in_postgresql(statement) for statement in statements]
    await without_triggers(either, *statements)
    assert kinds(await verify_chain(either))[0] == found


def _in_postgresql(statement: str) -> str:
    moved = statement.replace("at + 1", "at + interval '1 microsecond'")
    return moved.replace("9000000000000000000", "'infinity'")


async def test_an_anchor_that_was_moved_without_the_retention_is_found(either: Database) -> None:
    lines = await fill(either, 10)
    await without_triggers(
        either,
        "DELETE FROM audit_lines WHERE seq < 4",
        f"UPDATE audit_head SET first_seq = 4, first_prev_hash = '{lines[2].hash}'",
    )
    report = await verify_chain(either)
    assert kinds(report) == [("removed", 4)]
    assert "no line of the retention says why" in report.problems[0].message


async def test_a_check_sees_one_moment_while_lines_are_added(either: Database) -> None:
    await fill(either, 1_500)
    is_done = False

    async def add() -> None:
        while not is_done:
            await record(either, [load(1)])

    adding = asyncio.create_task(add())
    reports = [await verify_chain(either) for _ in range(3)]
    is_done = True
    await adding
    assert [report.problems for report in reports] == [[], [], []]
    assert reports[0].lines >= 1_500


# Listing and exporting.


async def test_lines_are_found_by_who_what_when_and_which(either: Database) -> None:
    now = datetime.now(UTC)
    key = Actor(ActorKind.KEY, "bob", id="u2", key_id="k9")
    await record(either, [load(1), load(12), load(2, key)])
    refused = NewLine(key, Action.DOWNLOAD, ("export", "3f2a-77"), Result.REFUSED, "not_permitted")
    await record(either, [refused])

    async def found(**wanted: object) -> list[int]:
        return [line.seq for line in (await find_lines(either, AuditQuery(**wanted))).lines]  # type: ignore[arg-type]

    assert await found() == [4, 3, 2, 1]
    assert await found(actor="anna") == await found(actor="u1") == [2, 1]
    assert await found(actor="k9") == [4, 3]
    assert await found(action=[Action.DOWNLOAD]) == await found(result=Result.REFUSED) == [4]
    assert await found(action=[Action.DOWNLOAD, Action.LOAD_CREATED], actor="bob") == [4, 3]
    assert await found(target="logs-1") == [2, 1]
    assert await found(target="export:3f2a") == await found(target="3f2a") == [4]
    assert await found(target="load:3f2a") == await found(target="logs_1") == []
    assert await found(since=now + timedelta(hours=1)) == await found(until=now - timedelta(hours=1)) == []
    assert await found(since=now - timedelta(hours=1), until=now + timedelta(hours=1)) == [4, 3, 2, 1]
    page = await find_lines(either, AuditQuery(limit=3))
    assert page.next_before == 2
    rest = await find_lines(either, AuditQuery(limit=3, before=page.next_before))
    assert ([line.seq for line in rest.lines], rest.next_before) == ([1], None)


async def test_an_export_is_checked_without_the_database(either: Database, tmp_path: Path) -> None:
    lines = await fill(either, 1_203)
    file = tmp_path / "audit.jsonl"
    file.write_text("".join([f"{text}\n" async for text in export_lines(either)]))
    report = verify_file(file, expected=lines[5].hash)
    assert report.problems == []
    assert (report.lines, report.hash) == (1_203, lines[-1].hash)
    await without_triggers(either, "DELETE FROM audit_lines WHERE seq = 700")
    with pytest.raises(AuditError, match="Line 700 of the audit trail is missing"):
        [text async for text in export_lines(either)]


# Retention.


async def test_the_retention_keeps_an_anchor_and_tells_of_itself(database: Database, tmp_path: Path) -> None:
    lines = await fill(database, 30, days_ago=10)
    assert await prune(database, days=11) == 0
    await record(database, [load(31)])
    assert await prune(database, days=9) == 30
    report = await verify_chain(database, expected=lines[-1].hash)
    assert kinds(report) == [("head", 32)]  # the expected line is gone
    assert (await verify_chain(database)).problems == []
    page = await find_lines(database, AuditQuery())
    assert [line.seq for line in page.lines] == [32, 31]
    told = page.lines[0].members
    assert (told["action"], told["actor_kind"], told["actor_name"]) == ("audit_pruned", "system", "retention")
    assert told["details"] == {"first_seq": 31, "lines": 30, "prev_hash": lines[-1].hash}
    (tmp_path / "audit.jsonl").write_text("".join([f"{text}\n" async for text in export_lines(database)]))
    assert verify_file(tmp_path / "audit.jsonl").problems == []
    assert await prune(database, days=9) == 0
    with pytest.raises(DatabaseError, match="can't be"):
        await run(database, "DELETE FROM audit_lines WHERE seq = 31")


async def test_the_retention_deletes_many_lines_in_parts(
    either: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lumber.audit.retention._AT_ONCE", 40)
    await fill(either, 100, days_ago=10)
    await record(either, [load(1, local_actor())])
    assert await prune(either, days=5) == 100
    assert (await verify_chain(either)).problems == []
    page = await find_lines(either, AuditQuery(action=[Action.AUDIT_PRUNED]))
    assert [line.members["details"]["lines"] for line in page.lines] == [20, 40, 40]


async def test_a_trail_of_old_lines_only_keeps_its_end(either: Database) -> None:
    await fill(either, 5, days_ago=10)
    assert await prune(either, days=1) == 5
    page = await find_lines(either, AuditQuery())
    assert [line.seq for line in page.lines] == [6]
    assert (await verify_chain(either)).problems == []


async def test_other_settings_than_at_the_last_start_are_recorded(either: Database) -> None:
    actor = local_actor()
    assert await record_settings(either, actor, {}) == []
    assert await record_settings(either, actor, {"audit_days": "30.0", "umask": "077"}) == [
        "audit_days",
        "umask",
    ]
    assert await record_settings(either, actor, {"audit_days": "30.0", "umask": "077"}) == []
    assert await record_settings(either, actor, {"audit_days": "90.0"}) == ["audit_days", "umask"]
    assert await record_settings(either, actor, {}) == ["audit_days"]
    found = await find_lines(either, AuditQuery(action=[Action.SETTINGS_CHANGED]))
    assert [line.members["details"]["settings"] for line in found.lines] == [
        [],
        ["audit_days=90.0"],
        ["audit_days=30.0", "umask=077"],
    ]


def test_secrets_are_only_said_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().startswith("lumber_")]:
        monkeypatch.delenv(name)
    assert Settings().changed_from_defaults() == {}
    changed = Settings(
        database_url="postgresql://lumber:hunter2@db/lumber", privacy_key="ab" * 32, workers=256
    )
    assert changed.changed_from_defaults() == {
        "database_url": "(set)",
        "privacy_key": "(set)",
        "workers": "256",
    }
