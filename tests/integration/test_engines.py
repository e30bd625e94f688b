"""The contract of engines: whoever works on an export, it has the same bytes, and a death loses nothing.

All engines pass the same tests, on both databases. In `make test` run those that guard most.
"""

import logging
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import SecretStr

from lumber.exports import ExportConfig, ExportStatusManager
from lumber.settings import Settings
from tests.databases import FIXTURES
from tests.integration.crews import (
    ENGINES,
    Crew,
    assert_each_done_once,
    claimed,
    crew_of,
    helpers,
    note_partitions,
    send,
)
from tests.integration.datasets import STAGING, execute, query
from tests.integration.ledgers import with_database
from tests.integration.processes import until
from tests.integration.workers import (
    assert_complete,
    create,
    details,
    ended,
    fill_all,
    run_undisturbed,
    settings_for,
)

_log = logging.getLogger(__name__)

BUDGET_REASON = "One export of each engine has to last until others work on it and some of them have died."

ROWS = 1_500
LEASE_SECONDS = 2
SEED = 20260101
# In pieces, each with a seed of its own: a round that failed is found again soon.
PIECES = 10
ROUNDS = 50 // PIECES
CONFIG = ExportConfig(data_types=["logs", "ips"], output_format="csv", batch_size=10)
# So many jobs that some of them are at work when something dies.
SEQUENCE_JOBS = 60
WITH_SEQUENCES = ExportConfig(
    data_types=["logs", "ips"], output_format="csv", batch_size=10, sequences={"size": 5}
)
# First passes, private records, a shuffle, certificates, templates and sequences.
EVERYTHING = ExportConfig(
    data_types=["logs", "ips"],
    output_format="csv",
    batch_size=50,
    split={"mode": "time"},
    order="shuffle",
    privacy={"known_values": True, "shift_times": True},
    sequences={"size": 5},
)
# What a first pass finds, and a secret number of weeks, have to be the same after a kill.
PRIVATE = ExportConfig(
    data_types=["logs", "ips"],
    output_format="csv",
    batch_size=10,
    privacy={"known_values": True, "shift_times": True},
)
# The only place that tells whose name it is.
WITH_ALICE = """'{"user":"alice7"}'"""
# Of all cases, those in `make test`: one of each engine. Only its fence keeps out the late worker of claims.
QUICK = {
    ("killed", "pool", "sqlite"),
    ("private", "pool", "postgresql"),
    ("same", "dask", "sqlite"),
    ("stopped", "claims", "postgresql"),
}


def cases(name: str, engines: tuple[str, ...] = ENGINES) -> pytest.MarkDecorator:
    """Run a test under each engine on each database."""
    found = [
        pytest.param(
            engine,
            database,
            marks=[] if (name, engine, database) in QUICK else [pytest.mark.slow],
            id=f"{engine}-{database}",
        )
        for engine in engines
        for database in FIXTURES
    ]
    return pytest.mark.parametrize(("engine", "database"), found)


