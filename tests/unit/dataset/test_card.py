"""The dataset card: front matter that loaders read, and a text that says only what is proven."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import yaml

from lumber.catalog.registry import get_kind
from lumber.dataset.documents.card import dataset_card
from lumber.dataset.documents.contents import Contents
from lumber.dataset.documents.front_matter import size_category
from lumber.dataset.manifest import (
    BeginningSection,
    ParentSection,
    VersionKindSection,
    VersionSection,
    VersionTemplates,
)
from lumber.dataset.totals import KindTotals
from lumber.exports import ExportConfig
from lumber.formats import Compression, all_formats, extension
from lumber.formats.staged_file import StagedFile

FORMATS = pytest.mark.parametrize("output_format", list(all_formats()))


def totals(written: int, rejected: int = 0) -> KindTotals:
    shards = [StagedFile("a", written, 1, "aa")] if written else []
    return KindTotals(read=written + rejected, written=written, rejected=rejected, shards=shards)


def card(
    output_format: str,
    config: dict[str, Any] | None = None,
    dataset: VersionSection | None = None,
    cuts: Sequence[tuple[str, int]] = (),
    **kinds: KindTotals,
) -> str:
    return dataset_card(
        Contents(
            kinds={name: (get_kind(name), found) for name, found in kinds.items()},
            files=(),
            output_format=output_format,
            suffix=extension(output_format, Compression.NONE),
            config={"validation_level": "strict", "fields": {}, **(config or {})},
            version="1.2.3",
            data_version="4.5.6",
            reproducibility_hash="ab" * 32,
            dataset=dataset,
            cuts=cuts,
            created_at=datetime(2026, 11, 29, 2, 0, 41, tzinfo=UTC),
        )
    )


def front_matter(text: str) -> dict[str, Any]:
    _, matter, _ = text.split("---\n", 2)
    return yaml.safe_load(matter)


@FORMATS
def test_each_kind_with_rows_is_a_config_that_names_its_files(output_format: str) -> None:
    text = card(output_format, logs=totals(5, 2), ips=totals(0), anomalies=totals(3))
    configs = front_matter(text)["configs"]
    assert [config["config_name"] for config in configs] == ["logs", "anomalies"]
    for config in configs:
        path = f"{config['config_name']}/train-*.{output_format}"
        assert config["data_files"] == [{"split": "train", "path": path}]


@FORMATS
def test_a_dataset_without_rows_has_no_config(output_format: str) -> None:
    text = card(output_format, logs=totals(0), ips=totals(0, 4))
    assert front_matter(text)["configs"] == []
    assert "size_categories" not in front_matter(text)
    assert "No rows matched." in text
    assert "load_dataset" not in text


def test_it_counts_rows_and_rejects_of_each_kind() -> None:
    text = card("parquet", logs=totals(12_345, 67), ips=totals(0))
    assert "| kind | read | written | rejected | deduplicated | left out | files |" in text
    assert "| logs | 12,412 | 12,345 | 67 | 0 | 0 | 1 |" in text
    assert "| ips | 0 | 0 | 0 | 0 | 0 | 0 |" in text
    assert "Of 12,412 rows of logs, some are missing: 67 rows broke rules." in text


def test_it_names_times_that_lie_far_out() -> None:
    found = totals(103)
    week = [1_767_225_600_000_000 + hour * 3_600_000_000 for hour in range(100)]
    found.quality.times.add(np.array([0, *week, 20_212_156_800_000_000, 20_212_156_800_000_000]))
    text = card("parquet", logs=found)
    assert (
        "The times of 3 rows of logs lie far from all others and may be damaged: "
        "1970-01-01T00:00:00.000000Z, 2610-07-02T00:00:00.000000Z." in text
    )


def test_it_describes_every_column() -> None:
    text = card("parquet", logs=totals(5))
    for field in get_kind("logs").schema:
        assert f"| `{field.name}` |" in text
    assert "| `structured_data` | JSON | yes |" in text
    assert "| `id` | int64 | no | Number of the row; it grows in the order of loading. |" in text


def test_it_says_how_it_was_made() -> None:
    text = card("csv", logs=totals(5))
    assert "Exported by Lumber 1.2.3." in text
    assert "Rows that break a rule of the validation level strict were rejected." in text
    assert f"Reproducibility hash: `{'ab' * 32}`" in text
    assert 'load_dataset("PATH", "logs")' in text
    assert text.endswith("\n")


def test_the_front_matter_says_what_the_hub_asks_for() -> None:
    found = front_matter(card("parquet", logs=totals(900), ips=totals(200)))
    assert found["license"] == "unknown"
    assert found["size_categories"] == ["1K<n<10K"]
    assert found["tags"] == ["lumber", "logs", "ips"]
    assert "language" not in found


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (1, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (99_999, "10K<n<100K"),
        (3_000_000, "1M<n<10M"),
        (10**11, "100B<n<1T"),
        (10**13, "n>1T"),
    ],
)
def test_the_size_has_the_hubs_name(rows: int, name: str) -> None:
    assert size_category(rows) == name


def test_it_says_which_columns_tell_about_people_and_machines() -> None:
    text = card("parquet", logs=totals(5), ips=totals(5))
    assert "- ips: address may hold addresses." in text
    assert "- logs: device_id, host_name may hold names of devices and machines." in text


def test_it_names_custom_masks_and_texts_that_templates_keep() -> None:
    options = {"custom_masks": {"order": "ORD-[0-9]+"}, "keep": ["404"]}
    text = card("parquet", {"templates": options}, logs=totals(5))
    assert "- Templates have slots for further forms of values, by regular expression: `<:order:>`" in text
    assert "- In templates, these texts stay as they are: `404`." in text


def version(**values: Any) -> VersionSection:
    parent = ParentSection(number=11, data_version="1.10.0", export_id="e", manifest_sha256="0" * 64)
    given = {
        "name": "plant",
        "number": 12,
        "data_version": "1.11.0",
        "parent": parent,
        "began": BeginningSection(number=1, created_at="2026-11-01T02:00:00+00:00"),
        "watermark": {},
        "kinds": {
            "logs": VersionKindSection(mode="append", added=4_000, changed=0, removed=0),
            "ips": VersionKindSection(mode="whole", added=1, changed=2, removed=3),
        },
    }
    return VersionSection(**{**given, **values})


def test_it_names_the_version_of_a_dataset_and_what_it_changes() -> None:
    cuts = [("test", 1_767_225_600_000_000)]
    split = ExportConfig(data_types=["logs"], split="time").as_json()["split"]
    text = card("parquet", {"split": split}, version(), cuts, logs=totals(5_000), ips=totals(7))
    for line in (
        "# Dataset `plant` v12, exported by Lumber",
        "- Dataset `plant`, version v12, semantic version 1.11.0, exported on 2026-11-29 02:00 UTC.",
        "- Version 1.x began with v1 on 2026-11-01 02:00 UTC.",
        "- It continues v11 (1.10.0).",
        "| logs | new rows | 4,000 | 0 | 0 |",
        "| ips | all rows | 1 | 2 | 3 |",
        'lumber.open("plant@v12")',
    ):
        assert line in text.splitlines()
    assert "the split (test begins at 2026-01-01T00:00:00.000000Z)" in text
    assert "`lumber verify --chain plant`" in text


def test_it_says_why_a_version_begins_anew() -> None:
    began = BeginningSection(number=12, created_at="2026-11-29T02:00:41+00:00")
    reason = "filters changed, so this is a new major version"
    text = card("parquet", None, version(data_version="2.0.0", is_major=True, reason=reason, began=began))
    assert "- It begins the dataset again after v11 (1.10.0)." in text
    assert "- Filters changed, so this is a new major version." in text
    assert " began with " not in text
    assert "Frozen in version 2.x: columns, filters, format." in text


def test_it_says_how_well_the_templates_of_an_earlier_version_fit() -> None:
    templates = VersionTemplates(since=1, unmatched=30, unmatched_added=10)
    kinds = {"logs": VersionKindSection(mode="append", added=40, changed=0, removed=0, templates=templates)}
    text = card("parquet", None, version(kinds=kinds), logs=totals(5_000))
    fit = "10 of 40 new rows and 30 of 5,000 rows match no template"
    assert f"- The log templates of logs were mined by v1; {fit}." in text


def test_a_plain_export_has_no_version() -> None:
    text = card("parquet", logs=totals(5))
    assert "# Dataset exported by Lumber" in text
    assert "## Version" not in text
