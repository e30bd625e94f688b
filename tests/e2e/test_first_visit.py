"""From the first visit to a dataset that opens."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.service import SAMPLE_ROWS, Site, fill_with_sample, site_of


@pytest.fixture
def site_on_postgresql(postgres_url: str, tmp_path: Path) -> Iterator[Site]:
    fill_with_sample(postgres_url)
    with site_of(postgres_url, tmp_path) as site:
        yield site


@pytest.mark.parametrize("where", ["site", pytest.param("site_on_postgresql", marks=[pytest.mark.slow])])
def test_a_first_visit_ends_with_a_dataset_that_opens(
    page: Page, where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    site: Site = request.getfixturevalue(where)
    page.goto(site.address)
    expect(page).to_have_title("New export · Lumber")
    expect(page.get_by_text("Times in Europe/Berlin")).to_be_visible()
    expect(page.get_by_role("region", name="Preview", exact=True)).to_contain_text(f"{SAMPLE_ROWS:,}")
    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download all").click()
    target = tmp_path / "dataset.zip"
    started.value.save_as(target)
    record = site.call(f"/export/{page.url.rsplit('/', 1)[-1]}")
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "unpacked")
    files = sorted((tmp_path / "unpacked").rglob("*.parquet"))
    table = polars.read_parquet(files)
    assert 0 < len(table) == record["record_count"] < SAMPLE_ROWS
    assert table["timestamp"].is_sorted()


def test_the_pages_come_back_in_the_colours_that_were_chosen(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.get_by_role("button", name="Use dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    # Before the scripts of the page run: no flash of the other scheme.
    page.route("**/assets/**", lambda route: route.abort())
    page.reload(wait_until="commit")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
