"""While a page loads: its frame is there before the script, and nothing that is drawn jumps afterwards."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site
from tests.e2e.test_screens import NARROW_LOOKS

BUDGET_REASON = "Every page of the interface is loaded slowly, wide and narrow, and what moves is added up."
# A late answer: what was drawn before it must stay where it is.
LATE_MS = 60
MOST_SHIFT = 0.05
PAGES = {
    "new": "/",
    "clone": "/?from={id}",
    "fix": "/?from={id}&fix=leakage",
    "history": "/exports",
    "export": "/exports/{id}",
    "rows": "/exports/{id}/rows",
    "comparison": "/compare?a={id}&b={id}",
    "datasets": "/datasets",
    "schedules": "/schedules",
    "new-schedule": "/schedules/new",
    "destinations": "/destinations",
    "notices": "/notices",
    "data": "/data",
    "users": "/users",
    "policies": "/policies",
    "audit": "/audit",
    "outgoing": "/audit/outgoing",
    "account": "/account",
    "setup": "/setup",
    "sign-in": "/sign-in",
    "signed-in": "/signed-in",
    "nowhere": "/nowhere",
}
# Adds up what moves without a person's doing, and keeps what moved for the message of a failure.
OBSERVER = """
    window.shifts = []
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries())
            if (!hadRecentInput)
                window.shifts.push([value, sources.map(({ node }) => node?.outerHTML?.slice(0, 120))])
    }).observe({ type: 'layout-shift', buffered: true })
"""


@pytest.fixture(scope="module")
def export_id(site: Site) -> str:
    return site.export({"data_types": ["logs", "ips"], "output_format": "parquet", "split": {"mode": "time"}})


@contextmanager
def seen_as(browser: Browser, look: str) -> Iterator[BrowserContext]:
    context = browser.new_context(**NARROW_LOOKS[look], timezone_id="Europe/Berlin", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context
    finally:
        context.close()


def settle(page: Page) -> None:
    """Wait until a page has its heading and nothing that loads, and was drawn so."""
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.mark.parametrize("look", ["light", pytest.param("phone", marks=[pytest.mark.slow])])
def test_nothing_jumps_while_a_page_loads(browser: Browser, site: Site, export_id: str, look: str) -> None:
    jumped = {}
    with seen_as(browser, look) as context:
        context.add_init_script(OBSERVER)
        for name, path in PAGES.items():
            page = context.new_page()
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            slow = {"offline": False, "latency": LATE_MS, "downloadThroughput": -1, "uploadThroughput": -1}
            network.send("Network.emulateNetworkConditions", slow)
            page.goto(site.address + path.format(id=export_id))
            settle(page)
            shifts = page.evaluate("() => window.shifts")
            if sum(value for value, _ in shifts) >= MOST_SHIFT:
                jumped[name] = shifts
            page.close()
    assert jumped == {}


@pytest.mark.parametrize("look", NARROW_LOOKS)
def test_the_frame_is_drawn_before_the_script_has_come(browser: Browser, site: Site, look: str) -> None:
    held: list[Route] = []
    released: list[bool] = []

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            held.append(route)

    with seen_as(browser, look) as context:
        page = context.new_page()
        complaints = watch(page)
        page.add_init_script(OBSERVER)
        page.route(re.compile(r"/assets/.*\.js$"), hold)
        page.goto(f"{site.address}/exports", wait_until="commit")
        early = page.locator(".early-header")
        expect(early).to_be_visible()
        places = [early.bounding_box(), early.locator("img").bounding_box()]
        assert page.locator(".early-navbar").is_visible() == (look != "phone")
        ground = "getComputedStyle(document.querySelector('%s')).backgroundColor"
        colour = page.evaluate(ground % ".early-header")
        assert page.evaluate(ground % "html") == colour

        released.append(True)
        for route in held:
            route.continue_()
        settle(page)
        header = page.get_by_role("banner")
        assert [header.bounding_box(), header.locator("img").bounding_box()] == places
        assert page.evaluate(ground % "header") == page.evaluate(ground % "body") == colour
        expect(early).to_be_hidden()
        assert sum(value for value, _ in page.evaluate("() => window.shifts")) < MOST_SHIFT
        assert complaints == []


def test_pages_outside_the_frame_begin_without_it(browser: Browser, site: Site) -> None:
    with seen_as(browser, "light") as context:
        page = context.new_page()
        page.route(re.compile(r"/assets/.*\.js$"), lambda route: None)
        page.goto(f"{site.address}/sign-in", wait_until="commit")
        expect(page.locator("html")).to_have_attribute("data-bare", "")
        expect(page.locator(".early-header")).to_be_hidden()
