"""Rows of a finished export in a real browser: pages, columns, a row in full, rejected rows."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site
from tests.e2e.test_screens import NARROW_LOOKS, PICTURES, grave_violations, wider_than_the_window

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
        page.goto(f"{site.address}/exports/{export_id}/rows")
        page.get_by_role("button", name=re.compile("^log_level")).click()
        expect(page.get_by_role("button", name="Sort ascending")).to_be_visible()
        page.screenshot(path=PICTURES / f"rows-column-{look}.png", full_page=True)
        assert grave_violations(page) == []
        assert complaints == []
    finally:
        context.close()
