"""A later attempt runs the first passes again: they must find what finished partitions were made with."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from lumber.errors import ExportHandedBack
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.attempt import ExportRun
from lumber.exports.progress import ExportProgress
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import contents, execute, query
from tests.integration.workers import (
    assert_complete,
    create,
    details,
    fill_all,
    run_undisturbed,
    settings_for,
)
from tests.unit.privacy.rules import KEY

BUDGET_REASON = "Exports with first passes stop, continue, and are compared with undisturbed ones."
ROWS = 600
# The lines of the first partition that only it has.
SPECIAL = 40
FITS: dict[str, dict[str, Any]] = {
    "templates": {"templates": {}},
    "sample": {"sample": {"rows": 300}},
    "known": {"privacy": {"known_values": True}},
    "strata": {"split": {"mode": "group", "stratify": "log_level"}},
    "all": {
        "templates": {},
        "sample": {"share": 0.5, "stratify": "log_level"},
        "split": {"mode": "group", "stratify": "log_level"},
    },
}
FINISHED = "SELECT kind, ordinal, attempt FROM export_partitions ORDER BY kind, ordinal"
DELETED = f"DELETE FROM log_entries WHERE id <= {SPECIAL}"


def some(*quick: str) -> list[Any]:
    """Return every fit as a parameter; `make test` takes some."""
    return [pytest.param(name, marks=() if name in quick else pytest.mark.slow) for name in FITS]


@pytest.fixture
def settings(either_database_url: str, tmp_path: Path) -> Settings:
    """Settings of a database with rows: in seven partitions, the first with lines that others don't have."""
    url = either_database_url
    fill_all(url, ROWS)
    execute(url, "UPDATE log_entries SET device_id = 'd' || (id / 10), log_level = 'INFO'")
    special = "message = 'only at the beginning', log_level = 'ERROR'"
    execute(url, f"UPDATE log_entries SET {special} WHERE id <= {SPECIAL}")
    # A host and a user of the first lines, named in others.
    user = """device_id = 'zeusbox', structured_data = '{"user":"alice7"}'"""
    execute(url, f"UPDATE log_entries SET {user} WHERE id <= {SPECIAL} AND id % 2 = 0")
    execute(url, "UPDATE log_entries SET message = 'zeusbox ran for alice7' WHERE id % 50 = 49")
    return settings_for(url, tmp_path / "data", privacy_key=SecretStr(KEY.hex()))


def config_of(**values: Any) -> ExportConfig:
    return ExportConfig(data_types=["logs", "ips"], output_format="jsonl", **values)


def attempt(settings: Settings, *, is_last: bool = False) -> None:
    """Make an attempt at what waits. Unless it is the last, it stops when all partitions are finished."""

    def stop(progress: ExportProgress) -> None:
        if progress.phase == "packing" and not is_last:
            raise ExportHandedBack("The test stops this attempt.")

    async def run() -> None:
        database = open_database(DatabaseUrl.parse(settings.effective_database_url))
        try:
            claim = await ExportStatusManager(database).claim_next("test", 600, max_attempts=10)
            assert claim is not None
            with suppress(ExportHandedBack):
                await ExportRun(claim, database, settings, on_progress=stop).run()
        finally:
            await database.close()

    asyncio.run(run())


def begun(settings: Settings, config: ExportConfig, *, is_finished: bool = False) -> str:
    """Begin an export, stop it when one partition of its logs is finished, or all are, and return its id."""
    url = settings.effective_database_url
    (export_id,) = create(url, [config])
    attempt(settings)
    if not is_finished:
        execute(url, "DELETE FROM export_partitions WHERE kind = 'logs' AND ordinal > 0")
    return export_id


