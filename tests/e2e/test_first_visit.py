"""From the first visit to a dataset that opens."""

import zipfile
from pathlib import Path

import polars
from playwright.sync_api import Page, expect

from tests.e2e.service import fill_with_sample
from tests.integration.serving import serving


def test_a_first_visit_ends_with_a_dataset_that_opens(page: Page, sqlite_url: str, tmp_path: Path) -> None:
    fill_with_sample(sqlite_url)
    with serving(sqlite_url, tmp_path) as (_, address):
        page.goto(address)
        expect(page).to_have_title("New export · Lumber")
        preview = page.get_by_role("region", name="Preview")
        expect(preview.get_by_text("3,000").first).to_be_visible()
        page.get_by_role("button", name="Start the export").click()
        expect(page.get_by_role("heading", name="Files")).to_be_visible()
        with page.expect_download() as started:
            page.get_by_role("link", name="Download all").click()
        target = tmp_path / "dataset.zip"
        started.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "unpacked")
    files = sorted((tmp_path / "unpacked").rglob("*.parquet"))
    assert len(polars.read_parquet(files)) > 2_900
