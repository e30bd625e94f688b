"""An attempt that dies at any step: the next one goes on, and ends with the same bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lumber.dataset.layout import is_sketch
from lumber.exports import ExportConfig
from lumber.exports.gates.gate import parse_gate
from lumber.exports.gates.stored import set_gate
from lumber.exports.versions.chain import verify_chain
from lumber.files.expansion import DEFAULT_LIMITS
from lumber.notices.document import NoticeDocument
from lumber.notices.stored import create_notice
from lumber.settings import Settings
from lumber.store.database import Database
from tests.integration.attempts import Attempts, attempting
from tests.integration.datasets import STAGING, contents, execute, query, read_dataset
from tests.integration.ledgers import with_database
from tests.integration.workers import (
    assert_complete,
    create,
    details,
    fill_all,
    run_undisturbed,
    settings_for,
)

BUDGET_REASON = "An export dies at many steps, and each attempt is a process that starts its own workers."

ROWS = 600
CONFIG = ExportConfig(
    data_types=["logs", "ips"], output_format="csv", batch_size=50, filters={"message": {"ne": "line 7"}}
)


@pytest.fixture(scope="module")
def attempt() -> Iterator[Attempts]:
    """What makes attempts."""
    with attempting() as attempts:
        yield attempts


@pytest.fixture
def undisturbed(sqlite_url: str, tmp_path: Path) -> tuple[Settings, dict[str, bytes]]:
    """Settings of a database with rows, and what the export of them is."""
    fill_all(sqlite_url, ROWS)
    settings = settings_for(sqlite_url, tmp_path / "data")
    return settings, run_undisturbed(settings, CONFIG, tmp_path / "twin")


@pytest.mark.parametrize("stride", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_an_export_that_dies_at_every_step_in_turn_ends_the_same(
    undisturbed: tuple[Settings, dict[str, bytes]], attempt: Attempts, stride: int
) -> None:
    assert_dies_and_ends_the_same(attempt, *undisturbed, CONFIG, stride)


@pytest.mark.parametrize("stride", [30, pytest.param(1, marks=pytest.mark.slow)])
def test_an_export_in_folders_that_dies_ends_the_same(
    undisturbed: tuple[Settings, dict[str, bytes]], attempt: Attempts, tmp_path: Path, stride: int
) -> None:
    settings, _ = undisturbed
    config = CONFIG.model_copy(update={"partition_by": "date"})
    twin = run_undisturbed(settings, config, tmp_path / "in-folders")
    assert any("/date=" in path for path in twin)
    assert_dies_and_ends_the_same(attempt, settings, twin, config, stride)


def assert_dies_and_ends_the_same(
    attempt: Attempts, settings: Settings, twin: dict[str, bytes], config: ExportConfig, stride: int
) -> None:
    """Check one export, whose attempts die some steps later each time, through the whole commit."""
    (whole,) = create(settings.database_url, [config])
    steps = int(attempt(settings)[1])
    assert steps >= 12  # folder, lock, staging, three reports, commit list, four moves, manifest
    (export_id,) = create(settings.database_url, [config])
    deaths = 0
    for at in range(1, steps + 1, stride):
        code, output = attempt(settings, at)
        if code == 0:
            break
        assert code == 9, output
        deaths += 1
        folder = settings.effective_exports_dir / export_id
        if (folder / "manifest.json").exists():
            assert twin.items() <= contents(folder).items()
    else:
        assert attempt(settings)[0] == 0
    assert deaths >= 10 // stride
    for one in (whole, export_id):
        assert_complete(settings.database_url, settings, one, twin)
    outcomes = [item.outcome for item in details(settings.database_url, export_id).attempts]
    assert outcomes == ["lost"] * deaths + ["completed"]


def test_a_later_attempt_sees_the_rows_of_the_first_plan(
    undisturbed: tuple[Settings, dict[str, bytes]], attempt: Attempts
) -> None:
    settings, twin = undisturbed
    url = settings.database_url
    (export_id,) = create(url, [CONFIG])
    assert attempt(settings, 12)[0] == 9  # in the commit: everything is read
    assert query(url, "SELECT count(*) FROM export_partitions")[0][0] == 7
    execute(url, "INSERT INTO log_entries (timestamp, message) VALUES (1767225600000001, 'late')")
    execute(url, "UPDATE ip_addresses SET risk_score = 99")
    assert attempt(settings)[0] == 0
    assert_complete(url, settings, export_id, twin)


@pytest.mark.parametrize("loss", [pytest.param("file", marks=pytest.mark.slow), "cut", "rows", "times"])
def test_an_export_begins_anew_when_what_was_finished_is_gone(
    loss: str, undisturbed: tuple[Settings, dict[str, bytes]], attempt: Attempts
) -> None:
    settings, twin = undisturbed
    url = settings.database_url
    (export_id,) = create(url, [CONFIG])
    assert attempt(settings, 12)[0] == 9
    (staging,) = (settings.effective_exports_dir / export_id / STAGING).glob(f"{export_id}.*")
    shard = min(staging.glob("logs-p*.csv"))
    if loss == "file":
        shard.unlink()
    elif loss == "cut":
        shard.write_bytes(shard.read_bytes()[:-1])
    elif loss == "times":  # as an earlier version wrote it
        old = """replace(result, '"times":{', '"gaps":{')"""
        execute(url, f"UPDATE export_partitions SET result = {old}")
    else:
        old = """replace(plan, '"schema_hashes":{"ips":"', '"schema_hashes":{"ips":"old')"""
        execute(url, f"UPDATE exports SET plan = {old}")
    assert attempt(settings)[0] == 0
    assert_complete(url, settings, export_id, twin)


@pytest.mark.parametrize(
    "shares", [(0.5,), pytest.param((0.0, 0.2, 0.4, 0.6, 0.8), marks=pytest.mark.slow)], ids=len
)
def test_what_follows_the_partitions_is_made_again(
    sqlite_url: str, attempt: Attempts, tmp_path: Path, shares: tuple[float, ...]
) -> None:
    """Runs and events wait in staging for the jobs that make shuffled shards and sequences of them."""
    fill_all(sqlite_url, ROWS)
    settings = settings_for(sqlite_url, tmp_path / "data", sequence_rows=ROWS // 3)
    config = ExportConfig(
        data_types=["logs"],
        output_format="jsonl",
        split={"mode": "time"},
        order="shuffle",
        sequences={"size": 5},
        sample={"rows": 500},
    )
    twin = run_undisturbed(settings, config, tmp_path / "twin")
    assert any(name.startswith("sequences/") for name in twin)
    (whole,) = create(sqlite_url, [config])
    steps = int(attempt(settings)[1])
    (export_id,) = create(sqlite_url, [config])
    for share in shares:
        assert attempt(settings, 3 + int(share * steps))[0] == 9
    assert query(sqlite_url, "SELECT count(*) FROM export_partitions")[0][0] == 6
    assert attempt(settings)[0] == 0
    for one in (whole, export_id):
        assert_complete(sqlite_url, settings, one, twin)


@pytest.mark.parametrize("is_finished", [True, False])
def test_labels_are_of_one_moment_also_when_an_attempt_died_among_them(
    is_finished: bool, sqlite_url: str, attempt: Attempts, tmp_path: Path
) -> None:
    fill_all(sqlite_url, ROWS)
    settings = settings_for(sqlite_url, tmp_path / "data")
    config = ExportConfig(data_types=["logs"], output_format="jsonl", labels=True)
    (export_id,) = create(sqlite_url, [config])
    assert attempt(settings, 12)[0] == 9  # in the commit: everything is read
    if not is_finished:
        execute(sqlite_url, "DELETE FROM export_partitions WHERE ordinal = 0")
    execute(sqlite_url, "UPDATE anomaly_detections SET verdict = 'false_positive'")
    assert attempt(settings)[0] == 0
    rows = read_dataset(settings.effective_exports_dir / export_id)
    found = [row["label"] for row in rows]
    expected = 1 if is_finished else 0
    assert found.count(expected) == ROWS // 10
    assert found.count(None) == ROWS - ROWS // 10


@pytest.mark.parametrize("stride", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_an_increment_that_dies_at_every_step_adds_each_row_once(
    sqlite_url: str, tmp_path: Path, attempt: Attempts, stride: int
) -> None:
    """An attempt may die after its commit: the ledger then gets the version from what is there."""
    fill_all(sqlite_url, ROWS)
    settings = settings_for(sqlite_url, tmp_path / "data")
    config = ExportConfig(
        data_types=["logs", "ips"], output_format="jsonl", dataset="plant", incremental=True
    )
    undisturbed = config.model_copy(update={"dataset": "undisturbed"})
    for each in (config, undisturbed):
        create(sqlite_url, [each])
        assert attempt(settings)[0] == 0
    more = "SELECT id + 10000, timestamp, message FROM log_entries WHERE id <= 50"
    execute(sqlite_url, f"INSERT INTO log_entries (id, timestamp, message) {more}")
    (twin,) = create(sqlite_url, [undisturbed])
    assert attempt(settings)[0] == 0
    (export_id,) = create(sqlite_url, [config])
    for at in range(1, 1000, stride):
        code, output = attempt(settings, at)
        if code == 0:
            break
        assert code == 9, output
    assert at > 9
    assert details(sqlite_url, export_id).status == "completed"
    report = with_database(sqlite_url, lambda database: verify_chain(database, "plant", DEFAULT_LIMITS))
    assert report.problems == []
    assert (report.versions, report.rows["logs"]) == (2, ROWS + 50)
    found, expected = (
        {path: content for path, content in contents(folder).items() if is_sketch(path)}
        for folder in (settings.effective_exports_dir / export_id, settings.effective_exports_dir / twin)
    )
    assert sorted(expected) == [
        "sketches.json",
        "sketches/ips-00001.jsonl.gz",
        "sketches/logs-00001.jsonl.gz",
        "sketches/logs-00002.jsonl.gz",
    ]
    assert found == expected


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_a_version_whose_attempts_die_around_the_verdict_is_held_once(
    sqlite_url: str, tmp_path: Path, attempt: Attempts, stride: int
) -> None:
    """The gate judges again after each death; nothing becomes the latest, and notices are sent once."""
    fill_all(sqlite_url, ROWS)
    settings = settings_for(sqlite_url, tmp_path / "data")
    config = ExportConfig(data_types=["logs"], output_format="jsonl", dataset="plant", incremental=True)
    create(sqlite_url, [config])
    assert attempt(settings)[0] == 0
    with_database(sqlite_url, prepare_to_hold)
    more = "SELECT id + 10000, timestamp, message FROM log_entries WHERE id <= 50"
    execute(sqlite_url, f"INSERT INTO log_entries (id, timestamp, message) {more}")
    (export_id,) = create(sqlite_url, [config])
    deaths = 0
    for at in range(1, 1000, stride):
        code, output = attempt(settings, at, "ledger")
        known = query(sqlite_url, "SELECT number FROM dataset_versions WHERE state = 'published'")
        assert known == [(1,)]
        # All that tells of the end is there with it, or not at all.
        is_done = details(sqlite_url, export_id).status == "completed"
        assert ends(sqlite_url) == (ONE_END if is_done else ([], [], []))
        if code == 0:
            break
        assert code == 9, output
        deaths += 1
    assert deaths >= 10 // stride
    assert details(sqlite_url, export_id).status == "completed"
    assert ends(sqlite_url) == ONE_END


# The held version, the notices about it, and the lines of the audit trail.
ONE_END = ([(2,)], [("completed", 1), ("held", 1)], [("version_held", 1)])


def ends(url: str) -> tuple[list[tuple[object, ...]], ...]:
    """Return what tells of the end of a held version."""
    held = query(url, "SELECT number FROM dataset_versions WHERE state = 'held'")
    sent = query(url, "SELECT event, count(*) FROM notice_deliveries GROUP BY event ORDER BY event")
    told = query(
        url, "SELECT action, count(*) FROM audit_lines WHERE action = 'version_held' GROUP BY action"
    )
    return held, sent, told


async def prepare_to_hold(database: Database) -> None:
    """Let the next version be held, and a notice tell of it."""
    document = NoticeDocument(
        name="team", channel="email", to=["team@example.org"], events=["completed", "held"]
    )
    async with database.session() as session:
        await set_gate(session, "plant", parse_gate({"rows": {"max": 49}}))
        await create_notice(session, document)
