"""All time without a mouse."""

from playwright.sync_api import Locator, Page, expect

from tests.e2e.service import Site

MOST_STEPS = 80


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as somebody without a mouse does."""
    expect(target).to_be_visible()
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached with Tab")


def choose(page: Page, field: Locator, option: str) -> None:
    """Open the list of a field that has the focus, go down to an option as it is lit up, and take it."""
    page.keyboard.press("ArrowDown")
    wanted = page.get_by_role("option", name=option, exact=True)
    expect(wanted).to_be_visible()
    lit = page.locator("[role=option][data-combobox-selected]")
    for _ in range(MOST_STEPS):
        expect(lit).to_have_count(1)
        before = lit.inner_text()
        if before == option:
            break
        page.keyboard.press("ArrowDown")
        expect(lit).not_to_have_text(before)
    page.keyboard.press("Enter")
    expect(field).to_have_value(option)


def test_an_export_is_made_and_fetched_without_a_mouse(page: Page, site: Site) -> None:
    page.goto(site.address)
    expect(page.get_by_role("region", name="Preview of logs")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("checkbox", name="IP records"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("combobox", name="Format"))
    choose(page, page.get_by_role("combobox", name="Format"), "JSON Lines")
    tab_to(page, page.get_by_role("button", name="Start export"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    with page.expect_download() as started:
        tab_to(page, page.get_by_role("link", name="Download all"))
        page.keyboard.press("Enter")
    assert started.value.suggested_filename.endswith(".zip")


def test_a_dialog_keeps_the_focus_and_gives_it_back(page: Page, site: Site) -> None:
    export_id = site.export({"data_types": ["ips"]})
    page.goto(f"{site.address}/exports/{export_id}")
    delete = page.get_by_role("button", name="Delete")
    tab_to(page, delete)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    # The dialog takes the focus a moment after it shows.
    expect(dialog.locator(":focus")).to_have_count(1)
    for _ in range(8):
        page.keyboard.press("Tab")
        expect(dialog.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(delete).to_be_focused()
