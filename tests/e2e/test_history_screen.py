"""The history: what is shown stands in the address, and what is old can go."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.service import Site, copy_of, site_of

LOGS, IPS, CANCELLED = 26, 6, 3
ADDRESSES = {"data_types": ["ips"], "output_format": "csv"}


@pytest.fixture(scope="module")
def pending(sample_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service without a worker, with exports that wait."""
    folder = tmp_path_factory.mktemp("archive")
    with site_of(copy_of(sample_database, folder), folder, "--no-worker") as site:
        for _ in range(LOGS):
            site.start({"data_types": ["logs"]})
        for _ in range(IPS - CANCELLED):
            site.start(ADDRESSES)
        yield site


@pytest.fixture
def archive(pending: Site) -> Site:
    """The same service with some exports that were cancelled, of which a test may delete some."""
    for _ in range(CANCELLED - len(pending.call("/export/?status=cancelled"))):
        export_id = pending.start(ADDRESSES)
        pending.call(f"/export/{export_id}/cancel", {})
    return pending


def rows(page: Page) -> list[str]:
    """Return the ids that the table shows, in its order."""
    return page.locator("tbody tr a").all_inner_texts()


def test_filters_order_and_page_outlive_a_reload(page: Page, archive: Site) -> None:
    page.goto(f"{archive.address}/exports")
    expect(page.get_by_text(f"{LOGS + IPS} exports", exact=True)).to_be_visible()
    page.get_by_role("button", name="Page 2").click()
    expect(page.locator("tbody tr")).to_have_count(LOGS + IPS - 25)
    expect(page).to_have_url(re.compile(r"page=2"))
    page.get_by_role("button", name="Age", exact=True).click()
    expect(page).to_have_url(re.compile(r"order=asc"))
    expect(page.locator("tbody tr")).to_have_count(25)
    page.get_by_role("button", name="Page 2").click()
    expect(page.locator("tbody tr")).to_have_count(LOGS + IPS - 25)
    page.get_by_role("textbox", name="Search").fill("ips")
    expect(page.get_by_text(f"{IPS} exports", exact=True)).to_be_visible()
    page.get_by_role("combobox", name="Data type").click()
    page.get_by_role("option", name="ips").click()
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="cancelled").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text(f"{CANCELLED} exports", exact=True)).to_be_visible()
    shown = rows(page)
    page.reload()
    expect(page.get_by_text(f"{CANCELLED} exports", exact=True)).to_be_visible()
    assert rows(page) == shown
    expect(page.get_by_role("textbox", name="Search")).to_have_value("ips")
    expect(page.get_by_role("combobox", name="Data type")).to_have_value("ips")
    expect(page.get_by_role("columnheader", name="Age")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text(f"{LOGS + IPS} exports", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_text(f"{CANCELLED} exports", exact=True)).to_be_visible()


def test_a_column_sorts_over_every_page(page: Page, archive: Site) -> None:
    # Cancelled ones have ended with no row; what waits has no number yet and comes last, both ways.
    ended = {export["export_id"][:8] for export in archive.call("/export/?status=cancelled")}
    page.goto(f"{archive.address}/exports?page=2")
    for direction in ("most_rows", "fewest_rows"):
        with page.expect_response(re.compile(f"order={direction}")):
            page.get_by_role("button", name="Rows", exact=True).click()
        expect(page.locator("tbody tr")).to_have_count(25)
        expect(page.locator("tbody tr").nth(CANCELLED - 1)).to_contain_text("cancelled")
        assert set(rows(page)[:CANCELLED]) == ended
    expect(page).to_have_url(re.compile("sort=rows&order=asc"))


def test_exports_are_deleted_together_after_a_question(page: Page, archive: Site) -> None:
    page.goto(f"{archive.address}/exports?status=%5B%22cancelled%22%5D")
    page.get_by_role("checkbox", name="Select all finished exports").check()
    page.get_by_role("button", name=f"Delete {CANCELLED}").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name=f"Delete {CANCELLED}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No matching exports")).to_be_visible()
    assert len(archive.call("/export/?limit=100")) == LOGS + IPS - CANCELLED


def test_a_clean_up_shows_first_what_would_go(page: Page, archive: Site) -> None:
    page.goto(f"{archive.address}/exports")
    page.get_by_role("button", name="Clean up").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Exports are kept until someone deletes them.")
    expect(dialog).to_contain_text(f"{CANCELLED} finished exports kept")
    dialog.get_by_label("Exports to keep").fill("1")
    expect(dialog).to_contain_text(f"{CANCELLED - 1} exports would be deleted")
    assert len(archive.call("/export/?limit=100")) == LOGS + IPS
    dialog.get_by_role("button", name="Delete exports").click()
    expect(page.get_by_text(f"{LOGS + IPS - CANCELLED + 1} exports", exact=True)).to_be_visible()
    assert len(archive.call("/export/?limit=100")) == LOGS + IPS - CANCELLED + 1
