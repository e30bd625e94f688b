"""The verdicts on a finished export: what they say, how they look, and the fix that one click begins."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site
from tests.e2e.test_screens import NARROW_LOOKS, PICTURES, grave_violations, wider_than_the_window

BUDGET_REASON = "A service with two real exports, and their page in three looks, each checked by axe."


@pytest.fixture(scope="module")
def export_id(site: Site) -> str:
    """An export by time, whose devices are in every split."""
    return site.export(
        {"data_types": ["logs", "ips"], "output_format": "parquet", "split": {"mode": "time"}, "labels": {}}
    )


def test_a_verdict_is_mended_by_one_click(page: Page, site: Site, export_id: str) -> None:
    page.goto(f"{site.address}/exports/{export_id}")
    strip = page.get_by_role("region", name="Verdicts")
    told = site.call(f"/export/{export_id}/verdicts")
    assert [each["topic"] for each in told][:3] == ["balance", "splits", "leakage"]
    for each in told:
        expect(strip).to_contain_text(each["text"])
    expect(strip.get_by_role("listitem", name="Rows balance: good")).to_be_visible()
    leakage = strip.get_by_role("listitem", name="Leakage: check")
    expect(leakage).to_contain_text("every device_id of test is also in train")
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert headings.index("Verdicts") < headings.index("Files")
    data = page.get_by_role("region", name="Data", exact=True)
    expect(data.get_by_role("link", name="logs/train-")).to_be_visible()
    expect(data.get_by_role("link", name="README.md")).to_have_count(0)

    leakage.get_by_role("button", name="Split by device_id instead").click()
    expect(page.get_by_role("combobox", name="Split method")).to_have_value("By group")
    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    second = page.url.rsplit("/", 1)[-1]
    split = site.call(f"/export/{second}/status")["export_config"]["split"]
    assert (second != export_id, split["mode"], split["by"]) == (True, "group", "device_id")
    judged = {each["topic"]: each for each in site.call(f"/export/{second}/verdicts")}
    assert "device_id" not in judged["leakage"]["text"]


@pytest.mark.parametrize("look", NARROW_LOOKS)
def test_verdicts_fit_and_anybody_can_use_them(
    browser: Browser, site: Site, export_id: str, look: str
) -> None:
    context = browser.new_context(**NARROW_LOOKS[look], timezone_id="Europe/Berlin", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        complaints = watch(page)
        page.goto(f"{site.address}/exports/{export_id}")
        expect(page.get_by_role("listitem", name="Reproducible: good")).to_be_visible()
        page.get_by_text("How these are judged").click()
        expect(page.get_by_role("cell", name="above 80%")).to_be_visible()
        page.get_by_text("Over HTTP").click()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"verdicts-{look}.png", full_page=True)
        assert wider_than_the_window(page) == []
        assert grave_violations(page) == []
        assert complaints == []
    finally:
        context.close()
