"""An export for training, from the form to what its page says of the splits."""

from pathlib import Path

import polars
from playwright.sync_api import Page, expect

from tests.e2e.service import Site


def test_an_export_for_training_is_asked_for_and_its_splits_are_seen(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.get_by_role("button", name="Training").click()
    splits = page.get_by_role("group", name="Splits")
    splits.get_by_role("combobox", name="Split method").click()
    page.get_by_role("option", name="By time", exact=True).click()
    splits.get_by_label("Train", exact=True).fill("60")
    expect(splits.get_by_text("The shares add up to 80%, not 100%.")).to_be_visible()
    splits.get_by_label("Test", exact=True).fill("30")
    splits.get_by_role("textbox", name="Embargo").fill("10")
    page.get_by_role("switch", name="Label log lines").click()
    page.get_by_role("checkbox", name="Label other lines as normal").check()
    page.get_by_role("button", name="Privacy").click()
    expect(page.get_by_role("switch", name="Pseudonymise people")).not_to_be_checked()
    page.get_by_role("button", name="Start export").click()

    proof = page.get_by_role("region", name="Splits and proof")
    # Two tables with a head and three rows each, and a matrix with a head and two rows.
    expect(proof.get_by_role("row")).to_have_count(4 + 4 + 3)
    record = site.call(f"/export/{page.url.rsplit('/', 1)[-1]}")
    folder = Path(record["path"])
    for name, share in {"train": 0.6, "validation": 0.1, "test": 0.3}.items():
        rows = polars.read_parquet(sorted((folder / "logs").glob(f"{name}-*.parquet")))
        assert abs(len(rows) / record["record_count"] - share) < 0.02
        labels = rows["label"].value_counts(sort=True)
        row = proof.get_by_role("row", name=name).filter(has_text=f"{len(rows):,}").first
        expect(row).to_contain_text(f"{labels.filter(polars.col('label') == 0)['count'].sum():,}")
    expect(proof.get_by_role("region", name="Leakage certificate")).to_contain_text("train, test")
    expect(proof.get_by_role("region", name="Privacy")).to_have_count(0)
    assert record["export_config"]["split"]["embargo_seconds"] == 600
    assert record["export_config"]["privacy"] is None

    # A clone has it all again.
    page.goto(f"{site.address}/?from={record['export_id']}")
    expect(page.get_by_role("button", name="Training")).to_contain_text("split by time, labels")
    expect(page.get_by_role("group", name="Splits").get_by_label("Train", exact=True)).to_have_value("60%")
    expect(page.get_by_role("textbox", name="Embargo")).to_have_value("10")
