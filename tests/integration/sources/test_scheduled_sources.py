"""Schedules over sources: the service makes versions while rows come, and each row is there exactly once."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.datasets import execute, read_dataset
from tests.integration.processes import until
from tests.integration.serving import call, serving
from tests.integration.sources.lakes import make_event, write_events
from tests.integration.sources.mariadb import MariaDb, running_mariadb
from tests.integration.sources.rsyslog import COLUMNS, MAPPING, write_mapping
from tests.integration.sources.search_server import Engine, search_server
from tests.integration.sources.test_mariadb import INSERT, event
from tests.integration.sources.test_search_engines import INDEX, PROPERTIES, document

BUDGET_REASON = "A service makes two or three versions of each source, and MariaDB is started."

FIRST, MORE = 300, 60
LAKE = MAPPING.replace('table = "SystemEvents"', 'table = "events"')
Add = Callable[[int, int], None]


class Plant(ABC):
    """A source of some kind: where it is, and how rows come, change and go."""

    def __init__(self, url: str, mapping: str, *options: object) -> None:
        self.url = url
        self.mapping = mapping
        self.options = options

    @abstractmethod
    def add(self, first: int, last: int) -> None:
        """Add the events with these numbers, both included."""

    @abstractmethod
    def change(self) -> None:
        """Change the message of event 7 to `changed`, and remove event 8."""


class MariaPlant(Plant):
    def __init__(self, server: MariaDb, folder: Path) -> None:
        self._server = server
        self._name = server.create()
        columns = COLUMNS.format(time="datetime(6)")
        server.run(self._name, f"CREATE TABLE SystemEvents (ID int NOT NULL PRIMARY KEY, {columns})")
        secret = folder / "secret"
        secret.write_text("hunter2\n")
        url = f"mariadb://reader@127.0.0.1:{server.port}/{self._name}"
        super().__init__(url, MAPPING, "--password-file", secret)

    def add(self, first: int, last: int) -> None:
        self._server.run(self._name, INSERT, rows=[event(number) for number in range(first, last + 1)])

    def change(self) -> None:
        self._server.run(
            self._name,
            "UPDATE SystemEvents SET Message = 'changed' WHERE ID = 7",
            "DELETE FROM SystemEvents WHERE ID = 8",
        )


class FolderPlant(Plant):
    def __init__(self, folder: Path, ending: str) -> None:
        self._events = folder / "lake" / "events"
        self._events.mkdir(parents=True)
        self._ending = ending
        self._files: dict[Path, list[dict[str, Any]]] = {}
        super().__init__(f"folder://{folder / 'lake'}", LAKE)

    def add(self, first: int, last: int) -> None:
        self._write(
            self._events / f"part-{len(self._files):04}.{self._ending}",
            [make_event(number) for number in range(first, last + 1)],
        )

    def change(self) -> None:
        path, events = next(iter(self._files.items()))
        kept = [each for each in events if each["ID"] != 8]
        self._write(path, [each | ({"Message": "changed"} if each["ID"] == 7 else {}) for each in kept])

    def _write(self, path: Path, events: list[dict[str, Any]]) -> None:
        """Write a file beside and move it, as programs do that fill a lake."""
        self._files[path] = events
        hidden = path.with_name(f"_{path.name}")
        write_events(hidden, events)
        hidden.replace(path)


class SearchPlant(Plant):
    def __init__(self, engine: Engine, port: int) -> None:
        self._engine = engine
        engine.mappings["events"] = PROPERTIES
        engine.documents["events"] = []
        super().__init__(f"elasticsearch+http://127.0.0.1:{port}", INDEX)

    def add(self, first: int, last: int) -> None:
        self._engine.documents["events"] += [document(number) for number in range(first, last + 1)]

    def change(self) -> None:
        documents = self._engine.documents["events"]
        documents[6] = {**documents[6], "Message": "changed"}
        del documents[7]


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    with running_mariadb() as found:
        yield found


def plants(*quick: str) -> pytest.MarkDecorator:
    """Run a test over each source; in `make test`, over these only."""
    names = ("mariadb", "parquet", "csv", "elasticsearch")
    marked = [pytest.param(name, marks=() if name in quick else pytest.mark.slow) for name in names]
    return pytest.mark.parametrize("plant", marked, indirect=True)


@pytest.fixture
def plant(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Plant]:
    """A source without rows."""
    if request.param == "mariadb":
        yield MariaPlant(request.getfixturevalue("server"), tmp_path)
    elif request.param == "elasticsearch":
        with search_server() as (engine, port):
            yield SearchPlant(engine, port)
    else:
        yield FolderPlant(tmp_path, request.param)


@contextmanager
def scheduled(
    plant: Plant, folder: Path, guarantee: str, **config: object
) -> Iterator[Callable[[], tuple[dict[str, Any], Path]]]:
    """Serve a schedule over a source that has rows; yield what makes its next run and returns its version."""
    ledger = f"sqlite:///{folder / 'ledger.db'}"
    make_tables(ledger)
    mapping = plant.mapping.replace('key = "ID"', f'guarantee = "{guarantee}"\nkey = "ID"')
    for words in (
        ("add", "plant", "--url", plant.url, *plant.options),
        ("map", "plant", write_mapping(folder, mapping)),
    ):
        done = lumber("source", *words, "--database-url", ledger)
        assert done.returncode == 0, done.stderr
    with serving(ledger, folder / "data") as (_, address):
        definition = {
            "name": "plant",
            "every_seconds": 86_400,
            "config": {
                "data_types": ["logs"],
                "source": "plant",
                "dataset": "plant",
                "output_format": "jsonl",
                **config,
            },
        }
        schedule = call(address, "/schedules", definition)["schedule_id"]

        def run() -> tuple[dict[str, Any], Path]:
            before = len(call(address, f"/schedules/{schedule}/runs")["runs"])
            # The first one by its timetable. Nobody waits for the next day.
            if before:
                call(address, f"/schedules/{schedule}/run", {})
            else:
                _make_due(ledger, schedule)
            found = until(lambda: _ended(address, schedule, before))
            assert found["status"] == "completed", found
            record = call(address, f"/export/{found['export_id']}")
            version = call(address, "/named-datasets/plant")["versions"][0]
            return version, Path(record["path"])

        yield run


def _make_due(ledger: str, schedule: str) -> None:
    """Make the first time of a schedule one that is due."""
    day = 86_400 * 1_000_000
    moved = f"next_at = next_at - {day}, due_at = due_at - {day}"
    execute(ledger, f"UPDATE schedules SET {moved} WHERE id = '{schedule}'")


def _ended(address: str, schedule: str, before: int) -> dict[str, Any] | None:
    runs = call(address, f"/schedules/{schedule}/runs")["runs"]
    newest = runs[0] if len(runs) > before else None
    return newest if newest is not None and newest["status"] not in ("queued", "running") else None


@contextmanager
def adding(add: Add, first: int, size: int = 20) -> Iterator[list[int]]:
    """Add events for as long as the block lasts, `size` at a time; the list has the last number of each."""
    stop, added = threading.Event(), [first - 1]

    def write() -> None:
        while not stop.wait(0.05):
            add(added[-1] + 1, added[-1] + size)
            added.append(added[-1] + size)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: len(added) > 1)
        yield added
    finally:
        stop.set()
        writer.join()


@plants("mariadb", "parquet")
def test_increments_have_each_row_once_while_rows_come(plant: Plant, tmp_path: Path) -> None:
    plant.add(1, FIRST)
    with scheduled(plant, tmp_path, "append_only", incremental=True) as run:
        version, path = run()
        assert (version["kinds"]["logs"]["mode"], version["rows"]) == ("whole", FIRST)
        plant.add(FIRST + 1, FIRST + MORE)
        with adding(plant.add, FIRST + MORE + 1) as added:
            version, path = run()
        ids = sorted(row["id"] for row in read_dataset(path))
        assert ids == list(range(1, len(ids) + 1))
        # Whole additions, and at least those of before the run.
        assert (len(ids) - FIRST) % 20 == 0
        assert FIRST + MORE <= len(ids) <= added[-1]
        kind = version["kinds"]["logs"]
        assert (kind["mode"], kind["added"], version["rows"]) == ("append", len(ids) - FIRST, len(ids))
        # What came too late for this version is in the next one.
        version, path = run()
        assert version["kinds"]["logs"]["added"] == added[-1] - len(ids)
        assert sorted(row["id"] for row in read_dataset(path)) == list(range(1, added[-1] + 1))


@plants("elasticsearch")
def test_snapshots_are_the_table_as_it_is(plant: Plant, tmp_path: Path) -> None:
    plant.add(1, FIRST)
    with scheduled(plant, tmp_path, "snapshot") as run:
        version, path = run()
        assert version["rows"] == len(read_dataset(path)) == FIRST
        plant.change()
        plant.add(FIRST + 1, FIRST + MORE)
        version, path = run()
        rows = {row["id"]: row["message"] for row in read_dataset(path)}
        assert sorted(rows) == [number for number in range(1, FIRST + MORE + 1) if number != 8]
        assert [number for number, text in rows.items() if text == "changed"] == [7]
        kind = version["kinds"]["logs"]
        assert (kind["added"], kind["changed"], kind["removed"]) == (MORE, 1, 1)
