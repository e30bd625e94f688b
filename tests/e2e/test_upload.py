"""Files dropped on the Data page: their rows appear, and what was rejected is shown as text."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.service import ingest, site_of

HOSTILE = "<img src=x onerror=\"document.title='taken over'\">"
DATA_TRANSFER = """([name, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))
    const transfer = new DataTransfer()
    transfer.items.add(new File([bytes], name))
    return transfer
}"""


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file on the page as a hand with a mouse does."""
    transfer = page.evaluate_handle(DATA_TRANSFER, [name, base64.b64encode(content).decode()])
    page.get_by_role("group", name="Files to load").dispatch_event("drop", {"dataTransfer": transfer})


def load(page: Page, name: str, content: bytes) -> None:
    """Drop a file, and load it."""
    drop(page, name, content)
    page.get_by_role("button", name="Load 1 file").click()


# The other test of this file loads into SQLite.
@pytest.mark.parametrize("database", ["postgres_url", pytest.param("sqlite_url", marks=[pytest.mark.slow])])
def test_a_dropped_file_is_loaded_and_its_rejects_are_shown(
    page: Page, database: str, request: pytest.FixtureRequest, tmp_path: Path, loghub: Path
) -> None:
    database_url = request.getfixturevalue(database)
    content = (loghub / "Linux_2k.log").read_bytes() + f"\n{HOSTILE}\n".encode()
    with site_of(database_url, tmp_path) as site:
        page.goto(f"{site.address}/data")
        expect(page.get_by_text("Load your first file")).to_be_visible()
        drop(page, "Linux_2k.log", content)
        preview = page.get_by_role("region", name="Preview of Linux_2k.log")
        expect(preview).to_contain_text("The first 1,000 lines: 1,000 would be loaded, 0 rejected")
        expect(preview).to_contain_text("Years were guessed")
        expect(preview).to_contain_text("Recognised: 1,000 lines as syslog (RFC 3164)")
        expect(preview).to_contain_text("No line has a level: set the default level")
        expect(preview.get_by_role("table").get_by_role("row").nth(1)).to_contain_text("combo")
        expect(page.get_by_text("Load your first file")).to_be_visible()
        page.get_by_role("button", name="Load 1 file").click()
        row = page.get_by_role("listitem", name="Linux_2k.log")
        expect(row.get_by_role("status")).to_contain_text("2,001 lines: 2,000 loaded, 1 rejected")
        expect(page.get_by_role("button", name="Logs 2,000 rows")).to_be_visible()
        expect(page.get_by_text("The database is empty")).to_have_count(0)
        row.get_by_role("button", name="Show 1 rejected line").click()
        rejected = row.get_by_role("row").last
        expect(rejected).to_contain_text("2,001")
        expect(rejected).to_contain_text(HOSTILE)
        assert page.locator("img[src='x']").count() == 0
        expect(page).to_have_title("Data · Lumber")
        with page.expect_download() as started:
            row.get_by_role("link", name="Download as JSON Lines").click()
        assert Path(started.value.path()).read_text().count("\n") == 1
        load(page, "again.log", content)
        again = page.get_by_role("listitem", name="again.log")
        expect(again.get_by_role("status")).to_contain_text("All 2,001 lines were loaded before")
        # Whoever loads a file, the list of what was loaded has it, the last one first.
        other = tmp_path / "detections.jsonl"
        other.write_text('{"timestamp": "2026-01-01T00:00:00Z", "anomaly_type": "port_scan"}\n')
        ingest(database_url, "anomalies", other)
        page.reload()
        loaded = page.get_by_role("table", name="Loaded files").get_by_role("row")
        expect(loaded).to_have_count(3)
        expect(loaded.nth(1)).to_contain_text("detections.jsonl")
        expect(loaded.nth(2)).to_contain_text("Linux_2k.log")
        expect(loaded.nth(2)).to_contain_text("2,001")
        expect(loaded.nth(2)).to_contain_text("2,000 lines as syslog (RFC 3164), 1 not recognised")


def test_files_are_chosen_with_the_keyboard(
    page: Page, sqlite_url: str, tmp_path: Path, loghub: Path
) -> None:
    with site_of(sqlite_url, tmp_path) as site:
        page.goto(f"{site.address}/data")
        button = page.get_by_role("button", name="Choose files")
        with page.expect_file_chooser() as opened:
            button.press("Enter")
        opened.value.set_files([loghub / "OpenSSH_2k.log", loghub / "Thunderbird_2k.log"])
        page.get_by_role("button", name="Load 2 files").press("Enter")
        for name in ("OpenSSH_2k.log", "Thunderbird_2k.log"):
            status = page.get_by_role("listitem", name=name).get_by_role("status")
            expect(status).to_contain_text("2,000 lines: 2,000 loaded")
        expect(page.get_by_role("button", name="Logs 4,000 rows")).to_be_visible()
