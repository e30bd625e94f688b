"""Names of exports, their comparison, and many at once, on the pages: light, dark and on a telephone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site, copy_of, site_of
from tests.e2e.test_screens import NARROW_LOOKS, PICTURES, grave_violations, wider_than_the_window

BUDGET_REASON = "Real exports, and each screen in three looks, checked by axe."
LOGS = {"data_types": ["logs", "anomalies"], "output_format": "parquet", "compression": "zstd"}


@dataclass(frozen=True)
class Stage:
    """A service with two completed exports, and some that are cancelled."""

    site: Site
    first: str
    second: str


@pytest.fixture(scope="module")
def stage(sample_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("names")
    with site_of(copy_of(sample_database, folder), folder) as site:
        first = site.export(
            {
                **LOGS,
                "name": "Errors and warnings of January",
                "tags": ["plant", "baseline"],
                "note": "The first model was trained on it.\nKeep it.",
                "filters": {"log_level": ["ERROR", "WARNING"]},
            }
        )
        second = site.export({**LOGS, "start_date": "2026-01-10", "split": {"mode": "time"}})
        yield Stage(site, first, second)


def select_both(page: Page) -> None:
    page.get_by_role("checkbox", name="Select all finished exports").check()
    expect(page.get_by_role("region", name="Selected exports")).to_be_visible()


def open_menu(page: Page) -> None:
    page.get_by_role("button", name="Actions of Errors and warnings of January").click()
    expect(page.get_by_role("menuitem", name="Run again")).to_be_visible()


def open_dialog(page: Page) -> None:
    page.get_by_role("button", name="Edit name, tags, note…").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def see_all(page: Page) -> None:
    expect(page.get_by_role("table", name="Rows that differ")).to_be_visible()
    expect(page.get_by_role("table", name="Drift per column")).to_be_visible()
    page.get_by_text("Examples", exact=True).click()


SCREENS: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "history-selected": ("/exports", select_both),
    "history-menu": ("/exports", open_menu),
    "named": ("/exports/{first}", None),
    "named-dialog": ("/exports/{first}", open_dialog),
    "compare": ("/compare?a={first}&b={second}", see_all),
    "compare-nothing": ("/compare", None),
}


@pytest.mark.parametrize("look", NARROW_LOOKS)
def test_a_screen_fits_and_anybody_can_use_it(browser: Browser, stage: Stage, look: str) -> None:
    context = browser.new_context(**NARROW_LOOKS[look], timezone_id="Europe/Berlin", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    PICTURES.mkdir(parents=True, exist_ok=True)
    try:
        for screen, (place, prepare) in SCREENS.items():
            page = context.new_page()
            complaints = watch(page)
            page.goto(stage.site.address + place.format(first=stage.first, second=stage.second))
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.get_by_role("status", name="Loading")).to_have_count(0)
            if prepare:
                prepare(page)
            page.screenshot(path=PICTURES / f"{screen}-{look}.png", full_page=True)
            assert wider_than_the_window(page) == [], screen
            assert grave_violations(page) == [], screen
            assert complaints == [], screen
            page.close()
    finally:
        context.close()


def test_an_export_is_named_on_its_page_and_found_by_its_name_and_tag(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.site.address}/exports/{stage.second}")
    page.get_by_role("button", name="Name…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name", exact=True).fill("Split by time")
    dialog.get_by_placeholder("Type a tag, then Enter").fill("candidate")
    dialog.get_by_placeholder("Type a tag, then Enter").press("Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Split by time")).to_be_visible()
    page.goto(f"{stage.site.address}/exports?text=SPLIT%20by%20time")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="candidate").click()
    expect(page).to_have_url(re.compile("tag="))
    expect(page.get_by_role("link", name="Split by time")).to_be_visible()


def test_two_exports_of_the_history_are_compared_and_the_address_can_be_passed_on(
    page: Page, stage: Stage
) -> None:
    page.goto(f"{stage.site.address}/exports")
    page.get_by_role("checkbox", name="Select all finished exports").check()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(r"/compare\?a=.*&b="))
    expect(page.get_by_role("table", name="Drift per column")).to_be_visible()
    config = page.get_by_role("table", name="Config")
    expect(config).to_contain_text("split.mode")
    expect(page.get_by_role("table", name="Levels of logs")).to_contain_text("ERROR")
    page.reload()
    expect(page.get_by_role("table", name="Rows that differ")).to_contain_text("logs")


def test_all_that_match_are_tagged_and_deleted(page: Page, stage: Stage) -> None:
    site = stage.site
    for _ in range(3):
        site.export({"data_types": ["ips"], "name": "To be deleted"})
    page.goto(f"{site.address}/exports?text=deleted&size=25")
    page.get_by_role("checkbox", name="Select To be deleted").first.check()
    bar = page.get_by_role("region", name="Selected exports")
    bar.get_by_role("button", name="Take all 3 that match").click()
    expect(bar).to_contain_text("All 3 exports that match")
    bar.get_by_role("button", name="Tags…").click()
    page.get_by_placeholder("Type a tag, then Enter").fill("old")
    page.get_by_placeholder("Type a tag, then Enter").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_text("Tagged 3 exports.")).to_be_visible()
    expect(page.locator("tbody").get_by_role("button", name="old", exact=True)).to_have_count(3)
    page.get_by_role("checkbox", name="Select To be deleted").first.check()
    bar.get_by_role("button", name="Take all 3 that match").click()
    bar.get_by_role("button", name="Delete 3").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No matching exports")).to_be_visible()
    assert {each["export_id"] for each in site.call("/export/")} == {stage.first, stage.second}
