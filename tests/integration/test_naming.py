"""Names, tags and notes of exports: changed, searched and audited, on both databases."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from lumber.audit.actor import Actor, ActorKind
from lumber.errors import ConfigError, ExportNotFound
from lumber.exports import ExportConfig
from lumber.exports.creation import NewExport, create_exports
from lumber.exports.history import HistoryQuery, find_exports
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import MAX_NAME, MAX_NOTE, MAX_TAG, MAX_TAGS, Naming, NamingChange
from lumber.store.migrate import downgrade, upgrade
from lumber.store.models import AUDIT_LINES
from tests.integration.book import CONFIG, OTHER_CONFIG, Book, open_book
from tests.integration.ledgers import export_row, fill_ledger, plans, statements

T = TypeVar("T")
ANN = Actor(ActorKind.USER, "ann", "u-1")


def on(url: str, work: Callable[[Book], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with open_book(url) as book:
            return await work(book)

    return asyncio.run(inside())


async def lines_of(book: Book) -> list[tuple[str, dict[str, Any]]]:
    async with book.database.session() as session:
        lines = AUDIT_LINES.c
        named = sa.select(lines.actor_name, lines.details).where(lines.action == "export_named")
        rows = await session.execute(named.order_by(lines.seq))
        return [(name, json.loads(details)) for name, details in rows]


async def found(book: Book, **query: Any) -> list[str | None]:
    return [each.name for each in (await find_exports(book.database, HistoryQuery(**query)))[0]]


def test_a_name_a_tag_and_a_note_are_changed_one_by_one_and_audited_once(database_url: str) -> None:
    async def work(book: Book) -> tuple[list[ExportMetadata], list[tuple[str, dict[str, Any]]]]:
        export_id = (await book.ledger.create(CONFIG)).export_id
        changes = [
            NamingChange(name="  Errors of January ", tags=["Plant", "a-1", "plant"]),
            NamingChange(name="Errors of January", tags=["a-1", "plant"]),
            NamingChange(note="First line.\r\nSecond line."),
            NamingChange(name=None),
            NamingChange(tags=[]),
        ]
        seen = [await book.ledger.name(export_id, change, by=ANN) for change in changes]
        return [*seen, await book.ledger.get(export_id)], await lines_of(book)

    seen, lines = on(database_url, work)
    assert [(each.name, each.tags, each.note) for each in seen] == [
        ("Errors of January", ["a-1", "plant"], None),
        ("Errors of January", ["a-1", "plant"], None),
        ("Errors of January", ["a-1", "plant"], "First line.\nSecond line."),
        (None, ["a-1", "plant"], "First line.\nSecond line."),
        (None, [], "First line.\nSecond line."),
        (None, [], "First line.\nSecond line."),
    ]
    # The second change changed nothing. Notes are never in the audit trail.
    assert lines == [
        ("ann", {"fields": ["name", "tags"], "name": "Errors of January", "tags": ["a-1", "plant"]}),
        ("ann", {"fields": ["note"], "name": "Errors of January", "tags": ["a-1", "plant"]}),
        ("ann", {"fields": ["name"], "tags": ["a-1", "plant"]}),
        ("ann", {"fields": ["tags"]}),
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "a\nb"}, "name"),
        ({"name": "\u202ereversed"}, "name"),
        ({"tags": ["two words"]}, "tags"),
        ({"tags": ["<b>"]}, "tags"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "\x1b[2J"}, "note"),
    ],
)
def test_what_can_be_no_name_is_refused_with_the_field(
    change: dict[str, Any], field: str, sqlite_url: str
) -> None:
    async def work(book: Book) -> None:
        export_id = (await book.ledger.create(CONFIG)).export_id
        with pytest.raises(ConfigError) as refused:
            await book.ledger.name(export_id, NamingChange(**change))
        assert [problem.field for problem in refused.value.problems] == [field]
        assert refused.value.problems[0].allowed
        assert (await book.ledger.get(export_id)).name is None

    on(sqlite_url, work)


def test_the_limits_are_those_that_are_written_down() -> None:
    longest = Naming.checked("n" * MAX_NAME, ["t" * MAX_TAG], "x" * MAX_NOTE)
    assert longest.tags == ["t" * MAX_TAG]
    assert Naming.checked(tags=[f"t{number}" for number in range(MAX_TAGS)]).tags
    for name, tags, note in (
        ("n" * (MAX_NAME + 1), [], None),
        (None, ["t" * (MAX_TAG + 1)], None),
        (None, [f"t{number}" for number in range(MAX_TAGS + 1)], None),
        (None, [], "x" * (MAX_NOTE + 1)),
    ):
        with pytest.raises(ConfigError):
            Naming.checked(name, tags, note)
    assert Naming.default("x" * 500 + "\n").name == "x" * MAX_NAME


def test_an_export_that_is_not_there_has_no_name(sqlite_url: str) -> None:
    async def work(book: Book) -> None:
        with pytest.raises(ExportNotFound):
            await book.ledger.name("no-such-export", NamingChange(name="a"))

    on(sqlite_url, work)


def test_names_tags_and_notes_are_searched_in_any_case(database_url: str) -> None:
    async def work(book: Book) -> None:
        for config, naming in (
            (CONFIG, Naming.checked("Errors of January", ["plant", "baseline"], 'Says "hello".\nTwice.')),
            (OTHER_CONFIG, Naming.checked("Nightly", ["plant-2"])),
            (OTHER_CONFIG, Naming()),
        ):
            await book.ledger.create(config, naming=naming)
        assert await found(book, text="ERRORS of") == ["Errors of January"]
        assert await found(book, text='says "HELLO"') == ["Errors of January"]
        assert await found(book, text='Hello".\ntwice') == ["Errors of January"]
        assert await found(book, text="baseline") == ["Errors of January"]
        assert set(await found(book, text="plant")) == {"Errors of January", "Nightly"}
        assert await found(book, tags=["plant"]) == ["Errors of January"]
        assert await found(book, tags=["plant", "baseline"]) == ["Errors of January"]
        assert await found(book, tags=["plant", "other"]) == []
        assert await found(book, tags=["plant-2"], kind="anomalies") == ["Nightly"]
        assert await found(book, tags=["plan"]) == []
        assert len(await found(book)) == 3
        # Nothing matches across two of the joined texts.
        assert await found(book, text="january\x1fsays") == []
        named = (await find_exports(book.database, HistoryQuery(text="nightly")))[0][0]
        await book.ledger.name(named.export_id, NamingChange(name="Weekly", tags=[]))
        assert await found(book, text="nightly") == []
        assert await found(book, text="weekly") == ["Weekly"]
        assert await found(book, tags=["plant-2"]) == []

    on(database_url, work)


def test_a_search_for_a_tag_reads_the_index_of_tags(database_url: str) -> None:
    tags = {0: '["plant"]', 1: '["other"]'}
    fill_ledger(database_url, [export_row(number, tags=tags.get(number % 1_000)) for number in range(3_000)])

    async def work(book: Book) -> list[str]:
        async with book.database.session() as session:
            await session.execute(sa.text("ANALYZE"))
        with statements(book.database) as seen:
            assert len(await found(book, tags=["plant"])) == 3
        return await plans(book.database, seen)

    first = on(database_url, work)[0]
    assert "ix_export_search_tags" in first, first


def test_the_config_and_its_hash_do_not_know_the_name(database_url: str) -> None:
    async def work(book: Book) -> None:
        created = [
            await book.ledger.create(CONFIG, naming=naming, idempotency_key="k")
            for naming in (Naming.checked("One"), Naming.checked("Two"))
        ]
        assert {each.export_id for each in created} == {created[0].export_id}
        assert [each.name for each in created] == ["One", "One"]
        assert "One" not in str((await book.row(created[0].export_id)).config)

    on(database_url, work)


def test_a_version_of_a_dataset_is_called_after_it(sqlite_url: str) -> None:
    async def work(book: Book) -> list[str | None]:
        config = ExportConfig(data_types=["logs"], dataset="plant")
        wanted = [NewExport(config), NewExport(config, naming=Naming.checked("Mine"))]
        async with book.database.session() as session:
            made = await create_exports(session, wanted, None)
        return [each.name for each in made if isinstance(each, ExportMetadata)]

    assert on(sqlite_url, work) == ["plant", "Mine"]


def test_an_old_ledger_goes_on_and_back(empty_database_url: str) -> None:
    async def work(book: Book) -> None:
        await upgrade(book.database, "0031")
        export_id = (await book.ledger.create(CONFIG, naming=Naming.checked("Old", ["plant"]))).export_id
        await downgrade(book.database, "0030")
        async with book.database.session() as session:
            texts = list(await session.scalars(sa.text("SELECT outcome FROM export_search")))
            assert len(texts) == 1
            assert "old" not in texts[0].split("\x1f")
            # Its triggers know nothing of names.
            await session.execute(sa.text("UPDATE exports SET error_code = 'disk_full'"))
        await upgrade(book.database, "0031")
        assert (await book.ledger.get(export_id)).name is None
        await book.ledger.name(export_id, NamingChange(name="New", tags=["plant"]))
        assert await found(book, text="new") == ["New"]
        assert await found(book, text="disk_full", tags=["plant"]) == ["New"]

    on(empty_database_url, work)
