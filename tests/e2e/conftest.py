"""A real browser before a real service: fixtures for the tests that use the pages as people do."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.service import Site, copy_of, fill_with_sample, site_of
from tests.integration.processes import CHECKOUT

# The machine is shared and may be slow; nothing is waited for longer than it takes.
PATIENCE_MS = 120_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium, installed when it is missing."""
    found = subprocess.run(
        ["sh", CHECKOUT / "scripts" / "chromium.sh"], check=True, stdout=subprocess.PIPE, text=True
    )
    return found.stdout.strip()


@pytest.fixture(scope="session", autouse=True)
def pages() -> None:
    """The built pages; `make test` builds them first, so that they are never old ones."""
    index = CHECKOUT / "src" / "lumber" / "web" / "index.html"
    assert index.exists(), "the pages are not built: run `make frontend`"


@pytest.fixture(scope="session")
def launched(chromium: str) -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """A browser, and the event loop that Playwright drives it with, which is set aside between the files."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS, timeout=PATIENCE_MS)
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)
        browser.close()


@pytest.fixture(scope="module")
def browser(launched: tuple[Browser, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """The session's browser, for a file of tests.

    Playwright's event loop counts as running in this thread as long as the browser is there. Tests of other
    files may run event loops of their own, so between the files no loop counts as running.
    """
    browser, loop = launched
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been here: no storage and no cache. It is east of Greenwich, not in UTC."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when its scripts throw or its security policy is broken."""
    page = context.new_page()
    complaints = watch(page)
    yield page
    assert complaints == []


def watch(page: Page) -> list[str]:
    """Return the list that will hold what the page's scripts throw and what its policy forbids."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if _is_of_a_policy(message.text) else None,
    )
    return complaints


def _is_of_a_policy(text: str) -> bool:
    """Say whether a browser complains about a header that protects the pages."""
    return any(name in text for name in ("Content Security", "Permissions-Policy", "Cross-Origin"))


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with sample rows, to be copied."""
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    fill_with_sample(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def site(sample_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service on a database with sample rows. All tests share it, and there are exports of other tests."""
    folder = tmp_path_factory.mktemp("site")
    with site_of(copy_of(sample_database, folder), folder) as site:
        yield site
