"""The form of a new export: whose clock the range is on, and what the preview says of the rows."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.service import Site, ingest, site_of

ROWS = 300


def test_a_range_is_set_on_either_clock(page: Page, site: Site) -> None:
    page.goto(site.address)
    start = page.get_by_label("Start", exact=True)
    start.fill("2026-07-10T12:00:00")
    expect(page.get_by_text("2026-07-10 10:00:00 UTC")).to_be_visible()
    page.get_by_text("UTC", exact=True).click()
    expect(start).to_have_value("2026-07-10 10:00")
    start.fill("2026-01-10T12:00:00")
    expect(page.get_by_text("2026-01-10 13:00:00 in Europe/Berlin (UTC+01:00)")).to_be_visible()
    page.get_by_role("button", name="Copy as").click()
    page.get_by_role("tab", name="JSON").click()
    expect(page.get_by_label("JSON config", exact=True)).to_contain_text(
        '"start_date": "2026-01-10T12:00:00Z"'
    )


def test_a_filter_says_which_kind_it_does_not_narrow(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.get_by_role("checkbox", name="IP records").check()
    page.get_by_label("Processes").first.click()
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Preview of ips")).to_contain_text(
        "The filter on processes does not apply to ips, which has no such column."
    )
    expect(page.get_by_role("region", name="Preview of logs")).not_to_contain_text("not apply")


def test_one_damaged_time_does_not_hide_all_others(page: Page, sqlite_url: str, tmp_path: Path) -> None:
    times = [f"2026-01-{1 + number % 28:02}T12:00:00Z" for number in range(ROWS)]
    lines = [
        json.dumps({"timestamp": time, "message": "all is well"}) for time in [*times, "2099-12-31T00:00:00Z"]
    ]
    source = tmp_path / "app.jsonl"
    source.write_text("\n".join(lines))
    ingest(sqlite_url, "logs", source)
    with site_of(sqlite_url, tmp_path) as site:
        page.goto(site.address)
        preview = page.get_by_role("region", name="Preview of logs")
        expect(preview).to_contain_text("1 row is far outside the shown range: 2099-12-31 (UTC).")
        picture = preview.get_by_role("img", name=f"Rows of logs over time: {ROWS} rows in")
        expect(picture).to_be_visible()
        expect(picture.locator("canvas")).to_be_visible()
        expect(preview).to_contain_text(f"{ROWS + 1:,} rows")
        preview.get_by_role("button", name="Leave it out").click()
        expect(preview).not_to_contain_text("far outside")
        expect(preview).to_contain_text(f"{ROWS:,} rows")
