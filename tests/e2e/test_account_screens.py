"""The pages of a service with accounts: signing in, what a session's end keeps, and every screen."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.commands import lumber
from tests.e2e.conftest import PATIENCE_MS, watch
from tests.e2e.service import Site, aside, copy_of, site_of
from tests.e2e.test_keyboard import tab_to
from tests.e2e.test_screens import LOOKS, PICTURES, grave_violations, wider_than_the_window
from tests.integration.accounts import CHEAP_HASHES, PASSWORD

BUDGET_REASON = "Nine screens in a real browser, each checked by axe."
LINK = re.compile(r"http://\S+/setup#token=(\S+)")
SCREENS = {
    "account": ("/account", "Sign out everywhere"),
    "users": ("/users", "Add user"),
    "policies": ("/policies", "No policies"),
    "policy-editor": ("/policies/new", "Columns of logs"),
    "audit": ("/audit", "lines shown"),
    "outgoing": ("/audit/outgoing", "Nothing left"),
}


@pytest.fixture(scope="module")
def team(sample_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with an admin and a viewer."""
    folder = tmp_path_factory.mktemp("team")
    url = copy_of(sample_database, folder)
    for name, role in (("ada", "admin"), ("vic", "viewer")):
        added = aside(
            lumber, "user", "add", name, "--role", role, "--password-file", "-", "--database-url", url,
            stdin=PASSWORD, **CHEAP_HASHES,
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
    with site_of(url, folder) as site:
        yield site


def type_credentials(page: Page, name: str) -> None:
    """Type name and password, and send them with Enter. The cursor must be in the field of the name."""
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def test_a_session_that_ends_keeps_what_was_typed_without_a_mouse(page: Page, team: Site) -> None:
    page.goto(team.address)
    type_credentials(page, "ada")
    expect(page.get_by_role("region", name="Preview of logs")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Advanced"))
    page.keyboard.press("Enter")
    batch_size = page.get_by_label("Batch size")
    tab_to(page, batch_size)
    page.keyboard.press("Control+A")
    page.context.clear_cookies()
    # In one step: the preview may be refused between two keys, and then the dialog has the focus.
    page.keyboard.insert_text("777")
    # The preview is refused.
    expect(page.get_by_role("dialog", name="Your session has ended")).to_be_visible()
    expect(page.locator("input[name=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(batch_size).to_have_value("777")
    expect(page.get_by_role("region", name="Preview of logs")).to_be_visible()


def test_the_token_of_the_first_visit_leaves_the_address(page: Page, site: Site) -> None:
    found = LINK.search(site.running.stdout)
    assert found, site.running.stdout
    page.goto(found.group())
    expect(page.get_by_role("button", name="Create admin")).to_be_visible()
    expect(page).to_have_url(f"{site.address}/setup")
    assert found.group(1) not in page.content()
    assert grave_violations(page) == []
    page.go_back()
    assert found.group(1) not in page.url


def test_a_viewer_is_not_offered_what_the_role_may_not_do(page: Page, team: Site) -> None:
    page.goto(team.address)
    type_credentials(page, "vic")
    expect(page).to_have_url(f"{team.address}/exports")
    places = page.get_by_role("navigation", name="Main").get_by_role("link")
    expect(places).to_have_text(["History", "Datasets", "Schedules", "Notices", "Data"])
    page.get_by_role("button", name="Account of vic").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("Name")).to_be_focused()
    page.goto(f"{team.address}/data")
    expect(page).to_have_url(f"{team.address}/sign-in?next=%2Fdata")


@pytest.fixture(scope="module")
def looking(browser: Browser, team: Site) -> Callable[[str], Page]:
    """A function that returns a page with a look, on which nobody is signed in."""

    def looking(look: str) -> Page:
        context = browser.new_context(**LOOKS[look], timezone_id="Europe/Berlin", reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()

    return looking


@pytest.mark.parametrize(
    "look", ["light", *(pytest.param(name, marks=[pytest.mark.slow]) for name in ("dark", "phone"))]
)
def test_every_screen_fits_and_anybody_can_use_it(
    looking: Callable[[str], Page], team: Site, look: str
) -> None:
    page = looking(look)
    complaints = watch(page)
    try:
        page.goto(f"{team.address}/sign-in?error=access_denied")
        found = {"sign-in": faults(page, f"sign-in-{look}")}
        type_credentials(page, "ada")
        expect(page.get_by_role("button", name="Account of ada")).to_be_visible()
        for screen, (place, landmark) in SCREENS.items():
            page.goto(team.address + place)
            expect(page.get_by_text(landmark).first).to_be_visible()
            found[screen] = faults(page, f"{screen}-{look}")
        page.goto(f"{team.address}/users")
        page.get_by_role("link", name="vic").click()
        expect(page.get_by_role("heading", name="User vic")).to_be_visible()
        found["user"] = faults(page, f"user-{look}")
        page.get_by_role("button", name="Create key").click()
        expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
        found["key-form"] = faults(page, f"key-form-{look}")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert complaints == []
    finally:
        page.context.close()


def faults(page: Page, picture: str) -> list[str]:
    """Take a picture; return what axe calls grave, and what is wider than the window."""
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{picture}.png", full_page=True)
    return wider_than_the_window(page) + grave_violations(page)