@pytest.mark.parametrize("fit", some("templates", "sample"))
def test_an_export_begins_anew_when_rows_of_its_first_pass_went(
    fit: str, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url, config = settings.effective_database_url, config_of(**FITS[fit])
    export_id = begun(settings, config)
    execute(url, DELETED)
    attempt(settings, is_last=True)
    assert_complete(url, settings, export_id, run_undisturbed(settings, config, tmp_path / "twin"))
    assert [one.outcome for one in details(url, export_id).attempts] == ["handed_back", "completed"]
    assert f"Export {export_id} begins anew: rows changed" in caplog.text


@pytest.mark.parametrize("fit", some("all", "known"))
def test_an_export_keeps_finished_partitions_when_its_first_pass_finds_the_same(
    fit: str, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url, config = settings.effective_database_url, config_of(**FITS[fit])
    twin = run_undisturbed(settings, config, tmp_path / "twin")
    export_id = begun(settings, config)
    attempt(settings)
    logs = [("logs", ordinal, 1 if ordinal == 0 else 2) for ordinal in range(ROWS // 100)]
    assert query(url, FINISHED) == [("ips", 0, 1), *logs]
    attempt(settings, is_last=True)
    assert "begins anew" not in caplog.text
    assert_complete(url, settings, export_id, twin)


def test_the_table_of_templates_fits_the_finished_partitions(settings: Settings, tmp_path: Path) -> None:
    url, config = settings.effective_database_url, config_of(templates={})
    export_id = begun(settings, config, is_finished=True)
    execute(url, DELETED)
    attempt(settings, is_last=True)
    assert_complete(url, settings, export_id, run_undisturbed(settings, config, tmp_path / "twin"))


@pytest.mark.parametrize("fit", ["sample", pytest.param("strata", marks=pytest.mark.slow)])
def test_finished_partitions_are_kept_when_nothing_else_needs_the_first_pass(
    fit: str, settings: Settings, tmp_path: Path
) -> None:
    url, config = settings.effective_database_url, config_of(**FITS[fit])
    twin = run_undisturbed(settings, config, tmp_path / "twin")
    export_id = begun(settings, config, is_finished=True)
    execute(url, DELETED)
    attempt(settings, is_last=True)
    assert_complete(url, settings, export_id, twin)


def test_strata_of_all_kinds_are_of_one_moment(settings: Settings, tmp_path: Path) -> None:
    """All partitions of one kind are finished, but the rows of all kinds decide about the groups."""
    url, config = settings.effective_database_url, config_of(**FITS["strata"])
    export_id = begun(settings, config)
    execute(url, "DELETE FROM export_partitions WHERE kind = 'logs'")
    execute(url, "UPDATE log_entries SET log_level = 'INFO'")
    attempt(settings)
    assert {number for _, _, number in query(url, FINISHED)} == {2}
    attempt(settings, is_last=True)
    assert_complete(url, settings, export_id, run_undisturbed(settings, config, tmp_path / "twin"))


@pytest.mark.parametrize(("fit", "is_kept"), [("templates", True), ("strata", False)])
def test_partitions_of_an_earlier_version_are_kept_as_they_were(
    fit: str, is_kept: bool, settings: Settings, tmp_path: Path
) -> None:
    """Their results have no digest. Strata were never continued."""
    url, config = settings.effective_database_url, config_of(**FITS[fit])
    twin = run_undisturbed(settings, config, tmp_path / "twin")
    export_id = begun(settings, config)
    is_sqlite = url.startswith("sqlite")
    before = "json_remove(result, '$.fit_digest')" if is_sqlite else "(result::jsonb - 'fit_digest')::text"
    execute(url, f"UPDATE export_partitions SET result = {before}")
    attempt(settings)
    assert query(url, FINISHED)[1] == ("logs", 0, 1 if is_kept else 2)
    attempt(settings, is_last=True)
    assert_complete(url, settings, export_id, twin)


def test_staged_files_of_an_attempt_that_is_given_up_are_removed(settings: Settings) -> None:
    url = settings.effective_database_url
    export_id = begun(settings, config_of(**FITS["sample"]))
    execute(url, DELETED)
    attempt(settings)
    (staging,) = (settings.effective_exports_dir / export_id).glob(f".lumber-staging/{export_id}.*")
    results = [json.loads(text) for (text,) in query(url, "SELECT result FROM export_partitions")]
    assert contents(staging).keys() == {shard["name"] for result in results for shard in result["shards"]}
