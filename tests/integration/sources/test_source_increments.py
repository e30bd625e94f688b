"""Versions of a source's rows: only new ones are read if rows are only added; other changes are noticed."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lumber.exports import ExportConfig
from lumber.sources.adding import keep, register
from lumber.sources.mapping import parse_mapping
from lumber.sources.password import Password
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.attempts import attempting
from tests.integration.datasets import execute, query, sqlite_path
from tests.integration.ledgers import with_database
from tests.integration.sources.public_schemas import BUILD_MAPPING, add_builds, make_builds
from tests.integration.sources.rsyslog import write_mapping
from tests.integration.workers import create, settings_for

BUDGET_REASON = "Each version is an export by a command, and their chain is verified."

Call = Callable[..., Any]
NAME = "ci"


@pytest.fixture
def call(tmp_path: Path) -> Call:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_tables(url)

    def run(*arguments: object, code: int = 0) -> Any:
        done = lumber(
            *arguments,
            *("--database-url", url, "--json"),
            LUMBER_DATA_DIR=tmp_path / "data",
            LUMBER_WORKERS=2,
            LUMBER_PARTITION_ROWS=1_000,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout)

    return run


def version(call: Call) -> dict[str, Any]:
    """Make the next version, and return what its manifest says about it."""
    done = call("export", "-d", "ci_runs", "--source", "plant", "--dataset", NAME, "--incremental")
    manifest = json.loads((Path(done["path"]) / "manifest.json").read_text())
    section: dict[str, Any] = manifest["dataset"]
    return {**section, **section["kinds"]["ci_runs"], "top": section.get("reason")}


def require_chain(call: Call) -> None:
    checked = call("verify", "--chain", NAME)
    assert checked["ok"], checked
    assert checked["compared"] == ["ci_runs"]


def test_an_increment_reads_new_rows_only_and_any_other_change_reads_all(
    call: Call, empty_database_url: str, tmp_path: Path
) -> None:
    url, is_sqlite = empty_database_url, empty_database_url.startswith("sqlite")
    make_builds(url)
    add_builds(url, 1_001, 2_500)
    call("source", "add", "plant", "--url", url)
    call("source", "map", "plant", write_mapping(tmp_path, BUILD_MAPPING))
    assert version(call)["mode"] == "whole"
    add_builds(url, 3_501, 700)
    preview = call("preview", "-d", "ci_runs", "--source", "plant", "--dataset", NAME, "--incremental")
    assert preview["kinds"]["ci_runs"]["rows"] == 700
    second = version(call)
    assert (second["mode"], second["added"], second["number"]) == ("append", 600, 2)
    require_chain(call)
    nothing = version(call)
    assert (nothing["mode"], nothing["added"]) == ("append", 0)

    add_builds(url, 1, 7)  # as of a transaction that committed late
    late = version(call)
    assert (late["mode"], late["added"], late["removed"]) == ("whole", 6, 0)
    assert late["reason"] == "the table has 7 rows more of those that version 3 read"
    require_chain(call)

    execute(url, "UPDATE builds SET state_string = 'other' WHERE id = 3")
    changed = version(call)
    if is_sqlite:
        assert changed["mode"] == "append"
    else:
        assert (changed["mode"], changed["changed"]) == ("whole", 1)
        assert changed["reason"] == "rows that version 4 read were changed or replaced"
    execute(url, "DELETE FROM builds WHERE id = 4")
    removed = version(call)
    assert (removed["mode"], removed["removed"]) == ("whole", 1)

    if is_sqlite:
        path = sqlite_path(url)
        shutil.copy(path, path.with_suffix(".copy"))
        path.with_suffix(".copy").replace(path)
    else:
        execute(url, "CREATE TABLE again AS SELECT * FROM builds")
        execute(url, "DROP TABLE builds")
        execute(url, "ALTER TABLE again RENAME TO builds")
    other = version(call)
    assert other["mode"] == "whole"
    assert ("another file" if is_sqlite else "tables were dropped and made again") in other["top"]

    call("source", "map", "plant", write_mapping(tmp_path, BUILD_MAPPING.replace("append_only", "snapshot")))
    whole = version(call)
    assert (whole["mode"], whole["added"], whole["changed"]) == ("whole", 0, 0)
    assert whole["reason"] == "its mapping promises snapshot only, so rows that were read may have changed"
    checked = call("verify", "--chain", NAME)
    assert checked["ok"], checked
    assert checked["compared"] == []


@pytest.mark.parametrize(
    "fixture",
    ["empty_postgres_url", pytest.param("empty_sqlite_url", marks=pytest.mark.slow)],
)
def test_increments_while_others_write(
    call: Call, fixture: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """SQLite has one writer at a time; on PostgreSQL, transactions may commit in another order."""
    url: str = request.getfixturevalue(fixture)
    if url.startswith("sqlite"):
        execute(url, "PRAGMA journal_mode = WAL")
    make_builds(url)
    add_builds(url, 1, 1_500)
    call("source", "add", "plant", "--url", url)
    call("source", "map", "plant", write_mapping(tmp_path, BUILD_MAPPING))
    stop, last = threading.Event(), [1_500]

    def write() -> None:
        # Each increment compares with all rows before it: without a pause there would be ever more.
        while not stop.wait(0.05):
            add_builds(url, last[-1] + 1, 25)
            last.append(last[-1] + 25)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [version(call) for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    found.append(version(call))
    assert [each["mode"] for each in found] == ["whole", "append", "append", "append"]
    # Every seventh build is rejected.
    assert sum(each["added"] for each in found) == last[-1] - last[-1] // 7
    require_chain(call)


@pytest.mark.parametrize("step", [4, pytest.param(12, marks=pytest.mark.slow)])
def test_an_increment_that_is_killed_goes_on(
    sqlite_url: str, empty_either_url: str, tmp_path: Path, step: int
) -> None:
    make_builds(empty_either_url)
    add_builds(empty_either_url, 1, 600)

    async def prepare(database: Any) -> None:
        await register(database, "plant", DatabaseUrl.parse(empty_either_url), Password())
        await keep(database, "plant", parse_mapping(BUILD_MAPPING))

    with_database(sqlite_url, prepare)
    settings = settings_for(sqlite_url, tmp_path / "data")
    config = ExportConfig(
        data_types=["ci_runs"],
        output_format="jsonl",
        batch_size=50,
        source="plant",
        dataset=NAME,
        incremental=True,
    )
    with attempting() as attempt:
        create(sqlite_url, [config])
        assert attempt(settings)[0] == 0
        add_builds(empty_either_url, 601, 400)
        (export_id,) = create(sqlite_url, [config])
        assert attempt(settings, step)[0] == 9
        add_builds(empty_either_url, 1_001, 300)
        code, output = attempt(settings)
        assert code == 0, output
    manifest = json.loads((settings.effective_exports_dir / export_id / "manifest.json").read_text())
    section = manifest["dataset"]["kinds"]["ci_runs"]
    assert section["mode"] == "append"
    last = manifest["dataset"]["watermark"]["max_ids"]["ci_runs"]
    assert last in (1_000, 1_300)
    assert manifest["kinds"]["ci_runs"]["read"] == last
    checked = lumber("verify", "--chain", NAME, "--database-url", sqlite_url, "--json")
    assert json.loads(checked.stdout)["ok"], checked.stdout
    assert query(sqlite_url, "SELECT count(*) FROM dataset_versions WHERE state = 'published'") == [(2,)]
