"""An export over a source: chosen in the form, previewed, refused if it is wrong, and completed."""

import json
import re
from pathlib import Path
from typing import Any

import polars
import pytest
from playwright.sync_api import Page, expect

import lumber as library
from tests.clones import make_tables
from tests.commands import lumber
from tests.e2e.service import Site, aside, site_of
from tests.e2e.test_growing_datasets import looked_at
from tests.integration.datasets import execute
from tests.integration.sources.public_schemas import BUILD_MAPPING, add_builds, make_builds
from tests.integration.sources.rsyslog import MAPPING, make_events
from tests.integration.sources.test_source_exports import FINDINGS

BUDGET_REASON = "Each export is asked for in a real browser, and one form is looked at by axe."

ROWS = 400
KEY = "9f4c1e7ab2d85036cc17f0e9a45b38d1720e6d935a1bfc48d0e7315f2a86c9b4"
# What their detector says about lines of host1, and about one that no export here has.
FOUND = (6, 11, 86, 7)
EXTRA = '\n[extra]\nfacility = "Facility"\n'


@pytest.fixture
def plant(tmp_path: Path) -> str:
    """A ledger with a source that has log lines, and builds: a data type of its own."""
    ledger, url = f"sqlite:///{tmp_path / 'ledger.db'}", f"sqlite:///{tmp_path / 'plant.db'}"
    make_tables(ledger)
    make_events(url, ROWS)
    make_builds(url)
    add_builds(url, 1, ROWS)
    execute(
        url,
        "CREATE TABLE findings (n integer PRIMARY KEY, at text NOT NULL, what text, host text, event bigint, "
        "score real)",
    )
    execute(
        url,
        "INSERT INTO findings SELECT ID, ReceivedAt, 'burst', FromHost || '/3', ID, 0.9 FROM SystemEvents "
        f"WHERE ID IN {FOUND}",
    )
    run(ledger, "add", "plant", "--url", url)
    for number, text in enumerate((MAPPING + EXTRA, BUILD_MAPPING, FINDINGS)):
        file = tmp_path / f"{number}.toml"
        file.write_text(text)
        run(ledger, "map", "plant", file)
    return ledger


def run(ledger: str, *arguments: object) -> None:
    done = aside(lumber, "source", *arguments, "--database-url", ledger)
    assert done.returncode == 0, done.stderr


def choose(page: Page) -> None:
    """Choose the source."""
    page.get_by_role("combobox", name="Rows from").click()
    page.get_by_role("option", name="plant (SQLite)").click()


def started(page: Page, site: Site) -> tuple[dict[str, Any], dict[str, Any]]:
    """Start the export; return its record and its manifest once it is complete."""
    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    record = site.call(f"/export/{page.url.rsplit('/', 1)[-1]}")
    assert record["status"] == "completed"
    return record, json.loads((Path(record["path"]) / "manifest.json").read_text())


def test_a_data_type_of_ones_own_is_exported_and_a_form_without_one_is_refused(
    page: Page, plant: str, tmp_path: Path
) -> None:
    with site_of(plant, tmp_path) as site:
        page.goto(site.address)
        choose(page)
        page.get_by_role("checkbox", name="Logs").uncheck()
        page.get_by_role("button", name="Start export").click()
        expect(page.get_by_text("Choose at least one data type.", exact=True)).to_be_visible()
        page.get_by_role("checkbox", name="CI runs").check()
        preview = page.get_by_role("region", name="Preview of ci_runs")
        expect(preview).to_contain_text("append_only has held since")
        record, manifest = started(page, site)
        assert manifest["plan"]["source"]["name"] == "plant"
        assert record["record_count"] == ROWS - ROWS // 7


