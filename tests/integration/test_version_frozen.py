"""What a major version of a dataset freezes: splits and pseudonyms of rows stay, whatever rows come later."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from lumber.dataset.open import Dataset
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.settings import Settings
from tests.integration.datasets import execute, fill, sqlite_time
from tests.integration.workers import settings_for

LINES = 100
# Of the first version: a split by time has 80, 10 and 10 of the lines.
LAST_TRAIN_SECOND = 80
SPLITS = ("train", "validation", "test")
KEYS = ("9f4c1e7ab2d85036cc17f0e9a45b38d1", "6e02937bd4a8f51c80b6e32f7d19ca54")
ADDRESS = "192.0.2.77"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    fill(url, LINES)
    execute(url, "UPDATE log_entries SET device_id = 'device-' || (id % 23)")
    return settings_for(url, tmp_path / "data")


def export(settings: Settings, **values: Any) -> tuple[dict[str, Any], Dataset]:
    config = ExportConfig(
        **{
            "data_types": ["logs"],
            "output_format": "parquet",
            "dataset": "plant",
            "incremental": True,
            **values,
        }
    )
    done = asyncio.run(DataExporter(config, settings=settings).export_data())
    folder = settings.effective_exports_dir / done.export_id
    return json.loads((folder / "manifest.json").read_bytes()), Dataset(folder)


def add(settings: Settings, seconds: range, message: str = "late") -> None:
    """Add a line at each of these seconds, of devices that have older lines."""
    lines = [(sqlite_time(each * 1_000_000), message, f"device-{each % 23}") for each in seconds]
    insert = "INSERT INTO log_entries (timestamp, message, device_id) VALUES (?, ?, ?)"
    execute(settings.effective_database_url, insert, lines)


def splits_of(dataset: Dataset) -> dict[int, str]:
    return {
        id_: split
        for split in SPLITS
        if split in dataset.splits("logs")
        for id_ in dataset.to_arrow("logs", split).column("id").to_pylist()
    }


@pytest.mark.parametrize(
    "mode", ["time", *(pytest.param(mode, marks=pytest.mark.slow) for mode in ("group", "random"))]
)
def test_no_row_moves_to_another_split_in_any_later_version(settings: Settings, mode: str) -> None:
    """Late rows have times of the train split, of the test split, and later ones. Some versions read all."""
    before = splits_of(export(settings, split=mode)[1])
    assert set(before.values()) == set(SPLITS)
    for seconds, is_incremental in ((range(1, 60), True), (range(85, 400), False), (range(20, 100), True)):
        add(settings, seconds)
        manifest, dataset = export(settings, split=mode, incremental=is_incremental)
        assert manifest["dataset"]["kinds"]["logs"]["mode"] == ("append" if is_incremental else "whole")
        now = splits_of(dataset)
        assert before.items() < now.items()
        if mode == "time":
            late = list(range(len(before) + 1, len(now) + 1))
            of_train = [row for row, second in zip(late, seconds, strict=True) if second <= LAST_TRAIN_SECOND]
            assert {now[row] for row in of_train} <= {"train"}
            assert "train" not in {now[row] for row in {*late} - {*of_train}}
        before = now
    if mode == "group":
        devices: dict[str, set[str]] = {}
        for split in SPLITS:
            for device in dataset.to_arrow("logs", split).column("device_id").to_pylist():
                devices.setdefault(device, set()).add(split)
        assert all(len(found) == 1 for found in devices.values())


def test_a_value_has_the_same_pseudonym_until_another_key_begins_a_new_major_version(
    settings: Settings,
) -> None:
    def pseudonyms(dataset: Dataset) -> list[str]:
        messages = dataset.to_arrow("logs").column("message").to_pylist()
        return [each.removeprefix("from ") for each in messages if each.startswith("from ")]

    first_key, other_key = (settings.model_copy(update={"privacy_key": SecretStr(key)}) for key in KEYS)
    found = []
    for number in range(3):
        add(settings, range(200 + number, 201 + number), f"from {ADDRESS}")
        manifest, dataset = export(first_key, privacy=True, incremental=number < 2)
        found = pseudonyms(dataset)
        assert len(found) == number + 1
        assert len(set(found)) == 1
    assert manifest["dataset"]["data_version"] == "1.2.0"
    assert ADDRESS not in found
    manifest, dataset = export(other_key, privacy=True)
    assert manifest["dataset"]["data_version"] == "2.0.0"
    assert manifest["dataset"]["reason"] == "the privacy key changed, so this is a new major version"
    other = pseudonyms(dataset)
    assert len(set(other)) == 1
    assert not {*other} & {*found}
