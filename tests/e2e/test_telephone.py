"""On a narrow telephone: exports are cards, the preview is one touch away, and a finger reaches all of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site
from tests.e2e.test_screens import NARROW_LOOKS, PICTURES, grave_violations, wider_than_the_window

BUDGET_REASON = "A telephone in light and dark, with its pages checked by axe."
# What a finger aims at, in CSS pixels each way.
LEAST_TARGET = 24


@pytest.fixture(scope="module")
def exports(site: Site) -> dict[str, str]:
    """A finished export and a failed one."""
    completed = site.export({"data_types": ["logs"], "output_format": "parquet"})
    failed = site.export({"data_types": ["logs"], "validation_level": "strict", "max_reject_ratio": 0})
    return {"completed": completed, "failed": failed}


@pytest.fixture(params=["light", pytest.param("dark", marks=[pytest.mark.slow])])
def telephone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(**{**NARROW_LOOKS["phone"], "color_scheme": request.param})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints = watch(page)
    yield page
    context.close()
    assert complaints == []


def is_dark(page: Page) -> bool:
    return page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")


def test_an_export_is_a_card_that_a_finger_reaches(
    telephone: Page, site: Site, exports: dict[str, str]
) -> None:
    telephone.goto(f"{site.address}/exports")
    cards = telephone.locator("tbody tr")
    for export_id, status in ((exports["failed"], "failed"), (exports["completed"], "completed")):
        card = cards.filter(has=telephone.locator(f'a[href="/exports/{export_id}"]'))
        card.scroll_into_view_if_needed()
        width = telephone.viewport_size["width"] if telephone.viewport_size else 0
        for part in (
            card.get_by_role("link"),
            card.get_by_text(status, exact=True),
            card.locator("time"),
            card.get_by_role("checkbox"),
            card.get_by_role("button", name="Actions of"),
        ):
            box = part.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= width
        for target in (card.get_by_role("checkbox"), card.get_by_role("button", name="Actions of")):
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= LEAST_TARGET
        card.get_by_role("checkbox").tap()
        expect(card.get_by_role("checkbox")).to_be_checked()
        card.get_by_role("button", name="Actions of").tap()
        expect(telephone.get_by_role("menuitem", name="Run again")).to_be_visible()
        telephone.keyboard.press("Escape")
    expect(telephone.get_by_role("region", name="Selected exports")).to_be_in_viewport()
    # Also the links of selected cards, and of the one under the pointer, have enough contrast.
    card.hover()
    PICTURES.mkdir(parents=True, exist_ok=True)
    look = "dark" if is_dark(telephone) else "light"
    telephone.screenshot(path=PICTURES / f"history-cards-{look}.png", full_page=True)
    assert wider_than_the_window(telephone) == []
    assert grave_violations(telephone) == []
    telephone.get_by_role("button", name="Rows", exact=True).tap()
    expect(telephone.get_by_role("columnheader", name="Rows")).to_have_attribute("aria-sort", "descending")


def test_a_dialog_leaves_one_landmark_of_each_kind(telephone: Page, site: Site) -> None:
    telephone.goto(f"{site.address}/exports")
    telephone.get_by_role("button", name="Clean up").tap()
    expect(telephone.get_by_role("button", name="Close dialog")).to_be_visible()
    assert grave_violations(telephone) == []
    rules = ["landmark-no-duplicate-banner", "landmark-banner-is-top-level", "landmark-unique"]
    found = telephone.evaluate("(rules) => axe.run(document, { runOnly: rules })", rules)
    assert [item["id"] for item in found["violations"]] == []


def test_the_preview_of_the_form_is_one_touch_away(telephone: Page, site: Site) -> None:
    telephone.goto(site.address)
    button = telephone.get_by_role("button", name="Preview", exact=True)
    expect(button).to_be_in_viewport(ratio=1)
    expect(telephone.get_by_role("button", name="Start export")).to_be_in_viewport(ratio=1)
    heading = telephone.get_by_role("heading", name="Preview", exact=True)
    expect(heading).not_to_be_in_viewport()
    button.tap()
    expect(heading).to_be_in_viewport(ratio=1)
    expect(telephone.get_by_role("region", name="Preview of logs")).to_be_in_viewport()
    assert grave_violations(telephone) == []
