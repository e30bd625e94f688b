"""The template table of a dataset: mined by the first version of a major one, the same in all later ones."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.open import Dataset
from lumber.dataset.verify import verify_dataset
from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Promises, Status
from lumber.destinations.registry import Probe, add_destination
from lumber.errors import DatasetDamaged
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.preview import preview
from lumber.exports.versions.chain import ChainReport, verify_chain
from lumber.files.expansion import DEFAULT_LIMITS
from lumber.settings import Settings
from lumber.store.models.base import utc_now
from tests.integration.datasets import execute, fill, sqlite_time
from tests.integration.ledgers import with_database
from tests.integration.workers import settings_for

LINES = 60
UNKNOWN = "<unk>"

Export = Callable[..., dict[str, Any]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    fill(url, LINES)
    return settings_for(url, tmp_path / "data")


def add(settings: Settings, message: str, rows: int, second: int = 1_000, end: str = "") -> None:
    """Add lines with this text and a number, from this second on."""
    lines = [(sqlite_time((second + n) * 1_000_000), f"{message} {n}{end}") for n in range(rows)]
    execute(
        settings.effective_database_url, "INSERT INTO log_entries (timestamp, message) VALUES (?, ?)", lines
    )


def run(settings: Settings, **values: Any) -> Path:
    given = {"data_types": ["logs"], "output_format": "parquet", "templates": True, **values}
    config = ExportConfig(dataset="plant", **{"incremental": True, **given})
    done = asyncio.run(DataExporter(config, settings=settings).export_data())
    return settings.effective_exports_dir / done.export_id


@pytest.fixture
def export(settings: Settings) -> Export:
    """Export a version, check that it verifies, and return its manifest with its folder."""

    def exported(**values: Any) -> dict[str, Any]:
        folder = run(settings, **values)
        assert verify_dataset(folder).is_ok
        return {**json.loads((folder / "manifest.json").read_bytes()), "folder": folder}

    return exported


def table_of(manifest: dict[str, Any]) -> dict[str, Any]:
    (found,) = [entry for entry in manifest["files"] if entry["kind"] == "templates"]
    return dict(found)


def ids_of(manifest: dict[str, Any]) -> dict[int, str]:
    rows = Dataset(manifest["folder"]).to_arrow("logs").select(["id", "template_id"]).to_pylist()
    return {row["id"]: row["template_id"] for row in rows}


def logs_of(manifest: dict[str, Any]) -> dict[str, Any]:
    return dict(manifest["dataset"]["kinds"]["logs"])


def check_chain(settings: Settings) -> ChainReport:
    return with_database(
        settings.effective_database_url, lambda database: verify_chain(database, "plant", DEFAULT_LIMITS)
    )


@pytest.mark.parametrize("output_format", ["parquet", pytest.param("csv", marks=pytest.mark.slow)])
def test_an_increment_takes_over_the_table_byte_for_byte_and_reads_only_new_lines(
    settings: Settings, export: Export, output_format: str
) -> None:
    first = export(output_format=output_format)
    add(settings, "disk sda failed with code", 30)
    add(settings, "line", 10, end=" " + "x" * 50)
    second = export(output_format=output_format)
    table = first["folder"] / table_of(first)["path"]
    assert table.samefile(second["folder"] / table_of(second)["path"])
    assert table_of(second)["since"] == 1
    assert (logs_of(second)["mode"], second["plan"]["kinds"]["logs"]["rows"]) == ("append", 40)
    before, now = ids_of(first), ids_of(second)
    assert before.items() < now.items()
    assert [name for id_, name in now.items() if id_ not in before].count(UNKNOWN) == 30
    assert logs_of(second)["templates"] == {"since": 1, "unmatched": 30, "unmatched_added": 30}
    assert logs_of(export(output_format=output_format))["templates"]["unmatched"] == 30
    assert check_chain(settings).is_ok


@pytest.mark.slow
def test_lines_that_are_read_again_keep_their_templates_too(settings: Settings, export: Export) -> None:
    first = export(split={"mode": "time"})
    add(settings, "disk sda failed with code", 30, second=0)
    whole = export(split={"mode": "time"}, incremental=False)
    again = export(split={"mode": "time"}, incremental=False)
    for manifest in (whole, again):
        assert table_of(manifest)["sha256"] == table_of(first)["sha256"]
        assert ids_of(first).items() < ids_of(manifest).items()
    assert logs_of(whole)["mode"] == "whole"
    assert logs_of(whole)["templates"] == {"since": 1, "unmatched": 30, "unmatched_added": 30}
    assert logs_of(again)["templates"] == {"since": 1, "unmatched": 30, "unmatched_added": 0}


@pytest.mark.slow
def test_sequences_are_read_whole_and_have_the_ids_of_the_first_table(
    settings: Settings, export: Export
) -> None:
    first = export(sequences={"mode": "sliding", "size": 5, "step": 5})
    add(settings, "disk sda failed with code", 10)
    second = export(sequences={"mode": "sliding", "size": 5, "step": 5})
    assert logs_of(second)["mode"] == "whole"
    assert logs_of(second)["reason"] == "with sequences, new rows may change what older ones become"
    assert table_of(second)["sha256"] == table_of(first)["sha256"]
    named = Dataset(second["folder"]).to_arrow("sequences").column("template_ids").to_pylist()
    assert {name for each in named for name in each} == {*ids_of(first).values(), UNKNOWN}


@pytest.mark.slow
def test_a_dataset_without_templates_yet_mines_them_as_soon_as_there_are_lines(
    settings: Settings, export: Export
) -> None:
    execute(settings.effective_database_url, "DELETE FROM log_entries")
    first = export()
    add(settings, "disk sda failed with code", 30)
    second = export()
    assert not [entry for entry in first["files"] if entry["kind"] == "templates"]
    assert logs_of(second)["templates"] == {"since": 2, "unmatched": 0, "unmatched_added": 0}
    assert table_of(export())["since"] == 2


@pytest.mark.parametrize("is_gone", [True, False])
def test_without_the_table_of_the_version_before_the_export_says_what_to_do(
    settings: Settings, export: Export, is_gone: bool
) -> None:
    first = export()
    table = first["folder"] / table_of(first)["path"]
    content = table.read_bytes()
    table.chmod(0o644)
    if is_gone:
        table.unlink()
    else:
        table.write_bytes(content[:-1] + b"x")
    with pytest.raises(DatasetDamaged, match=r"The template table of version 1 can't be read.*--new-major"):
        run(settings)
    config = ExportConfig(data_types=["logs"], output_format="parquet", templates=True, dataset="plant")
    found = with_database(
        settings.effective_database_url, lambda database: preview(config, database, settings=settings)
    )
    assert found.version is not None
    assert "The template table of version 1 can't be read" in (found.version.blocked or "")
    table.write_bytes(content)
    assert table_of(export())["since"] == 1
    if is_gone:
        table.unlink()
        again = export(new_major=True)
        assert again["dataset"]["data_version"] == "2.0.0"
        assert table_of(again)["since"] == 3


@pytest.mark.slow
def test_a_lost_folder_is_replaced_by_the_destination(
    settings: Settings, export: Export, tmp_path: Path
) -> None:
    (tmp_path / "lake").mkdir()
    probe = Probe(Status.OK, Promises(True, True, True, True, True), "", utc_now())

    async def register(database: Any) -> None:
        async with database.session() as session:
            address = parse_address(str(tmp_path / "lake"))
            await add_destination(session, "lake", address, DestinationOptions(), Credentials(), probe)

    with_database(settings.effective_database_url, register)
    first = export(destination="lake")
    shutil.rmtree(first["folder"])
    add(settings, "disk sda failed with code", 30)
    second = export(destination="lake")
    assert table_of(second)["sha256"] == table_of(first)["sha256"]
    assert list(ids_of(second).values()).count(UNKNOWN) == 30


@pytest.mark.slow
def test_the_table_of_a_version_of_an_earlier_program_is_taken_over(
    settings: Settings, export: Export
) -> None:
    """Its record says nothing of templates, so the manifest must be the one that was published."""
    first = export()
    earlier = "UPDATE dataset_versions SET frozen = json_remove(frozen, '$.templates', '$.masks_version')"
    execute(settings.effective_database_url, earlier)
    add(settings, "disk sda failed with code", 30)
    second = export()
    assert (table_of(second)["sha256"], logs_of(second)["mode"]) == (table_of(first)["sha256"], "append")
    execute(settings.effective_database_url, earlier)
    manifest = second["folder"] / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    with pytest.raises(DatasetDamaged, match="the manifest isn't the one that was published"):
        run(settings)


def test_another_table_breaks_the_chain(settings: Settings, export: Export) -> None:
    export()
    export()
    other = (
        "UPDATE dataset_versions SET frozen = json_set(frozen, '$.templates.sha256', 'x') WHERE number = 1"
    )
    execute(settings.effective_database_url, other)
    (problem,) = check_chain(settings).problems
    assert problem.problem == "its template table isn't that of v1, which it continues"


def test_a_new_major_version_that_was_asked_for_mines_again(settings: Settings, export: Export) -> None:
    first = export()
    add(settings, "disk sda failed with code", 30)
    second = export(new_major=True)
    assert second["dataset"]["data_version"] == "2.0.0"
    assert second["dataset"]["reason"] == "a new major version was asked for"
    assert logs_of(second)["templates"] == {"since": 2, "unmatched": 0, "unmatched_added": 0}
    assert table_of(second)["sha256"] != table_of(first)["sha256"]
    third = export()
    assert third["dataset"]["data_version"] == "2.0.1"
    assert table_of(third)["since"] == 2
    assert check_chain(settings).is_ok