@pytest.fixture
def settings(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a database with rows, under which an export has many partitions."""
    url = request.getfixturevalue(FIXTURES[database])
    fill_all(url, ROWS)
    note_partitions(url)
    return settings_for(
        url,
        tmp_path / "data",
        partition_rows=20,
        sequence_rows=ROWS // 4,
        lease_seconds=LEASE_SECONDS,
        privacy_key=SecretStr("9f4c1e7ab2d85036cc17f0e9a45b38d16e02937bd4a8f51c80b6e32f7d19ca54"),
    )


@pytest.fixture
def twin(settings: Settings, tmp_path: Path) -> dict[str, bytes]:
    """The files of an undisturbed export in one process pool."""
    return run_undisturbed(settings.model_copy(update={"engine": "pool"}), CONFIG, tmp_path / "twin")


@pytest.fixture
def crew(engine: str, settings: Settings) -> Iterator[Crew]:
    """The processes of the engine."""
    with crew_of(engine, settings) as found:
        yield found


@pytest.fixture
def everything(settings: Settings, tmp_path: Path) -> dict[str, bytes]:
    """The files of an undisturbed export that uses every kind of work, in one process pool."""
    url = str(settings.database_url)
    name_in_texts(url)
    alone = settings.model_copy(update={"engine": "pool", "partition_rows": ROWS // 10})
    found = run_undisturbed(alone, EVERYTHING, tmp_path / "everything")
    assert not any(b"zeusbox" in each or b"alice7" in each for each in found.values())
    return found


@pytest.fixture
def private(settings: Settings, tmp_path: Path) -> dict[str, bytes]:
    """The files of an undisturbed private export with shifted times, in one process pool."""
    name_in_texts(str(settings.database_url))
    found = run_undisturbed(settings.model_copy(update={"engine": "pool"}), PRIVATE, tmp_path / "private")
    assert not any(b"zeusbox" in each or b"alice7" in each for each in found.values())
    return found


def name_in_texts(url: str) -> None:
    """Name a host and a user of one row in the texts of others, where nothing tells what they are."""
    execute(url, f"UPDATE log_entries SET device_id = 'zeusbox', structured_data = {WITH_ALICE} WHERE id = 1")
    execute(url, "UPDATE log_entries SET message = 'zeusbox ran for alice7' WHERE id % 9 = 0")


def begin(crew: Crew, config: ExportConfig = CONFIG) -> str:
    (export_id,) = create(crew.url, [config])
    return export_id


def assert_ends_the_same(crew: Crew, export_id: str, twin: dict[str, bytes]) -> None:
    until(lambda: ended(crew.url, [export_id]))
    try:
        assert_complete(crew.url, crew.settings, export_id, twin)
    except AssertionError as error:
        raise AssertionError(crew.says()) from error
    assert_each_done_once(crew.url, export_id)


@cases("same")
def test_every_engine_writes_the_same_bytes(
    everything: dict[str, bytes], engine: str, settings: Settings
) -> None:
    settings = settings.model_copy(update={"partition_rows": ROWS // 10})
    with crew_of(engine, settings) as crew:
        assert_everything_is_the_same(crew, everything)


def assert_everything_is_the_same(crew: Crew, everything: dict[str, bytes]) -> None:
    export_id = begin(crew, EVERYTHING)
    seen: set[str] = set()
    until(lambda: seen.update(helpers(crew.url)) or ended(crew.url, [export_id]))
    assert_ends_the_same(crew, export_id, everything)
    assert crew.engine != "pool" or not seen
    assert crew.engine != "dask" or seen
    assert not any("adbc_driver_sqlite" in path for one in crew.cluster for path in libraries(one.pid))
    left = [query(crew.url, f"SELECT * FROM {table}") for table in ("export_jobs", "export_offers")]
    assert left == [[], []]
    folder = crew.settings.effective_exports_dir
    assert [path for path in folder.rglob("*") if path.name == STAGING] == []


def libraries(pid: int) -> list[str]:
    """Return what a process has loaded. A second SQLite would drop the locks of its ledger."""
    return [str(each.path) for each in psutil.Process(pid).memory_maps()]


@cases("killed")
def test_a_killed_worker_loses_nothing(twin: dict[str, bytes], crew: Crew) -> None:
    export_id = begin(crew)
    send(signal.SIGKILL, crew.at_work())
    assert_ends_the_same(crew, export_id, twin)


@cases("stopped")
def test_a_stopped_worker_that_comes_back_late_changes_nothing(
    twin: dict[str, bytes], crew: Crew, engine: str
) -> None:
    export_id = begin(crew)
    stopped = crew.at_work()
    send(signal.SIGSTOP, stopped)
    try:
        if engine == "pool":
            # Nobody else can do its partition, and nobody has to: it is no other machine.
            time.sleep(2 * LEASE_SECONDS)
        else:
            until(lambda: ended(crew.url, [export_id]))
    finally:
        send(signal.SIGCONT, stopped)
    assert_ends_the_same(crew, export_id, twin)


@cases("cancel")
def test_a_cancelled_export_ends_everywhere(crew: Crew, settings: Settings) -> None:
    export_id = begin(crew)
    crew.at_work()
    with_database(crew.url, lambda database: ExportStatusManager(database).request_cancel(export_id))
    until(lambda: ended(crew.url, [export_id]))
    assert details(crew.url, export_id).status == "cancelled"
    until(lambda: not (settings.effective_exports_dir / export_id).exists())
    assert claimed(crew.url) == []


@cases("coordinator")
def test_after_a_killed_coordinator_only_unfinished_partitions_are_done(
    twin: dict[str, bytes], crew: Crew
) -> None:
    export_id = begin(crew)
    crew.at_work()
    mine = f"FROM noted WHERE export_id = '{export_id}'"
    until(lambda: query(crew.url, f"SELECT count(*) {mine}")[0][0] >= 10)
    crew.coordinator().kill()
    crew.add_worker()
    assert_ends_the_same(crew, export_id, twin)
    (attempts,) = query(crew.url, f"SELECT count(DISTINCT attempt) {mine}")
    assert attempts == (2,)


@cases("private")
def test_a_private_export_is_the_same_after_kills_of_a_worker_and_of_its_coordinator(
    private: dict[str, bytes], crew: Crew
) -> None:
    export_id = begin(crew, PRIVATE)
    send(signal.SIGKILL, crew.at_work())
    mine = f"FROM noted WHERE export_id = '{export_id}'"
    until(lambda: query(crew.url, f"SELECT count(*) {mine}")[0][0] >= 10)
    crew.coordinator().kill()
    crew.add_worker()
    assert_ends_the_same(crew, export_id, private)
    attempts = [number for (number,) in query(crew.url, f"SELECT DISTINCT attempt {mine}")]
    assert len(attempts) > 1


def test_a_small_export_is_not_offered(sqlite_url: str, tmp_path: Path) -> None:
    """Its own processes have all of it: others would come too late, and it pays nothing for them."""
    fill_all(sqlite_url, 300)
    execute(sqlite_url, "CREATE TABLE offered (id TEXT)")
    execute(
        sqlite_url,
        "CREATE TRIGGER offered AFTER INSERT ON export_offers BEGIN "
        "INSERT INTO offered (id) VALUES (NEW.export_id); END",
    )
    run_undisturbed(settings_for(sqlite_url, tmp_path / "data", workers=2), CONFIG, tmp_path / "small")
    assert query(sqlite_url, "SELECT * FROM offered") == []


@pytest.mark.slow
@pytest.mark.parametrize("database", list(FIXTURES))
@pytest.mark.parametrize("engine", ["claims", "dask"])
@pytest.mark.parametrize("piece", range(PIECES))
def test_rounds_of_kills_and_stops(settings: Settings, tmp_path: Path, engine: str, piece: int) -> None:
    """Seeded: in each round one process is killed, or stopped past its lease and continued.

    About half of this happens while sequences are built.
    """
    chance = random.Random(SEED + piece)
    url = str(settings.database_url)
    execute(url, "UPDATE log_entries SET device_id = 'device ' || (id % 37)")
    settings = settings.model_copy(update={"sequence_rows": ROWS // SEQUENCE_JOBS})
    alone = settings.model_copy(update={"engine": "pool"})
    twin = run_undisturbed(alone, WITH_SEQUENCES, tmp_path / "twin")
    disturbed: Counter[str] = Counter()
    with crew_of(engine, settings) as crew:
        for _round in range(ROUNDS):
            export_id = begin(crew, WITH_SEQUENCES)
            for _ in range(chance.randint(1, 2)):
                disturbed[disturb(crew, export_id, chance)] += 1
            assert_ends_the_same(crew, export_id, twin)
            execute(url, "DELETE FROM noted")
    _log.warning("%s: %s", engine, dict(disturbed))


def disturb(crew: Crew, export_id: str, chance: random.Random) -> str:
    """Kill or stop a process at a random moment, and replace it if it is dead. Return what was done."""
    what = chance.choice(["kill", "stop", "coordinator"])
    least, is_late = chance.randint(0, ROWS // 20), chance.random() < 0.5
    mine = f"export_id = '{export_id}'"
    done = f"SELECT count(*) FROM noted WHERE {mine}"
    late = f"SELECT count(*) FROM export_jobs WHERE stage = 'call' AND state = 'claimed' AND {mine}"
    asked, needed = (late, 1) if is_late else (done, least)
    until(lambda: ended(crew.url, [export_id]) or query(crew.url, asked)[0][0] >= needed)
    owners = claimed(crew.url)
    stage = "sequences" if query(crew.url, late)[0][0] else "rows"
    if ended(crew.url, [export_id]):
        return "nothing"
    if what == "coordinator":
        holder = crew.coordinator()
        holder.kill()
        crew.workers.remove(holder)
        crew.add_worker()
        return f"{what}, {stage}"
    if not owners:
        return "nothing"
    everyone: list[Any] = [*crew.workers, *crew.cluster]
    victim = next((one for one in everyone if f":{one.pid}-" in owners[0]), None)
    if victim is None:
        return "nothing"
    if what == "kill":
        victim.kill()
        if victim in crew.cluster:
            crew.cluster.remove(victim)
            crew.add_dask_worker()
        else:
            crew.workers.remove(victim)
            crew.add_worker()
        return f"{what}, {stage}"
    send(signal.SIGSTOP, victim.pid)
    time.sleep(chance.uniform(0.5, 2 * LEASE_SECONDS))
    send(signal.SIGCONT, victim.pid)
    return f"{what}, {stage}"
