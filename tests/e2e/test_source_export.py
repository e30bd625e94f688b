"""An export over a source: chosen in the form, previewed, refused if it is wrong, and completed."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clones import make_tables
from tests.commands import lumber
from tests.e2e.service import Site, aside, site_of
from tests.integration.sources.public_schemas import BUILD_MAPPING, add_builds, make_builds
from tests.integration.sources.rsyslog import MAPPING, make_events

ROWS = 400
EXTRA = '\n[extra]\nfacility = "Facility"\n'


@pytest.fixture
def plant(tmp_path: Path) -> str:
    """A ledger with a source that has log lines, and builds: a data type of its own."""
    ledger, url = f"sqlite:///{tmp_path / 'ledger.db'}", f"sqlite:///{tmp_path / 'plant.db'}"
    make_tables(ledger)
    make_events(url, ROWS)
    make_builds(url)
    add_builds(url, 1, ROWS)
    run(ledger, "add", "plant", "--url", url)
    for number, text in enumerate((MAPPING + EXTRA, BUILD_MAPPING)):
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
        expect(page.get_by_text("Choose at least one data type")).to_be_visible()
        page.get_by_role("checkbox", name="CI runs").check()
        preview = page.get_by_role("region", name="Preview of ci_runs")
        expect(preview).to_contain_text("append_only has held since")
        record, manifest = started(page, site)
        assert manifest["plan"]["source"]["name"] == "plant"
        assert record["record_count"] == ROWS - ROWS // 7
