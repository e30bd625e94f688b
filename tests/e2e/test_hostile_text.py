"""Whoever can write a log line must not write into the page."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.service import ingest, site_of

HOSTILE = "<img src=x onerror=\"document.title='taken over'\">"


def hostile_rows() -> list[dict[str, str]]:
    """Return log lines whose every text is markup; half of them break a rule with it."""
    usual = {"level": "INFO", "message": HOSTILE, "process_name": HOSTILE, "device_id": HOSTILE}
    return [
        {"timestamp": f"2026-01-01T00:00:{second:02}Z", **usual}
        | ({"device_ip": HOSTILE} if second % 2 else {})
        for second in range(40)
    ]


def expect_text_only(page: Page, times: int = 1) -> None:
    """Check that the page shows the text as text, and that nothing of it came to life."""
    expect(page.get_by_text(HOSTILE).or_(page.get_by_text(json.dumps(HOSTILE)[1:-1])).first).to_be_visible()
    assert page.locator("img[src='x']").count() == 0
    expect(page).to_have_title(page.title())
    assert "taken over" not in page.title()


def test_a_log_line_that_is_markup_stays_text_everywhere(page: Page, sqlite_url: str, tmp_path: Path) -> None:
    source = tmp_path / "hostile.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in hostile_rows()))
    ingest(sqlite_url, "logs", source)
    with site_of(sqlite_url, tmp_path) as site:
        page.goto(site.address)
        expect_text_only(page)
        page.get_by_text("As stored").click()
        expect_text_only(page)
        page.get_by_label("Processes").first.click()
        expect(page.get_by_role("option", name=HOSTILE)).to_be_visible()
        expect_text_only(page)
        page.goto(f"{site.address}/data")
        expect_text_only(page)
        export_id = site.export(
            {"data_types": ["logs"], "validation_level": "strict", "processes": [HOSTILE]}
        )
        page.goto(f"{site.address}/exports/{export_id}")
        expect(page.get_by_role("heading", name="Rejects by rule")).to_be_visible()
        expect(page.get_by_role("cell", name="row 2:")).to_contain_text("<img src=x")
        expect(page.get_by_role("region", name="Processes")).to_be_visible()
        expect_text_only(page)
        page.goto(f"{site.address}/exports?text=%3Cimg")
        expect(page.get_by_role("link", name=export_id[:8])).to_be_visible()
        assert page.locator("img[src='x']").count() == 0
