"""Rows of a finished export in a real browser: pages, columns, a row in full, rejected rows."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site
from tests.e2e.test_screens import NARROW_LOOKS, PICTURES, grave_violations, wider_than_the_window

_PAGE_ROWS = 50
BUDGET_REASON = "A service with two real exports, and their rows in three looks, each checked by axe."


@pytest.fixture(scope="module")
def export_id(site: Site) -> str:
    """An export with splits, labels, anomalies and rejected rows."""
    config = {"data_types": ["logs", "anomalies", "ips"], "split": {"mode": "time"}, "labels": {}}
    return site.export({**config, "output_format": "parquet"})


def test_rows_are_looked_at(page: Page, site: Site, export_id: str) -> None:
    page.goto(f"{site.address}/exports/{export_id}")
    page.get_by_role("link", name="View rows").click()
    table = page.get_by_role("region", name="Rows")
    expect(table.get_by_role("row")).to_have_count(51)
    told = site.call(f"/export/{export_id}/rows?kind=logs&limit=51")
    expect(page.get_by_text(f"Rows 1 to 50 of {told['total']:,}")).to_be_visible()
    expect(table).to_contain_text(told["rows"][7]["values"]["message"])

    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Rows 51 to 100")).to_be_visible()
    expect(table.get_by_role("rowheader", name="Show row 51")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Rows 51 to 100")).to_be_visible()

    page.get_by_text(re.compile("^test ")).click()
    expect(page.get_by_text("Rows 1 to 50")).to_be_visible()
    assert "split=test" in page.url


def test_a_row_in_full_and_rejected_rows(page: Page, site: Site, export_id: str) -> None:
    page.goto(f"{site.address}/exports/{export_id}/rows")
    page.get_by_role("button", name="Show row 3", exact=True).press("Enter")
    drawer = page.get_by_role("dialog", name=re.compile("^Row 3 of"))
    row = site.call(f"/export/{export_id}/rows/one?kind=logs&place=2")
    expect(drawer.get_by_label("raw line", exact=True)).to_have_text(row["values"]["raw_message"])
    drawer.get_by_role("button", name="Next row").click()
    expect(page.get_by_role("dialog", name=re.compile("^Row 4 of"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_text(re.compile("^rejected ")).click()
    rejects = site.call(f"/export/{export_id}/rows/rejects?kind=logs")
    table = page.get_by_role("region", name="Rejected rows")
    first = rejects["rows"][0]
    expect(table.get_by_role("row")).to_have_count(len(rejects["rows"]) + 1)
    expect(table).to_contain_text(f"{first['column']}.{first['rule']}")
    viewed = site.call("/audit?action=rows_viewed")["lines"]
    of_logs = [line for line in viewed if line["details"]["table"] == "logs"]
    assert len([line for line in of_logs if line["target_id"] == export_id]) == 1


def _shows_only(table: Locator, text: re.Pattern[str], rows: list[dict[str, Any]]) -> None:
    """Check that the page shows the first of these rows first, and none without a text.

    On a slow machine the page looks at fewer rows at once, and shows those that it found by then. So does the
    call that `rows` come from: either may have more of them.
    """
    shown = table.locator("tbody").get_by_role("row")
    expect(shown.first).to_contain_text(text)
    expect(shown.first).to_contain_text(str(rows[0]["values"]["id"]))
    expect(shown.filter(has_not_text=text)).to_have_count(0)
    assert shown.count() <= _PAGE_ROWS


def test_rows_are_searched_filtered_and_sorted(page: Page, site: Site, export_id: str) -> None:
    page.goto(f"{site.address}/exports/{export_id}/rows")
    table = page.get_by_role("region", name="Rows")
    page.get_by_role("textbox", name="Search in all columns").fill("Failed")
    found = site.call(f"/export/{export_id}/rows?kind=logs&search=Failed&limit=50")["rows"]
    expect(page.get_by_text(re.compile(r"found in rows 1 to"))).to_be_visible()
    _shows_only(table, re.compile("failed", re.IGNORECASE), found)
    expect(table).to_contain_text(found[0]["values"]["message"])

    page.get_by_role("textbox", name="Search in all columns").fill("")
    page.get_by_role("button", name=re.compile("^log_level")).click()
    page.get_by_role("button", name=re.compile("^ERROR ·")).click()
    expect(page.get_by_text("log_level is ERROR")).to_be_visible()
    filters = '{"log_level":"ERROR"}'
    errors = site.call(f"/export/{export_id}/rows?kind=logs&filters={filters}&limit=50")["rows"]
    _shows_only(table, re.compile("ERROR"), errors)
    page.keyboard.press("Escape")

    page.get_by_role("button", name=re.compile("^id")).click()
    page.get_by_role("button", name="Sort descending").click()
    heading = table.get_by_role("columnheader", name=re.compile("^id"))
    expect(heading).to_have_attribute("aria-sort", "descending")
    last = site.call(f"/export/{export_id}/rows?kind=logs&filters={filters}&sort=id&order=desc&limit=1")[
        "rows"
    ]
    expect(table.get_by_role("row").nth(1)).to_contain_text(str(last[0]["values"]["id"]))


def test_a_row_is_found_or_its_absence_explained(page: Page, site: Site, export_id: str) -> None:
    page.goto(f"{site.address}/exports/{export_id}/rows")
    rejected = site.call(f"/export/{export_id}/rows/rejects?kind=logs")["rows"][0]
    box = page.get_by_role("textbox", name="Id in the database")
    box.fill(str(rejected["id"]))
    box.press("Enter")
    expect(page.get_by_text("Rejected: it broke")).to_be_visible()
    expect(page.get_by_text(f"{rejected['column']}.{rejected['rule']}")).to_be_visible()
    row = site.call(f"/export/{export_id}/rows?kind=logs&place=120&limit=1")["rows"][0]
    box.fill(str(row["values"]["id"]))
    box.press("Enter")
    page.get_by_role("button", name="Show row", exact=True).click()
    expect(page.get_by_role("dialog", name=re.compile("^Row 121 of"))).to_be_visible()


def test_rows_of_the_database_are_browsed(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/data?kind=logs")
    page.get_by_role("link", name="Browse rows of logs").click()
    table = page.get_by_role("region", name="Rows")
    expect(table.get_by_role("row")).to_have_count(51)
    shown = site.call("/datasets/logs/rows?limit=51")
    page.get_by_role("button", name="Next").click()
    expect(table.get_by_role("rowheader", name=f"Show row {shown['rows'][50]['id']}")).to_be_visible()
    page.get_by_role("button", name="Previous").click()
    first = shown["rows"][0]
    page.get_by_role("button", name=f"Show row {first['id']}", exact=True).click()
    drawer = page.get_by_role("dialog", name=f"Row {first['id']} of logs")
    expect(drawer).to_contain_text(first["values"]["message"])
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="Search in all columns").fill("Failed")
    expect(page.get_by_text(re.compile("found among"))).to_be_visible()


@pytest.mark.parametrize("look", NARROW_LOOKS)
def test_the_viewer_fits_and_anybody_can_use_it(
    browser: Browser, site: Site, export_id: str, look: str
) -> None:
    context = browser.new_context(**NARROW_LOOKS[look], timezone_id="Europe/Berlin", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        complaints = watch(page)
        page.goto(f"{site.address}/exports/{export_id}/rows")
        PICTURES.mkdir(parents=True, exist_ok=True)
        places = {
            "rows": "",
            "rows-found": '?search=a&filters={"log_level":"ERROR"}',
            "rows-one": "?row=4",
            "rows-rejected": "?rejects=true",
            "rows-explained": "?find=1",
        }
        for name, query in places.items():
            page.goto(f"{site.address}/exports/{export_id}/rows{query}")
            expect(page.get_by_role("status", name="Loading")).to_have_count(0)
            if name == "rows-one":
                expect(page.get_by_label("raw line", exact=True)).to_be_visible()
            elif name != "rows-rejected":
                expect(page.get_by_text("all different").first).to_be_visible()
            page.screenshot(path=PICTURES / f"{name}-{look}.png", full_page=True)
            assert wider_than_the_window(page) == [], name
            assert grave_violations(page) == [], name
        page.goto(f"{site.address}/data/rows?kind=logs")
        expect(page.get_by_text("all different").first).to_be_visible()
        page.screenshot(path=PICTURES / f"data-rows-{look}.png", full_page=True)
        assert wider_than_the_window(page) == []
        assert grave_violations(page) == []
        page.goto(f"{site.address}/exports/{export_id}/rows")
        page.get_by_role("button", name=re.compile("^log_level")).click()
        expect(page.get_by_role("button", name="Sort ascending")).to_be_visible()
        page.screenshot(path=PICTURES / f"rows-column-{look}.png", full_page=True)
        assert grave_violations(page) == []
        assert complaints == []
    finally:
        context.close()
