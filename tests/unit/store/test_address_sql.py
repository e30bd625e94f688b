"""Agreement of the SQL with Python's `ipaddress`, on each engine that runs it."""

import ipaddress
import sqlite3
from collections.abc import Callable, Iterator

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from lumber.store.address_sql import in_networks
from lumber.store.literal import literal_sql
from tests.examples import examples

TABLE = sa.table("addresses", sa.column("id", sa.Integer), sa.column("address", sa.Text))
CREATE = "CREATE TABLE addresses (id BIGINT, address TEXT)"
Query = Callable[[list[str | None], list[str]], set[int]]

ODD = [
    *("", ":", "::", ":::", "::::", "1::", "::1", "::1::", ":1", "1:", "::g", "1:::2", ".", "...", "0.0.0.0"),
    *(
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.256",
        "1.2.3.4/8",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4\n",
        "1..3.4",
    ),
    *("1:2:3:4:5:6:7:8", "1::2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", ":1:2:3:4:5:6:7:8"),
    *("1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:", "1:2:3::4:5::6", "1:2:3:4:5:6:7:::", ":::1:2:3:4:5:6:7"),
    *("::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.04", "::1.2.3"),
    *(
        "1.2.3.4::",
        "::1.2.3.4:5",
        "FE80::ABCD",
        "00001::",
        "fe80::1%eth0",
        "::1/64",
        "0x1.2.3.4",
        "1e1.2.3.4",
    ),
    *("999999999999999999999.1.1.1", "\uff11.2.3.4", "\u0661.2.3.4", '"', "\\", "1','2", "a:b'c"),
]
PROPER = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded.upper()),
    st.integers(0, 2**32 - 1).map(lambda low: f"::ffff:{ipaddress.IPv4Address(low)}"),
)
GROUP = st.text("0123456789abcdefABCDEF", min_size=0, max_size=5)


@st.composite
def almost_addresses(draw: st.DrawFn) -> str:
    """An address with up to three characters too many or too few."""
    text = draw(PROPER)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 1))
        text = (
            text[:place]
            + draw(st.sampled_from(["", ":", "::", ".", "0", "f", "%", "/"]))
            + text[place + cut :]
        )
    return text


TEXTS = st.one_of(
    PROPER,
    almost_addresses(),
    st.sampled_from(ODD),
    st.lists(GROUP, min_size=1, max_size=10).map(":".join),
    st.text("0123456789abcdefg:./% '\"", max_size=24),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12),
)
NETWORKS = st.one_of(
    st.sampled_from(["0.0.0.0/0", "::/0", "0.0.0.0/1", "8000::/1", "::ffff:0:0/96", "::/64"]),
    st.builds(
        lambda a, bits: str(ipaddress.ip_network((a, bits), False)), st.ip_addresses(v=4), st.integers(0, 32)
    ),
    st.builds(
        lambda a, bits: str(ipaddress.ip_network((a, bits), False)), st.ip_addresses(v=6), st.integers(0, 128)
    ),
)


def expected(texts: list[str | None], networks: list[str]) -> set[int]:
    parsed = [ipaddress.ip_network(network) for network in networks]
    found = set()
    for index, text in enumerate(texts):
        try:
            address = ipaddress.ip_address("none" if text is None or "%" in text else text)
        except ValueError:
            continue
        if any(address in network for network in parsed if network.version == address.version):
            found.add(index)
    return found


def statement(networks: list[str], dialect: str) -> str:
    return literal_sql(sa.select(TABLE.c.id).where(in_networks(TABLE.c.address, networks, dialect)), dialect)


@pytest.fixture(scope="module")
def python_sqlite() -> Iterator[Query]:
    connection = sqlite3.connect(":memory:")
    connection.execute(CREATE)

    def query(texts: list[str | None], networks: list[str]) -> set[int]:
        connection.execute("DELETE FROM addresses")
        connection.executemany("INSERT INTO addresses VALUES (?, ?)", list(enumerate(texts)))
        return {row[0] for row in connection.execute(statement(networks, "sqlite"))}

    yield query
    connection.close()


def adbc_query(connection: object, dialect: str) -> Query:
    def query(texts: list[str | None], networks: list[str]) -> set[int]:
        rows = pa.table(
            {"id": pa.array(range(len(texts)), pa.int64()), "address": pa.array(texts, pa.string())}
        )
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM addresses")
            cursor.adbc_ingest("addresses", rows, mode="append")
            cursor.execute(statement(networks, dialect))
            return {row[0] for row in cursor.fetchall()}

    return query


@pytest.fixture(scope="module")
def adbc_sqlite() -> Iterator[Query]:
    with adbc_driver_sqlite.dbapi.connect("file:addresses?mode=memory") as connection:
        with connection.cursor() as cursor:
            cursor.execute(CREATE)
        yield adbc_query(connection, "sqlite")


@pytest.fixture(scope="module")
def adbc_postgresql(postgres_server) -> Iterator[Query]:
    postgres_server.create_database("address_sql")
    with adbc_driver_postgresql.dbapi.connect(postgres_server.url("address_sql")) as connection:
        with connection.cursor() as cursor:
            cursor.execute(CREATE)
        yield adbc_query(connection, "postgresql")
        connection.rollback()
    postgres_server.drop_database("address_sql")


@pytest.fixture(scope="module", params=["python_sqlite", "adbc_sqlite", "adbc_postgresql"])
def ask(request: pytest.FixtureRequest) -> Query:
    return request.getfixturevalue(request.param)


@examples(30, suppress_health_check=[HealthCheck.too_slow])
@given(
    texts=st.lists(st.none() | TEXTS, min_size=20, max_size=60),
    networks=st.lists(NETWORKS, min_size=1, max_size=4),
)
def test_database_and_ipaddress_agree(ask: Query, texts: list[str | None], networks: list[str]) -> None:
    assert ask(texts, networks) == expected(texts, networks)


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_odd_texts_match_only_when_they_are_addresses_of_the_version(ask: Query, network: str) -> None:
    found = {ODD[index] for index in ask(ODD, [network])}
    assert found == {ODD[index] for index in expected(ODD, [network])}
    assert found


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_text_past_a_nul_character_is_looked_at(
    python_sqlite: Query, adbc_sqlite: Query, network: str
) -> None:
    # PostgreSQL stores no such text.
    texts = ["1.2.3.4\x00", "::1\x00", "1.2.3.4\x00junk", "\x001.2.3.4", "::1\x00:2", "::\x001.2.3.4"]
    assert python_sqlite(texts, [network]) == set()
    assert adbc_sqlite(texts, [network]) == set()


def test_many_networks_are_one_condition(ask: Query) -> None:
    networks = [f"10.{high}.{low}.0/25" for high in range(20) for low in range(100)]
    texts = ["10.3.7.1", "10.3.7.200", "10.19.99.127", "10.20.0.1"]
    assert ask(texts, networks) == {0, 2}
