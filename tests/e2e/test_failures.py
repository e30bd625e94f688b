"""What goes wrong is said where it belongs, with what helps."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.service import Site

STRICT = {"data_types": ["logs"], "validation_level": "strict", "max_reject_ratio": 0}


def test_a_failed_export_says_why_and_can_be_mended(page: Page, site: Site) -> None:
    failed = site.export(STRICT)
    page.goto(f"{site.address}/exports/{failed}")
    notice = page.get_by_role("alert").filter(has_text="The export failed")
    expect(notice).to_contain_text("rows were rejected")
    expect(notice).to_contain_text("raise the maximum reject ratio")
    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_role("combobox", name="Validation")).to_have_value("Strict")
    page.get_by_role("button", name="Advanced").click()
    page.get_by_label("Maximum reject ratio").fill("1")
    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    expect(page.get_by_role("heading", name="Rejects by rule")).to_be_visible()


def test_what_the_service_refuses_shows_at_its_field(page: Page, site: Site) -> None:
    before = site.call("/export/?limit=100")
    page.goto(site.address)
    page.get_by_role("button", name="Add condition").click()
    page.get_by_role("combobox", name="Column").click()
    page.get_by_role("option", name="device_ip").click()
    page.get_by_role("combobox", name="Operator").click()
    page.get_by_role("option", name="is in the network").click()
    value = page.get_by_role("group", name="Condition 1").get_by_role("combobox", name="Value")
    value.fill("banana")
    value.press("Enter")
    condition = page.get_by_role("group", name="Condition 1")
    page.get_by_role("button", name="Start export").click()
    expect(value).to_have_attribute("aria-invalid", "true")
    expect(condition.get_by_text("is not a network")).to_be_visible()
    assert site.call("/export/?limit=100") == before


def test_an_end_before_the_start_is_told_before_anything_is_sent(page: Page, site: Site) -> None:
    before = site.call("/export/?limit=100")
    page.goto(site.address)
    page.get_by_label("Start", exact=True).fill("2026-01-10T12:00:00")
    page.get_by_label("End", exact=True).fill("2026-01-09T12:00:00")
    expect(page.get_by_text("2026-01-10 11:00:00 UTC")).to_be_visible()
    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_text("The end is before the start.", exact=True)).to_be_visible()
    # The focus goes to the first error: here to the field, and from a folded section after it has opened.
    expect(page.get_by_label("End", exact=True)).to_be_focused()
    page.get_by_label("End", exact=True).fill("someday")
    page.locator("[data-accordion-control]", has_text="Time range").click()
    expect(page.get_by_label("End", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_label("End", exact=True)).to_be_focused()
    expect(page.get_by_text(re.compile("^Not a time")).first).to_be_visible()
    page.get_by_label("End", exact=True).fill("")
    page.get_by_label("Start", exact=True).fill("-7d")
    page.get_by_label("Start", exact=True).press("Tab")
    expect(page.get_by_label("Start", exact=True)).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d"))
    expect(page.get_by_label("Start", exact=True)).not_to_have_attribute("aria-invalid", "true")
    assert site.call("/export/?limit=100") == before
