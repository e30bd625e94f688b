"""Every screen in light, in dark and on a telephone: it fits, anybody can use it, and a picture is taken."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site, copy_of, site_of
from tests.integration.processes import CHECKOUT

BUDGET_REASON = "Sixteen screens in a real browser, each checked by axe, and exports in every status."
PICTURES = CHECKOUT / "build" / "screenshots"
AXE = CHECKOUT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True},
}
# The same on the narrowest telephones.
NARROW_LOOKS = {**LOOKS, "phone": {**LOOKS["phone"], "viewport": {"width": 360, "height": 780}}}


@dataclass(frozen=True)
class Stage:
    """A service with exports in every status, and one that is empty."""

    site: Site
    empty: Site
    exports: dict[str, str]


@pytest.fixture(scope="module")
def stage(sample_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    nothing = tmp_path_factory.mktemp("nothing")
    with (
        site_of(copy_of(sample_database, folder), folder) as site,
        site_of(f"sqlite:///{nothing / 'empty.db'}", nothing) as empty,
    ):
        every = ["logs", "anomalies", "ips"]
        completed = site.export(
            {
                "data_types": every,
                "output_format": "parquet",
                "compression": "zstd",
                "split": {"mode": "time"},
                "labels": {},
            }
        )
        site.export({"data_types": ["logs"], "output_format": "jsonl", "start_date": "2026-01-10"})
        failed = site.export({"data_types": ["logs"], "validation_level": "strict", "max_reject_ratio": 0})
        with site.held() as cancelled:
            site.call(f"/export/{cancelled}/cancel", {})
        with site.held() as running:
            exports = {"completed": completed, "failed": failed, "cancelled": cancelled, "running": running}
            yield Stage(site, empty, exports)
            site.running.kill()


def fill_in(page: Page) -> None:
    """Choose all kinds, a process and a condition, and open what is folded."""
    page.get_by_role("checkbox", name="anomalies").check()
    page.get_by_label("Processes").first.click()
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add condition").click()
    page.get_by_role("combobox", name="Column").click()
    page.get_by_role("option", name="log_level").click()
    page.get_by_role("combobox", name="Value").click()
    page.get_by_role("option", name="INFO").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Advanced").click()
    page.get_by_role("button", name="Copy as").click()
    expect(page.get_by_role("region", name="Preview of anomalies")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")


def fill_in_training(page: Page) -> None:
    """Open the parts for training and privacy, and ask for what has most inputs."""
    page.get_by_role("button", name="Training").click()
    page.get_by_role("combobox", name="Split method").click()
    page.get_by_role("option", name="By time, with unseen groups").click()
    page.get_by_role("group", name="Splits").get_by_label("Train", exact=True).fill("70")
    for name in ("Label log lines", "Extract log templates", "Build sequences"):
        page.get_by_role("switch", name=name).click()
    page.get_by_role("checkbox", name="Label nearby lines").check()
    page.get_by_role("button", name="Privacy").click()
    page.get_by_role("switch", name="Pseudonymise people").click()
    expect(page.get_by_text("The shares add up to 90%, not 100%.", exact=True)).to_be_visible()
    page.get_by_role("group", name="Splits").get_by_label("Train", exact=True).fill("80")
    expect(page.get_by_text("The service has no usable key")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")


def see_charts(page: Page) -> None:
    """Wait for the picture, which comes in a chunk of its own."""
    expect(page.locator("figure canvas").first).to_be_visible()


def choose_file(page: Page) -> None:
    """Choose a file, and see its first rows and rejects."""
    lines = (
        b"2024-03-01T10:00:00Z web1 sshd[7]: Failed password\n\n2024-03-01T10:00:01Z web1 sshd[7]: Closed\n"
    )
    page.locator("input[type=file]").set_input_files(
        {"name": "a.log", "mimeType": "text/plain", "buffer": lines}
    )
    expect(page.get_by_role("table", name="First rows")).to_contain_text("Failed password")
    page.get_by_role("button", name="Reading options").click()


def define_format(page: Page) -> None:
    """Write a pattern that rejects a line, then a wrong one, in the editor of a chosen file."""
    choose_file(page)
    page.get_by_role("button", name="Define the format").click()
    pattern = page.get_by_role("textbox", name="Pattern")
    pattern.fill(
        "%{TIMESTAMP_ISO8601:timestamp} %{WORD:host_name} sshd%{DATA}: %{INT:n} %{GREEDYDATA:message}"
    )
    expect(page.get_by_role("group", name="Rejected line 1")).to_contain_text("Failed password")
    assert grave_violations(page) == []
    pattern.fill("%{TIMESTAMP_ISO8601:timestamp} %{NOTHING:host_name} %{GREEDYDATA:message}")
    expect(page.get_by_role("alert")).to_contain_text("NOTHING")


def open_clean_up(page: Page) -> None:
    """Open the dialog that says what would be deleted."""
    page.get_by_role("button", name="Clean up").click()
    expect(page.get_by_role("dialog").get_by_text("finished exports kept")).to_be_visible()


SCREENS: dict[str, tuple[str, str, Callable[[Page], None] | None]] = {
    "new-export": ("/", "text=Sample", None),
    "new-export-filled": ("/", "text=Sample", fill_in),
    "new-export-training": ("/", "text=Sample", fill_in_training),
    "new-export-empty-database": ("empty:/", "text=The database is empty", None),
    "completed": ("/exports/{completed}", "text=Rejects by rule", see_charts),
    "failed": ("/exports/{failed}", "text=The export failed", None),
    "cancelled": ("/exports/{cancelled}", "role=alert", None),
    "running": ("/exports/{running}", "text=Exporting rows", None),
    "history": ("/exports", "text=all time", None),
    "history-clean-up": ("/exports", "text=all time", open_clean_up),
    "history-empty": ("empty:/exports", "text=No exports yet", None),
    "history-nothing-found": ("/exports?text=zebra", "text=No matching exports", None),
    "data": ("/data", "text=Columns of", define_format),
    "data-empty": ("empty:/data", "h1", choose_file),
    "no-such-page": ("/nowhere", "text=There is no page", None),
    "no-such-export": ("/exports/nothing", "text=Export not found", None),
}


@pytest.fixture(scope="module")
def seen_as(browser: Browser) -> Iterator[Callable[[str], BrowserContext]]:
    """A function that returns a browser with a look; it keeps what it has loaded from screen to screen."""
    contexts: dict[str, BrowserContext] = {}

    def seen_as(look: str) -> BrowserContext:
        if look not in contexts:
            contexts[look] = browser.new_context(
                **LOOKS[look], timezone_id="Europe/Berlin", reduced_motion="reduce"
            )
            contexts[look].set_default_timeout(PATIENCE_MS)
        return contexts[look]

    yield seen_as
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize(
    "look", ["light", *(pytest.param(name, marks=[pytest.mark.slow]) for name in ("dark", "phone"))]
)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_fits_and_anybody_can_use_it(
    seen_as: Callable[[str], BrowserContext], stage: Stage, screen: str, look: str
) -> None:
    place, landmark, prepare = SCREENS[screen]
    site = stage.empty if place.startswith("empty:") else stage.site
    page = seen_as(look).new_page()
    try:
        complaints = watch(page)
        page.goto(site.address + place.removeprefix("empty:").format(**stage.exports))
        expect(page.locator(landmark).first).to_be_visible()
        if prepare:
            prepare(page)
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{screen}-{look}.png", full_page=True)
        assert wider_than_the_window(page) == []
        assert grave_violations(page) == []
        assert complaints == []
    finally:
        page.close()


def wider_than_the_window(page: Page) -> list[str]:
    """Return what makes the page scroll sideways; nothing when it does not."""
    return page.evaluate(
        """() => {
            const { clientWidth, scrollWidth } = document.documentElement
            if (scrollWidth <= clientWidth) return []
            return [...document.querySelectorAll('body *')]
                .filter((element) => element.getBoundingClientRect().right > clientWidth)
                .map((element) => element.outerHTML.slice(0, 120))
        }"""
    )


def grave_violations(page: Page) -> list[str]:
    """Return what axe calls serious or critical."""
    # Not by a script element, which the page's policy forbids.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        json.dumps([item["id"], item["help"], [node["html"][:160] for node in item["nodes"]][:4]])
        for item in found["violations"]
        if item["impact"] in ("serious", "critical")
    ]
