"""Column types mean the same on both databases."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

from lumber.store.literal import literal_sql
from lumber.store.types import JsonText, UtcDateTime, from_microseconds, to_microseconds
from lumber.store.url import DatabaseUrl

TABLE = sa.Table(
    "moments",
    sa.MetaData(),
    sa.Column("moment", UtcDateTime),
    sa.Column("document", JsonText),
    sqlite_strict=True,
)
FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
MOMENTS = st.integers(FIRST + 1, LAST - 1)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=6,
)
Store = Callable[[Any], tuple[Any, ...]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('types') / 'types.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    server.create_database("types")
    yield server.url("types")
    server.drop_database("types")


@pytest.fixture(scope="module")
def store(address: str) -> Iterator[Store]:
    """Store values as bound parameters, and return them with the count of rows that equal the literal."""
    url = DatabaseUrl.parse(address)
    with asyncio.Runner() as runner:
        engine = create_async_engine(url.async_url)

        async def create() -> None:
            async with engine.begin() as connection:
                await connection.run_sync(TABLE.metadata.create_all)

        async def round_trip(values: dict[str, Any]) -> tuple[Any, ...]:
            async with engine.begin() as connection:
                await connection.execute(TABLE.delete())
                await connection.execute(TABLE.insert(), values)
                row = (await connection.execute(sa.select(TABLE))).one()
                same = sa.select(sa.func.count()).where(TABLE.c.moment == values["moment"])
                text = literal_sql(same.select_from(TABLE), url.dialect)
                return (*row, (await connection.exec_driver_sql(text)).scalar_one())

        runner.run(create())
        yield lambda values: runner.run(round_trip(values))
        runner.run(engine.dispose())


@given(microseconds=MOMENTS)
def test_a_time_comes_back_to_the_microsecond_in_utc(store: Store, microseconds: int) -> None:
    moment = from_microseconds(microseconds)
    back, _, equal = store({"moment": moment, "document": None})
    assert (back, back.utcoffset(), equal) == (moment, timedelta(0), 1)


@pytest.mark.parametrize("microseconds", [FIRST, LAST])
def test_the_first_and_last_moments_come_back(store: Store, microseconds: int) -> None:
    # asyncpg stores them as infinite, so their literals differ.
    assert store({"moment": from_microseconds(microseconds), "document": None})[0] == from_microseconds(
        microseconds
    )


@given(moment=st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=ZONES))  # noqa: DTZ001
def test_a_time_of_any_zone_is_the_same_moment(store: Store, moment: datetime) -> None:
    back, _, equal = store({"moment": moment, "document": None})
    assert (back, back.utcoffset(), equal) == (moment, timedelta(0), 1)


def test_a_naive_time_means_utc(store: Store) -> None:
    naive = datetime(2026, 1, 31, 12, 0, 0, 5)  # noqa: DTZ001
    assert store({"moment": naive, "document": None})[0] == naive.replace(tzinfo=UTC)


def test_no_time_stays_no_time(store: Store) -> None:
    assert store({"moment": None, "document": None})[:2] == (None, None)


@given(value=JSON)
def test_json_values_come_back(store: Store, value: Any) -> None:
    text = value if isinstance(value, str) else None
    back = store({"moment": None, "document": value})[1]
    # Text is taken as JSON that was written already.
    assert back == (value if text is None else back)
    assert type(back) is type(value) or text is not None


@pytest.mark.parametrize("text", ["{", "not json", '{"b":1, "a":2}'])
def test_json_text_is_kept_as_it_came(store: Store, text: str) -> None:
    expected = {"b": 1, "a": 2} if text.startswith('{"') else text
    assert store({"moment": None, "document": text})[1] == expected


@given(MOMENTS)
def test_microseconds_are_exact_both_ways(microseconds: int) -> None:
    assert to_microseconds(from_microseconds(microseconds)) == microseconds
