"""Datasets that grow, as a person sees them: destinations, notices, schedules and held versions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.service import Site, copy_of, site_of
from tests.e2e.test_screens import PICTURES, grave_violations, wider_than_the_window
from tests.integration.notices.receiver import ALLOWED, receiving

BUDGET_REASON = (
    "Datasets grow in a real browser: each version is an export, and every page is checked by axe."
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that destinations may be in."""
    return tmp_path_factory.mktemp("lake")


@pytest.fixture(scope="module")
def growing(sample_database: Path, lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that may write to the lake and send webhooks inside this machine."""
    folder = tmp_path_factory.mktemp("growing")
    settings = {
        "LUMBER_DESTINATION_FOLDERS": str(lake),
        "LUMBER_NOTICE_ALLOWED_NETWORKS": f"{ALLOWED}/32",
    }
    with site_of(copy_of(sample_database, folder), folder, **settings) as site:
        yield site


def test_an_export_goes_to_a_destination_that_was_added_on_its_page(
    page: Page, growing: Site, lake: Path
) -> None:
    page.goto(f"{growing.address}/destinations")
    expect(page.get_by_text("The service probes it first")).to_be_visible()
    page.get_by_role("button", name="Add destination").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("lake")
    dialog.get_by_role("textbox", name="Folder").fill("/etc")
    dialog.get_by_role("button", name="Probe and add").click()
    expect(dialog.get_by_text("LUMBER_DESTINATION_FOLDERS").last).to_be_visible()
    dialog.get_by_role("textbox", name="Folder").fill(str(lake))
    dialog.get_by_role("button", name="Probe and add").click()
    row = page.get_by_role("table", name="Destinations").get_by_role("row").filter(has_text="lake")
    expect(row).to_contain_text("ok")
    assert grave_violations(page) == []

    page.goto(growing.address)
    page.get_by_role("button", name="Dataset and destination").click()
    page.get_by_role("combobox", name="Destination").click()
    page.get_by_role("option", name="lake").click()
    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_text("Published to the destination lake.", exact=True)).to_be_visible()
    export_id = page.url.rpartition("/")[2]
    assert (lake / "exports" / "manifests" / f"{export_id}.json").exists()


def test_a_notice_shows_its_secret_once_and_what_it_delivered(page: Page, growing: Site) -> None:
    with receiving() as receiver:
        page.goto(f"{growing.address}/notices")
        page.get_by_role("button", name="Add notice").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("team")
        dialog.get_by_label("Address").fill(receiver.url())
        dialog.get_by_role("button", name="Add notice").click()
        expect(page.get_by_label("secret", exact=True)).to_contain_text("whsec_")
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("heading", name="Notice team")).to_be_visible()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("The test was delivered.")).to_be_visible()
        delivery = page.get_by_role("table", name="Deliveries").get_by_role("row").nth(1)
        expect(delivery).to_contain_text("status 204")
        assert [request.message["type"] for request in receiver.requests] == ["test"]
        assert "whsec_" not in page.content()
        assert grave_violations(page) == []


def test_a_schedule_is_built_in_the_form_of_an_export_and_run(page: Page, growing: Site) -> None:
    page.goto(growing.address)
    page.get_by_role("button", name="Dataset and destination").click()
    page.get_by_role("combobox", name="Dataset").fill("plant")
    page.get_by_label("Incremental").check()
    page.get_by_role("button", name="Schedule…").click()
    expect(page.get_by_text("new rows into the dataset plant")).to_be_visible()
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Mondays").click()
    times = page.get_by_role("list", name="Next times").get_by_role("listitem")
    expect(times.filter(has_text="Mon ")).to_have_count(5)
    assert grave_violations(page) == []
    page.get_by_role("button", name="Create schedule").click()

    expect(page.get_by_role("heading", name="Schedule nightly")).to_be_visible()
    page.get_by_role("button", name="Run now").click()
    run = page.get_by_role("table", name="Runs").get_by_role("row").nth(1)
    expect(run).to_contain_text("completed")
    run.get_by_role("link").click()
    expect(page.get_by_text("Version v1 (1.0.0) of the dataset plant:")).to_be_visible()
    page.get_by_role("link", name="plant").click()
    versions = page.get_by_role("table", name="Versions")
    expect(versions.get_by_role("row").nth(1)).to_contain_text("published")
    page.get_by_role("button", name="Tag version 1").click()
    page.get_by_label("Tag for v1").fill("golden")
    page.keyboard.press("Enter")
    expect(versions.get_by_text("golden")).to_be_visible()
    assert grave_violations(page) == []


def test_a_held_version_says_why_and_is_published(page: Page, growing: Site) -> None:
    config = {"data_types": ["ips"], "dataset": "field"}
    growing.export(config)
    gate = f"{growing.address}/api/v1/named-datasets/field/gate"
    assert page.request.put(gate, data={"rows": {"max": 1}}).ok
    growing.export(config)
    page.goto(f"{growing.address}/datasets/field")
    held = page.get_by_role("region", name="v2 is held")
    expect(held).to_contain_text("rows")
    assert grave_violations(page) == []
    held.get_by_role("button", name="Publish v2").click()
    expect(page.get_by_text("Published v2 of field.")).to_be_visible()
    expect(held).to_have_count(0)
    expect(page.get_by_role("table", name="Versions").get_by_role("row").nth(1)).to_contain_text("published")


def test_a_dataset_is_decided_about_with_the_keyboard_on_a_small_dark_screen(
    context: BrowserContext, growing: Site, lake: Path
) -> None:
    """Its gate, backfill and tables are used at 360 pixels, without a mouse; axe finds nothing grave."""
    config = {"data_types": ["logs"], "dataset": "small", "incremental": True, "start_date": "2026-01-02"}
    api = f"{growing.address}/api/v1"
    (lake / "small").mkdir()
    added = context.request.post(f"{api}/destinations", data={"name": "small-lake", "url": f"{lake}/small"})
    assert added.ok, added.text()
    growing.export(config)
    assert context.request.put(f"{api}/named-datasets/small/gate", data={"rows": {"max": 1}}).ok
    growing.export({**config, "incremental": False})
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark")
    page.goto(f"{growing.address}/datasets/small")
    expect(page.get_by_role("region", name="v2 is held")).to_be_visible()
    # The zone is short enough for one line of the header.
    assert page.get_by_text("UTC+01:00", exact=True).bounding_box()["height"] < 30
    press(page.get_by_role("button", name="Drop v2"))
    question = page.get_by_role("dialog", name="Drop v2 of small?")
    expect(question.get_by_label("Reason")).to_be_focused()
    looked_at(page, "drop")
    page.keyboard.type("a broken sensor")
    press(question.get_by_role("button", name="Drop version"))
    expect(page.get_by_text("Dropped v2 of small.")).to_be_visible()
    press(page.get_by_role("button", name="Change gate"))
    gate = page.get_by_role("form", name="Gate of the dataset")
    expect(gate).to_be_visible()
    looked_at(page, "gate")
    press(gate.get_by_role("button", name="Cancel"))

    backfill = page.get_by_role("form", name="Start a backfill")
    backfill.get_by_label("First day").fill("2025-01-01")
    press(backfill.get_by_role("button", name="Count rows"))
    expect(backfill.get_by_role("status")).to_contain_text("windows")
    tables = page.get_by_role("form", name="Commit to tables")
    press(tables.get_by_role("combobox", name="Destination"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    looked_at(page, "backfill")
    press(tables.get_by_role("button", name="Commit versions"))
    expect(page.get_by_role("group", name="Delta Lake")).to_contain_text("has v1")
    looked_at(page, "tables")
    page.close()


def press(button: Locator) -> None:
    """Press a button with the keyboard."""
    button.focus()
    expect(button).to_be_focused()
    button.press("Enter")


def looked_at(page: Page, name: str) -> None:
    """Take a picture; require that nothing is grave for axe, wider than the window or cut in the header."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"dataset-{name}.png", full_page=True)
    assert grave_violations(page) == []
    assert wider_than_the_window(page) == []
