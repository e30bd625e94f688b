"""Exports that are shared with accounts and roles, on each database."""

import json
from collections.abc import Sequence

import pytest

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, ActorKind
from lumber.audit.reading import AuditQuery, find_lines
from lumber.errors import ConfigError, ExportNotFound
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.control import delete_export
from lumber.exports.creation import NewExport
from lumber.exports.history import HistoryQuery, find_exports
from lumber.exports.metadata import ExportMetadata, ShareRecord
from lumber.exports.sharing import list_shares, set_shares
from lumber.exports.statistics import export_stats
from lumber.identity.rights import Principal, Scope
from lumber.identity.users import Account, delete_account, set_role
from lumber.settings import Settings
from lumber.store.database import Database
from tests.commands import lumber
from tests.integration.accounts import add_user, stored
from tests.integration.ledgers import with_database


async def shared(
    database: Database, export_id: str, *users: str, roles: Sequence[str] = ()
) -> Sequence[ShareRecord]:
    async with database.session() as session:
        return await set_shares(session, export_id, users, roles)


async def seen(database: Database, principal: Principal) -> set[str]:
    """Return the exports that a principal reads, and check that each way of reading agrees."""
    ledger, found = ExportStatusManager(database), set()
    exports, total = await find_exports(database, HistoryQuery(), principal=principal)
    stats = await export_stats(database, principal=principal)
    for query in (HistoryQuery(text="data_types"), HistoryQuery(statuses=("pending", "running"))):
        assert (await find_exports(database, query, principal=principal))[1] == total
    assert total == len(exports) == stats.by_status["pending"] == stats.queue.waiting
    every, _ = await find_exports(database, HistoryQuery())
    for export in every:
        try:
            await ledger.require_usable(export.export_id, principal, Scope.EXPORTS_READ)
            found.add(export.export_id)
        except ExportNotFound:
            pass
    assert found == {export.export_id for export in exports}
    return found


async def writable(database: Database, principal: Principal, export_id: str) -> bool:
    try:
        await ExportStatusManager(database).require_usable(export_id, principal, Scope.EXPORTS_WRITE)
    except ExportNotFound:
        return False
    return True


async def people(database: Database) -> tuple[Account, Account, Account, str, str]:
    """Create accounts, and two exports of bob."""
    await add_user(database, "ada")
    bob, eve = await add_user(database, "bob", "exporter"), await add_user(database, "eve", "viewer")
    max_ = await add_user(database, "max", "exporter")
    by = Actor(ActorKind.USER, "bob", bob.user_id)
    wanted = [NewExport(ExportConfig(data_types=[kind]), by=by) for kind in ("logs", "ips")]
    made = await ExportStatusManager(database).create_all(wanted)
    ids = [each.export_id for each in made if isinstance(each, ExportMetadata)]
    return bob, eve, max_, ids[0], ids[1]


def test_shared_exports_are_read_in_every_way_and_never_changed(database_url: str, tmp_path) -> None:
    async def check(database: Database) -> None:
        bob, eve, max_, logs, ips = await people(database)
        assert await seen(database, eve.principal) == set()
        await shared(database, logs, "EVE")
        assert await seen(database, eve.principal) == {logs}
        assert await seen(database, max_.principal) == set()
        assert not await writable(database, eve.principal, logs)
        # A role means those who have it now. A key for some data types stays limited.
        await shared(database, logs, roles=["exporter"])
        await shared(database, ips, roles=["exporter", "viewer"])
        assert await seen(database, eve.principal) == {ips}
        assert await seen(database, max_.principal) == {logs, ips}
        assert await seen(database, max_.principal.with_key("k", list(Scope), ["ips"])) == {ips}
        assert not await writable(database, max_.principal, ips)
        assert await writable(database, bob.principal, ips)
        async with database.session() as session:
            changed = await set_role(session, "max", "auditor")
        assert await seen(database, changed.principal) == set()
        await delete_of(database, ips, tmp_path)
        assert await stored(database, "SELECT role FROM export_shares") == [("exporter",)]

    with_database(database_url, check)


async def delete_of(database: Database, export_id: str, folder) -> None:
    await ExportStatusManager(database).request_cancel(export_id)
    await delete_export(database, Settings(data_dir=folder), export_id)


def test_shares_of_a_deleted_account_go_with_it(database_url: str) -> None:
    async def check(database: Database) -> None:
        _, _, _, logs, _ = await people(database)
        found = await shared(database, logs, "eve", "max", roles=["viewer"])
        assert [(each.user_name, each.role) for each in found] == [
            ("eve", None),
            ("max", None),
            (None, "viewer"),
        ]
        async with database.session() as session:
            await delete_account(session, "eve")
        async with database.session() as session:
            left = await list_shares(session, logs)
        assert [(each.user_name, each.role) for each in left] == [("max", None), (None, "viewer")]
        # Another account of that name gets nothing.
        again = await add_user(database, "eve", "auditor")
        assert await seen(database, again.principal) == set()

    with_database(database_url, check)


def test_each_change_is_in_the_audit_trail_and_exports_say_that_they_are_shared(database_url: str) -> None:
    async def check(database: Database) -> None:
        bob, eve, _, logs, _ = await people(database)
        await shared(database, logs, "eve", roles=["viewer"])
        await shared(database, logs, "max", roles=["viewer"])
        page = await find_lines(database, AuditQuery(action=(Action.EXPORT_SHARED,)))
        assert [line.members["details"] for line in reversed(page.lines)] == [
            {"user": "eve", "is_shared": True},
            {"role": "viewer", "is_shared": True},
            {"user": "eve", "is_shared": False},
            {"user": "max", "is_shared": True},
        ]
        ((export,), _) = await find_exports(database, HistoryQuery(), principal=eve.principal)
        assert export.owner is not None
        assert (export.owner.user_id, export.owner.name, export.is_shared) == (bob.user_id, "bob", True)
        with pytest.raises(ConfigError, match="there is no account 'nobody'"):
            await shared(database, logs, "nobody")
        with pytest.raises(ExportNotFound):
            await shared(database, "gone", "eve")

    with_database(database_url, check)


def test_the_command_shares_lists_and_ends_shares(either_database_url: str, tmp_path) -> None:
    *_, logs, _ = with_database(either_database_url, people)

    def share(*arguments: str):
        given = ("exports", "share", logs, *arguments, "--database-url", either_database_url)
        return lumber(*given, LUMBER_DATA_DIR=tmp_path)

    done = share("--user", "eve", "--role", "viewer")
    assert (done.returncode, done.stdout) == (0, f"Export {logs} is shared with eve, the role viewer.\n")
    assert [each["user_name"] for each in json.loads(share("--json").stdout)["shares"]] == ["eve", None]
    shown = lumber("exports", "show", logs, "--database-url", either_database_url).stdout
    assert "owner      bob\nshared     yes" in shown
    assert share("--none", "--user", "eve").returncode == 2
    assert share("--user", "nobody").returncode == 3
    assert share("--none").stdout == f"Export {logs} is shared with nobody.\n"