def test_rows_of_a_source_are_filtered_split_labelled_and_made_private(
    page: Page, plant: str, tmp_path: Path
) -> None:
    with site_of(plant, tmp_path, LUMBER_PRIVACY_KEY=KEY) as site:
        page.goto(site.address)
        choose(page)
        preview = page.get_by_role("region", name="Preview of logs")
        expect(preview).to_contain_text(f"{ROWS} rows")
        # Only the source has this column.
        _filter(page, 1, "extra.facility", "3")
        _filter(page, 2, "host_name", "host1")
        expect(preview).to_contain_text(f"{ROWS // 5} rows")

        page.get_by_role("button", name="Training").click()
        page.get_by_role("group", name="Splits").get_by_role("combobox", name="Split method").click()
        page.get_by_role("option", name="By time", exact=True).click()
        page.get_by_role("switch", name="Label log lines").click()
        page.get_by_role("checkbox", name="Label nearby lines").uncheck()
        page.get_by_role("checkbox", name="Label other lines as normal").check()
        columns = page.get_by_role("combobox", name="Columns of logs")
        for name in ("id", "timestamp", "host_name", "message", "extra.facility", "label"):
            columns.fill(name)
            page.get_by_role("option", name=name, exact=True).click()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Privacy").click()
        page.get_by_role("switch", name="Pseudonymise people").click()
        preview.get_by_text("JSON", exact=True).click()
        expect(preview).to_contain_text(re.compile('"host_name": "host_[0-9a-f]{16}"'))
        expect(preview).not_to_contain_text('"host_name": "host1"')
        expect(preview.get_by_role("region", name="Replaced in logs")).to_contain_text("host1 →")
        for name, width, scheme in (("wide", 1280, "light"), ("narrow", 360, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            looked_at(page, f"source-{name}")
        page.set_viewport_size({"width": 1280, "height": 900})

        record, manifest = started(page, site)
        assert record["record_count"] == ROWS // 5
        kind = manifest["kinds"]["logs"]
        assert {each["name"] for each in kind["schema"]} >= {"extra.facility", "label"}
        assert "log_level" not in {each["name"] for each in kind["schema"]}
        folder = Path(record["path"])
        rows = polars.concat(
            polars.read_parquet(path) for path in sorted((folder / "logs").glob("*.parquet"))
        )
        assert sorted(rows["id"]) == list(range(1, ROWS + 1, 5))
        assert {row["id"] for row in rows.to_dicts() if row["label"] == 1} == {6, 11, 86}
        assert set(rows["label"]) == {0, 1}
        assert set(rows["extra.facility"]) == {3}
        # One host, under one other name; the texts of the lines have nothing to replace.
        assert len(set(rows["host_name"])) == 1
        assert "host1" not in set(rows["host_name"])
        assert set(rows["message"]) == {f"line {number} é" for number in rows["id"]}
        assert set(kind["splits"]) == {"train", "validation", "test"}
        proof = page.get_by_role("region", name="Splits and proof")
        expect(proof.get_by_role("region", name="Leakage certificate")).to_be_visible()
        assert aside(lumber, "verify", folder).returncode == 0


def test_a_schedule_over_a_source_adds_its_new_rows(page: Page, plant: str, tmp_path: Path) -> None:
    more = 70
    with site_of(plant, tmp_path) as site:
        page.goto(site.address)
        choose(page)
        page.get_by_role("checkbox", name="Logs").uncheck()
        page.get_by_role("checkbox", name="CI runs").check()
        page.get_by_role("button", name="Dataset and destination").click()
        page.get_by_role("combobox", name="Dataset").fill("builds")
        page.get_by_label("Incremental").check()
        page.get_by_role("button", name="Schedule…").click()
        expect(page.get_by_role("heading", name="New schedule")).to_be_visible()
        page.get_by_label("Name").fill("nightly")
        page.get_by_role("button", name="Create schedule").click()
        expect(page.get_by_role("heading", name="Schedule nightly")).to_be_visible()
        runs = page.get_by_role("table", name="Runs").get_by_role("row")
        for count in (1, 2):
            page.get_by_role("button", name="Run now").click()
            expect(runs).to_have_count(1 + count)
            expect(runs.nth(1)).to_contain_text("completed")
            if count == 1:
                add_builds(f"sqlite:///{tmp_path / 'plant.db'}", ROWS + 1, more)
        second, first = site.call("/named-datasets/builds")["versions"]
        assert first["added"] == first["rows"] == ROWS - ROWS // 7
        kind = second["kinds"]["ci_runs"]
        assert (kind["mode"], kind["added"]) == ("append", more - more // 7)
        record = site.call(f"/export/{second['export_id']}")
        read = library.open(Path(record["path"])).to_polars("ci_runs")
        assert sorted(read["id"]) == [each for each in range(1, ROWS + more + 1) if each % 7]


def _filter(page: Page, number: int, column: str, value: str) -> None:
    """Add a condition: a column has a value."""
    page.get_by_role("button", name="Add condition").click()
    condition = page.get_by_role("group", name=f"Condition {number}")
    condition.get_by_label("Column").fill(column)
    page.get_by_role("option", name=column, exact=True).click()
    condition.get_by_label("Value").fill(value)
    page.keyboard.press("Tab")
