"""The first five minutes with an empty database: its three offers, and the three recipes, each to its end."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site, site_of
from tests.e2e.test_screens import NARROW_LOOKS, PICTURES, grave_violations, wider_than_the_window

BUDGET_REASON = "The sample data, and three real exports of its 20,000 lines, in a browser."
KEY = "9f4c1e7ab2d85036cc17f0e9a45b38d1720e6d935a1bfc48d0e7315f2a86c9b4"
# What the config of an export has by each recipe.
RECIPES: dict[str, dict[str, Any]] = {
    "Anomaly detection": {"split": "time", "labels": True, "sequences": False, "privacy": False},
    "Log sequences": {"split": "time", "labels": False, "sequences": True, "privacy": False},
    "Private dataset to share": {"split": "none", "labels": False, "sequences": False, "privacy": True},
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service on a database without rows. Its exports have one partition, so they are quick."""
    folder = tmp_path_factory.mktemp("empty")
    settings = {"LUMBER_PRIVACY_KEY": KEY, "LUMBER_PARTITION_ROWS": 100_000}
    with site_of(f"sqlite:///{folder}/empty.db", folder, **settings) as site:
        yield site


# The tests of this file follow one another: the second one loads the rows that the third one exports.
@pytest.mark.parametrize("look", NARROW_LOOKS)
def test_an_empty_database_offers_three_ways_to_get_rows(browser: Browser, empty: Site, look: str) -> None:
    context = browser.new_context(**NARROW_LOOKS[look], reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        complaints = watch(page)
        page.goto(empty.address)
        preview = page.get_by_role("region", name="Preview", exact=True)
        expect(preview.get_by_text("The database is empty")).to_be_visible()
        expect(preview.get_by_role("button", name="Load sample data")).to_be_enabled()
        preview.get_by_role("button", name="Connect a table").click()
        dialog = page.get_by_role("dialog", name="Connect a table")
        expect(dialog).to_contain_text("lumber source add")
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"connect-a-table-{look}.png", full_page=True)
        assert wider_than_the_window(page) == []
        assert grave_violations(page) == []
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        preview.get_by_role("link", name="Upload a log").click()
        expect(page).to_have_title("Data · Lumber")
        expect(page.get_by_role("group", name="Files to load")).to_be_visible()
        assert complaints == []
    finally:
        context.close()


def test_sample_data_is_loaded_by_one_click(page: Page, empty: Site) -> None:
    page.goto(empty.address)
    page.get_by_role("button", name="Load sample data").click()
    expect(page.get_by_role("alert").filter(has_text="Loaded 20,000 log lines")).to_be_visible()
    expect(page.get_by_role("region", name="Preview of logs")).to_be_visible()
    expect(page.get_by_text("The database is empty")).to_have_count(0)
    assert {each["kind"]: each["rows"] > 0 for each in empty.call("/datasets")} == {
        "logs": True,
        "anomalies": True,
        "ips": True,
    }


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_ends_with_the_dataset_that_it_names(page: Page, empty: Site, recipe: str) -> None:
    page.goto(empty.address)
    page.get_by_role("group", name="Recipes").get_by_role("button", name=recipe).click()
    expect(page.get_by_role("alert").filter(has_text=f"Filled in the recipe “{recipe}”")).to_be_visible()
    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    export_id = page.url.rsplit("/", 1)[-1]
    record = empty.call(f"/export/{export_id}")
    config = record["export_config"]
    has = {
        "split": config["split"]["mode"],
        "labels": config["labels"] is not None,
        "sequences": config["sequences"] is not None,
        "privacy": config["privacy"] is not None,
    }
    assert has == RECIPES[recipe]
    assert record["record_count"] > 15_000
    names = {each["path"].split("/")[0] for each in empty.call(f"/export/{export_id}/files")}
    assert ("sequences" in names) == RECIPES[recipe]["sequences"]
    reds = [each for each in empty.call(f"/export/{export_id}/verdicts") if each["level"] == "red"]
    assert reds == []
