"""The dataset card: front matter that loaders read, and a text that says only what is proven."""

from collections import Counter
from typing import Any

import pytest
import yaml

from lumber.catalog.registry import get_kind
from lumber.pipeline.card import dataset_card
from lumber.pipeline.manifest import KindTotals
from lumber.pipeline.partition import PartitionResult
from lumber.pipeline.quality import Quality
from lumber.pipeline.staged_files import StagedFile
from lumber.pipeline.writers import Compression, OutputFormat, extension

FORMATS = pytest.mark.parametrize("output_format", list(OutputFormat))


def totals(written: int, rejected: int = 0) -> KindTotals:
    found = KindTotals()
    shards = (StagedFile("a", written, 1, "aa"),) if written else ()
    result = PartitionResult(
        "logs", 0, written + rejected, written, rejected, shards, None, Counter(), Counter(), Quality()
    )
    found.add(result)
    return found


def card(output_format: OutputFormat, **kinds: KindTotals) -> str:
    return dataset_card(
        kinds={name: (get_kind(name), found) for name, found in kinds.items()},
        output_format=output_format,
        suffix=extension(output_format, Compression.NONE),
        config={"validation_level": "strict"},
        version="1.2.3",
    )


def front_matter(text: str) -> dict[str, Any]:
    _, matter, _ = text.split("---\n", 2)
    return yaml.safe_load(matter)


@FORMATS
def test_each_kind_with_rows_is_a_config_that_names_its_files(output_format: OutputFormat) -> None:
    text = card(output_format, logs=totals(5, 2), ips=totals(0), anomalies=totals(3))
    configs = front_matter(text)["configs"]
    assert [config["config_name"] for config in configs] == ["logs", "anomalies"]
    for config in configs:
        path = f"{config['config_name']}/train-*.{output_format}"
        assert config["data_files"] == [{"split": "train", "path": path}]


@FORMATS
def test_a_dataset_without_rows_has_no_config(output_format: OutputFormat) -> None:
    text = card(output_format, logs=totals(0), ips=totals(0, 4))
    assert front_matter(text) == {"configs": []}
    assert "No rows matched." in text
    assert "load_dataset" not in text


def test_it_counts_rows_and_rejects_of_each_kind() -> None:
    text = card(OutputFormat.PARQUET, logs=totals(12_345, 67), ips=totals(0))
    assert "| logs | 12,345 | 67 | 1 |" in text
    assert "| ips | 0 | 0 | 0 |" in text


def test_it_describes_every_column() -> None:
    text = card(OutputFormat.PARQUET, logs=totals(5))
    for field in get_kind("logs").schema:
        assert f"| `{field.name}` |" in text
    assert "| `structured_data` | JSON | yes |" in text
    assert "| `id` | int64 | no |" in text


def test_it_says_how_it_was_made() -> None:
    text = card(OutputFormat.CSV, logs=totals(5))
    assert "Lumber 1.2.3." in text
    assert "Validation level: strict." in text
    assert 'load_dataset("PATH", "logs")' in text
    assert text.endswith("\n")
