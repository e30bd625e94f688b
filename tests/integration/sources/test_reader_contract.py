"""What every reader of a source promises: one suite for all of them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.errors import SourceFailed, SourceUnfit
from lumber.sources.address import SourceAddress
from lumber.sources.arrow_forms import stored_array
from lumber.sources.interface import Guarantee, NoSuchTable, Query, Reader, ReaderOptions
from lumber.sources.readers.database import DatabaseReader
from lumber.sources.readers.finding import open_reader
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.integration.datasets import execute, fill
from tests.integration.destinations.servers import BUCKET, KEY, SECRET, seaweed
from tests.integration.sources.lakes import FORMATS, make_event, make_lake, write_events
from tests.integration.sources.mariadb import running_mariadb
from tests.integration.sources.rsyslog import event, insert, make_events
from tests.integration.sources.search_server import search_server
from tests.integration.sources.test_collected_exports import install_ticks
from tests.integration.sources.test_mariadb import INSERT
from tests.integration.sources.test_mariadb import event as mysql_event
from tests.integration.sources.test_mariadb import make_events as make_mysql_events
from tests.integration.sources.test_search_engines import document
from tests.integration.sources.test_search_engines import fill as fill_index

BUDGET_REASON = "One suite over servers of three kinds, which it starts."

ROWS = 300
OPTIONS = ReaderOptions("lumber test", 600)


@dataclass
class Case:
    """A source with ROWS rows: what opens it, its table, its columns, and what adds a row with an id."""

    opens: Callable[[], Reader]
    table: str
    key: str = "ID"
    text: str = "Message"
    filter: str | None = "ID <= 10"
    add: Callable[[int], object] | None = None


def by_address(text: str, password: str | None = None) -> Callable[[], Reader]:
    return lambda: open_reader(SourceAddress.parse(text).with_password(password), OPTIONS)


def by_database(url: str) -> Callable[[], Reader]:
    return lambda: DatabaseReader(DatabaseUrl.parse(url), OPTIONS)


@contextmanager
def own(url: str) -> Iterator[Case]:
    make_tables(url)
    fill(url, ROWS)
    add = "INSERT INTO log_entries (id, timestamp, message) VALUES ({}, 0, 'x')"
    yield Case(
        by_database(url), "log_entries", "id", "message", "id <= 10", lambda at: execute(url, add.format(at))
    )


@contextmanager
def guest(url: str) -> Iterator[Case]:
    if url.startswith("sqlite"):
        execute(url, "PRAGMA journal_mode = WAL")
    make_events(url, ROWS)
    yield Case(
        by_database(url),
        "SystemEvents",
        add=lambda at: execute(url, insert(url), [event(url, at)]),
        key="ID" if url.startswith("sqlite") else "id",
        text="Message" if url.startswith("sqlite") else "message",
    )


@contextmanager
def mariadb() -> Iterator[Case]:
    with running_mariadb() as server:
        name, url = make_mysql_events(server, ROWS)
        add = by_address(url, "hunter2")
        yield Case(add, "SystemEvents", add=lambda at: server.run(name, INSERT, rows=[mysql_event(at)]))


@contextmanager
def lake(folder: Path, ending: str) -> Iterator[Case]:
    url = make_lake(folder, ROWS, ending)

    def add(at: int) -> None:
        write_events(folder / "events" / f"z{at}.{ending}", [make_event(at)])

    yield Case(by_address(url), "events", add=add)


@contextmanager
def index(name: str) -> Iterator[Case]:
    with search_server() as (engine, port):
        fill_index(engine, ROWS)

        def add(at: int) -> None:
            engine.documents["events"].append(document(at))

        url = f"{name}+http://127.0.0.1:{port}"
        condition = '{"range": {"ID": {"lte": 10}}}'
        yield Case(by_address(url), "events", filter=condition, add=add)


@contextmanager
def package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    install_ticks(folder, monkeypatch)
    yield Case(by_address(f"ticks://{ROWS}"), "ticks", filter=None)


@contextmanager
def bucket(folder: Path) -> Iterator[Case]:
    with seaweed(folder) as server:
        store = server.store("lake/rows")
        make_lake(folder / "lake", ROWS, "parquet")
        files = folder / "lake" / "events"
        for path in files.iterdir():
            store.create(f"events/{path.name}", path.read_bytes())

        def add(at: int) -> None:
            write_events(files / "more.parquet", [make_event(at)])
            store.create(f"events/z{at}.parquet", (files / "more.parquet").read_bytes())

        url = f"s3://{KEY}@{BUCKET}/lake/rows?endpoint={server.endpoint}&region=us-east-1"
        yield Case(by_address(url, SECRET), "events", add=add)


SOURCES = (
    "bucket",
    "own",
    "sqlite",
    "postgresql",
    "mariadb",
    *FORMATS,
    "elasticsearch",
    "opensearch",
    "package",
)


@pytest.fixture(params=SOURCES)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    name = request.param
    if name == "postgresql":
        opened = guest(request.getfixturevalue("empty_postgres_url"))
    elif name in ("own", "sqlite"):
        opened = (own if name == "own" else guest)(f"sqlite:///{tmp_path / 'x.db'}")
    elif name == "mariadb":
        opened = mariadb()
    elif name == "bucket":
        (tmp_path / "weed").mkdir()
        opened = bucket(tmp_path / "weed")
    elif name == "package":
        opened = package(tmp_path / "site", monkeypatch)
    else:
        opened = index(name) if name.endswith("search") else lake(tmp_path / "lake", name)
    with opened as found:
        yield found


def rows_of(reader: Reader, ranges: list[Any]) -> list[dict[str, Any]]:
    return [row for each in ranges for batch in reader.read(each) for row in batch.to_pylist()]


def test_a_reader_keeps_what_the_interface_promises(case: Case) -> None:
    reader = case.opens()
    query = Query(case.table, columns=(case.text, case.key))
    # It names its tables, and says which there are if one is missing.
    assert any(case.table.lower() == name.lower().rpartition(".")[2] for name in reader.tables())
    with pytest.raises(NoSuchTable) as missing:
        reader.schema(Query("nothing_like_it"))
    assert missing.value.known
    # Its columns have types that can be stored.
    described = reader.schema(Query(case.table))
    assert described.guarantee is Guarantee.SNAPSHOT
    types = {column.name: column.type for column in described.columns}
    assert types[case.key] in (pa.int64(), pa.int32(), pa.uint32(), pa.uint64())
    for column in described.columns:
        stored_array(pa.nulls(1, column.type))
    # A token and ranges are plain JSON; each row is in one range, whatever comes later.
    token = json.loads(json.dumps(reader.freeze([query])))
    if case.add is not None:
        case.add(ROWS + 1)
    ranges = json.loads(json.dumps(reader.cut(token, query)))
    for order in (ranges, ranges[::-1]):
        rows = rows_of(reader, order)
        assert sorted(row[case.key] for row in rows) == list(range(1, ROWS + 1))
        assert list(rows[0]) == [case.text, case.key]
    batch = next(iter(reader.read(ranges[0])))
    assert batch.schema.types == [types[case.text], types[case.key]]
    reader.confirm(token)
    # The next moment has what came since.
    if case.add is not None:
        assert len(rows_of(reader, reader.cut(reader.freeze([query]), query))) == ROWS + 1
    # It knows its filter, and reads every column without being told.
    if case.filter is not None:
        chosen = Query(case.table, columns=(case.key,), filter=case.filter)
        found = rows_of(reader, reader.cut(reader.freeze([chosen]), chosen))
        assert sorted(row[case.key] for row in found) == list(range(1, 11))
        wrong = Query(case.table, columns=(case.key,), filter="{ nonsense (")
        with pytest.raises((SourceUnfit, SourceFailed)):
            rows_of(reader, reader.cut(reader.freeze([wrong]), wrong))
    reader.cancel()
    reader.close()
    reader.close()
