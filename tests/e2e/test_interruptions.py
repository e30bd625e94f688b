"""What comes in between: a reload, a service that dies, a change of mind."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.e2e.service import SAMPLE_ROWS, SLOW, Site, copy_of, site_of

BUDGET_REASON = "Services are killed and started again, and a lease has to run out."
LOST = "Connection to the service lost"


def open_export(page: Page, site: Site, export_id: str) -> None:
    """Go to a running export and wait until its progress shows."""
    page.goto(f"{site.address}/exports/{export_id}")
    expect(page.get_by_role("region", name="Progress")).to_contain_text(re.compile(r"[\d,]+ of [\d,]+"))


def expect_whole(page: Page) -> None:
    """Wait until the page shows the end, without anybody touching it."""
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    expect(page.get_by_text(f"of {SAMPLE_ROWS:,} read")).to_be_visible()


def test_a_reload_in_the_middle_goes_on_where_it_was(page: Page, site: Site) -> None:
    with site.held() as export_id:
        open_export(page, site, export_id)
        page.reload()
        progress = page.get_by_role("region", name="Progress")
        expect(progress.get_by_role("progressbar", name="Progress of logs")).to_be_visible()
        expect(progress.get_by_text("live")).to_be_visible()
    expect_whole(page)


def test_the_page_outlives_a_service_that_is_killed(
    page: Page, sample_database: Path, tmp_path: Path
) -> None:
    url = copy_of(sample_database, tmp_path)
    # The next service takes the export over when the lease of the killed one has run out.
    with site_of(url, tmp_path, LUMBER_LEASE_SECONDS=5) as site:
        with site.held() as export_id:
            open_export(page, site, export_id)
            other = page.context.new_page()
            other.goto(f"{site.address}/exports")
            expect(other.get_by_role("heading", name="History")).to_be_visible()
            site.running.kill()
        expect(page.get_by_role("alert").filter(has_text=LOST)).to_be_visible()
        expect(page.get_by_role("region", name="Progress")).to_be_visible()
        # A page whose script has not been loaded yet waits for the service too.
        other.get_by_role("link", name="Schedules", exact=True).click()
        expect(other.get_by_role("alert").filter(has_text=LOST)).to_be_visible()
    with site_of(url, tmp_path, "--port", urlsplit(site.address).port):
        expect(page.get_by_text(LOST)).to_be_hidden()
        expect_whole(page)
        expect(other.get_by_role("heading", name="Schedules", exact=True)).to_be_visible()


def test_a_cancel_asks_first_and_a_retry_goes_on(page: Page, site: Site) -> None:
    with site.held() as export_id:
        open_export(page, site, export_id)
        page.get_by_role("button", name="Cancel", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Keep running").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert not site.call(f"/export/{export_id}/status")["is_cancelling"]
        page.get_by_role("button", name="Cancel", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel export").click()
    expect(page.get_by_role("alert").filter(has_text="Cancelled")).to_be_visible()
    assert site.status(export_id) == "cancelled"
    page.get_by_role("button", name="Retry").click()
    expect_whole(page)
    assert site.status(export_id) == "completed"


def test_an_export_that_waits_shows_so_and_runs_when_a_worker_comes(
    page: Page, sample_database: Path, tmp_path: Path
) -> None:
    url = copy_of(sample_database, tmp_path)
    with site_of(url, tmp_path, "--no-worker") as site:
        export_id = site.start(SLOW | {"batch_size": 1000})
        page.goto(f"{site.address}/exports/{export_id}")
        expect(page.get_by_role("heading", name="Queued")).to_be_visible()
    with site_of(url, tmp_path, "--port", urlsplit(site.address).port):
        expect_whole(page)
