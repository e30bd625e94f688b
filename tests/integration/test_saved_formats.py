"""`lumber formats`: formats that are saved under a name, tested and used."""

import asyncio
import json
import shlex
from pathlib import Path

import pytest

from lumber.ingest.formats.definition import FormatDefinition
from lumber.ingest.formats.saved import list_formats, save_format
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.commands import lumber
from tests.integration.test_ingest import rows

PATTERN = r"%{DATESTAMP:time} \[(?P<level>[A-Z]+)\] %{GREEDYDATA:message}"
LINE = "01/03/2024 10:00:00 [WARN] it's late\n"


@pytest.fixture
def formats(database_url: str, tmp_path: Path):
    """Run a command with the database of the test."""
    (tmp_path / "shop.log").write_text(LINE + "noise\n")

    def call(*arguments: object):
        return lumber(*arguments, "--database-url", database_url, LUMBER_DATA_DIR=tmp_path)

    return call


def test_a_format_is_saved_tested_used_and_deleted(formats, database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    options = ("--pattern", PATTERN, "--time-format", "%d/%m/%Y %T", "--timezone", "+01:00")
    saved = formats("formats", "add", "shop", *options)
    assert (saved.returncode, saved.stdout.splitlines()[0]) == (0, "Saved the format shop."), saved.stderr
    assert "shop  logs  %{DATESTAMP:time} \\[(?P<level>" in formats("formats", "list").stdout
    tested = formats("formats", "test", "shop", log)
    assert "2 lines, 1 would be loaded, 1 rejected" in tested.stdout
    assert formats("ingest", "logs", log, "--format", "shop").returncode == 0
    found = rows(
        database_url, "SELECT log_level, message, source_id, reading FROM log_entries, ingest_sources"
    )
    [(level, message, source_id, reading)] = found
    assert (level, message) == ("WARNING", "it's late")
    assert json.loads(reading) == {
        "saved_format": "shop", "pattern": PATTERN, "time_format": "%d/%m/%Y %T", "timezone": "+01:00"
    }  # fmt: skip
    shown = formats("formats", "show", "shop").stdout
    assert shlex.split(shown.splitlines()[-1].partition(": ")[2]) == [
        "lumber",
        "formats",
        "add",
        "shop",
        *options,
    ]
    assert formats("formats", "delete", "shop").returncode == 0
    again = formats("ingest", "logs", log, "--format", "shop")
    assert (again.returncode, "no format is saved under this name" in again.stderr) == (3, True)
    assert '"saved_format": "shop"' in formats("loads", "show", source_id).stdout


def test_options_override_a_saved_format(formats, database_url: str, tmp_path: Path) -> None:
    formats("formats", "add", "shop", "--pattern", PATTERN, "--time-format", "%d/%m/%Y %T")
    done = formats(
        "ingest", "logs", tmp_path / "shop.log", "--format", "shop", "--time-format", "%m/%d/%Y %T",
        "--map", "process_name=level", "--dry-run", "--json",
    )  # fmt: skip
    [row] = json.loads(done.stdout)["sources"][0]["rows"]
    assert (row["timestamp"], row["process_name"]) == ("2024-01-03T10:00:00+00:00", "WARN")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("add", "csv", "--pattern", PATTERN), 3, "'csv' is a built-in format"),
        (("add", "Shop", "--pattern", PATTERN), 3, "'Shop' can't name a format"),
        (("add", "shop"), 3, "is required, unless the format has map or time_format"),
        (("add", "shop", "--pattern", "%{IP:a}("), 3, "column 8: unclosed group\n  %{IP:a}(\n         ^"),
        (("add", "taken", "--pattern", PATTERN), 3, "use --replace"),
        (("show", "shop"), 4, "There is no saved format 'shop'"),
        (("delete", "shop"), 4, "There is no saved format 'shop'"),
        (("test", "shop", "x.log"), 4, "There is no saved format 'shop'"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_one_clear_error(sqlite_url: str, tmp_path: Path, arguments, code, words) -> None:
    def call(*command: object):
        return lumber("formats", *command, "--database-url", sqlite_url, LUMBER_DATA_DIR=tmp_path)

    assert call("add", "taken", "--map", "message=x").returncode == 0
    done = call(*arguments)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert call("add", "taken", "--map", "message=y", "--replace").returncode == 0


async def test_requests_can_save_one_new_name_at_the_same_time(database_url: str) -> None:
    definitions = [FormatDefinition(time_format=f"{number} %Y-%m-%d %T") for number in range(8)]
    database = open_database(DatabaseUrl.parse(database_url))
    try:
        saved = await asyncio.gather(*(save_format(database, "shop", each) for each in definitions))
        [found] = await list_formats(database)
    finally:
        await database.close()
    assert [each.definition for each in saved] == definitions
    assert found.definition in definitions
