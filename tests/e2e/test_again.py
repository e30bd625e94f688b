"""A config is used more than once: as a preset, run again, or as the beginning of another."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.service import Site


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_preset_brings_the_form_back(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.get_by_role("checkbox", name="Logs").uncheck()
    page.get_by_role("checkbox", name="IP records").check()
    choose(page, "Format", "CSV")
    page.get_by_role("button", name="Presets", exact=True).click()
    page.get_by_label("Preset name").fill("Addresses weekly")
    page.get_by_role("button", name="Save", exact=True).click()
    page.reload()
    expect(page.get_by_role("checkbox", name="Logs")).to_be_checked()
    page.get_by_role("button", name="Presets", exact=True).click()
    page.get_by_role("button", name="Addresses weekly", exact=True).click()
    expect(page.get_by_role("checkbox", name="IP records")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Logs")).not_to_be_checked()
    expect(page.get_by_role("combobox", name="Format")).to_have_value("CSV")
    expect(page.get_by_role("region", name="Preview of ips")).to_be_visible()


def test_an_old_export_runs_again_and_begins_another(page: Page, site: Site) -> None:
    config = {"data_types": ["ips"], "output_format": "csv", "filters": {"ips.risk_score": {"gte": 12}}}
    first = site.export(config)
    page.goto(f"{site.address}/exports/{first}")
    page.get_by_role("button", name="Run again").click()
    expect(page).not_to_have_url(re.compile(first))
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    second = page.url.rsplit("/", 1)[-1]
    configs = [site.call(f"/export/{export_id}/status")["export_config"] for export_id in (first, second)]
    assert configs[0] == configs[1]
    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_role("checkbox", name="IP records")).to_be_checked()
    expect(page.get_by_role("combobox", name="Column")).to_have_value(re.compile("risk_score"))
    page.get_by_role("button", name="Copy as").click()
    page.get_by_role("tab", name="JSON").click()
    expect(page.get_by_label("JSON config", exact=True)).to_contain_text('"gte": 12')
