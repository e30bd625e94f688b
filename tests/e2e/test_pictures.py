"""The pictures: dragged with the mouse and moved with keys, and nothing jumps when they come."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site, copy_of, site_of
from tests.e2e.test_screens import NARROW_LOOKS, PICTURES, grave_violations, wider_than_the_window

BUDGET_REASON = "A real browser before a service of its own, with an export that has every picture."
MOST_SHIFT = 0.05
# Adds up how far things jump that nobody touched.
OBSERVER = """
    window.__shift = 0
    window.__moved = []
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (entry.hadRecentInput) continue
            window.__shift += entry.value
            for (const { node } of entry.sources) window.__moved.push(node?.outerHTML?.slice(0, 160) ?? '')
        }
    }).observe({ type: 'layout-shift', buffered: true })
"""


@pytest.fixture(scope="module")
def site(sample_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service of these tests alone: the history and its totals have one export."""
    folder = tmp_path_factory.mktemp("pictures")
    with site_of(copy_of(sample_database, folder), folder) as site:
        yield site


@pytest.fixture(scope="module")
def finished(site: Site) -> str:
    """A finished export with every picture."""
    return site.export(
        {
            "data_types": ["logs", "anomalies"],
            "output_format": "parquet",
            "split": {"mode": "time"},
            "labels": {},
            "templates": {},
            "sequences": {"mode": "session"},
        }
    )


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, end[1], steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def inside(element: Locator, share: float) -> tuple[float, float]:
    """Return the point at this share of an element's width, in the middle of its height."""
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def test_the_range_is_set_by_dragging_and_by_keys(page: Page, site: Site) -> None:
    page.goto(site.address)
    preview = page.get_by_role("region", name="Preview of logs")
    picture = preview.get_by_role("img", name=re.compile("^Rows of logs over time"))
    expect(picture.locator("canvas")).to_be_visible()
    start, end = (page.get_by_label(name, exact=True) for name in ("Start", "End"))
    edge = preview.get_by_role("slider", name="End of the range")
    last = edge.get_attribute("aria-valuetext") or ""
    expect(start).to_have_value("")
    drag(page, inside(picture, 0.3), inside(picture, 0.6))
    expect(start).not_to_have_value("")
    expect(end).not_to_have_value("")
    expect(preview.get_by_role("button", name="All time")).to_be_visible()
    dragged = start.input_value(), end.input_value()
    assert dragged[0] < dragged[1]
    # The picture then shows the range, and its handles are at both ends.
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", last)
    expect(edge).not_to_have_attribute("aria-valuetext", last)
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    edge.focus()
    page.keyboard.press("PageDown")
    expect(preview).to_contain_text("Release or press Enter to use it")
    assert end.input_value() == dragged[1]
    page.keyboard.press("Escape")
    expect(preview).not_to_contain_text("Release or press Enter to use it")
    page.keyboard.press("PageDown")
    page.keyboard.press("Enter")
    expect(end).not_to_have_value(dragged[1])
    assert start.input_value() < end.input_value() < dragged[1]
    preview.get_by_role("button", name="All time").click()
    expect(start).to_have_value("")


def test_a_cut_is_moved_by_dragging_and_by_keys(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.get_by_role("button", name="Training").click()
    page.get_by_role("combobox", name="Split method").click()
    page.get_by_role("option", name="By time", exact=True).click()
    preview = page.get_by_role("region", name="Preview of logs")
    picture = preview.get_by_role("img", name=re.compile("^Rows of logs over time"))
    cut = preview.get_by_role("slider", name="Start of validation")
    expect(cut).to_be_enabled()
    train = page.get_by_role("group", name="Splits").get_by_label("Train", exact=True)
    share, at = train.input_value(), place_of(cut)
    drag(page, inside(cut, 0.5), inside(picture, 0.5))
    expect(train).not_to_have_value(share)
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    dragged = place_of(cut)
    assert dragged < at
    cut.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(cut).not_to_have_attribute("aria-valuenow", str(dragged))
    assert place_of(cut) > dragged


def place_of(slider: Locator) -> int:
    return int(slider.get_attribute("aria-valuenow") or 0)


@pytest.mark.parametrize(
    "look", ["light", *(pytest.param(name, marks=[pytest.mark.slow]) for name in ("dark", "phone"))]
)
def test_nothing_jumps_when_pictures_come(page: Page, site: Site, finished: str, look: str) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(**NARROW_LOOKS[look], timezone_id="Europe/Berlin", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(OBSERVER)
    try:
        shown = seen(context, site, finished, look)
    finally:
        context.close()
    assert {name: shift for name, shift in shown.items() if shift[0] >= MOST_SHIFT} == {}


def seen(context: BrowserContext, site: Site, finished: str, look: str) -> dict[str, tuple[float, list[str]]]:
    """Open each page with pictures; return how far its parts jumped, and which did."""
    found = {}
    page = context.new_page()
    complaints = watch(page)
    for name, path, landmark in (
        ("form", "/", "Preview of logs"),
        ("result", f"/exports/{finished}", "Sequences by length"),
        ("history", "/exports", "1 completed export"),
    ):
        page.goto(site.address + path)
        part = page.get_by_role("region", name=landmark) if name != "history" else page.get_by_text(landmark)
        expect(part.first).to_be_visible()
        if name == "history":
            page.get_by_role("button", name="Storage").click()
            expect(page.get_by_role("img", name=re.compile("^Stored bytes over time"))).to_be_visible()
        expect(page.locator("canvas").first).to_be_visible()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found[name] = (page.evaluate("window.__shift"), page.evaluate("window.__moved"))
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"pictures-{name}-{look}.png", full_page=name != "history")
        assert wider_than_the_window(page) == []
        assert grave_violations(page) == []
    assert complaints == []
    return found
