"""`import lumber`: an export and its rows in two lines, in scripts and in notebooks."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import lumber
from lumber.errors import ConfigError, DatasetDamaged, DatasetMissing
from lumber.formats import all_formats
from tests.acceptance.exporting import KINDS, export, fill_with_sample
from tests.acceptance.reading import manifest_of, shards
from tests.integration.datasets import execute, query
from tests.integration.exports_in_motion import staged_files
from tests.integration.processes import PATIENCE_SECONDS, until

BUDGET_REASON = "Every format is exported from Python, and some scripts run as processes."

# What the quick tests open of each format.
COMPRESSED: dict[str, tuple[bool, ...]] = {
    "json": (True,),
    "jsonl": (False, True),
    "csv": (True,),
    "parquet": (False,),
    "arrow": (True,),
}


def test_every_format_is_opened_by_the_quick_tests() -> None:
    assert set(COMPRESSED) == set(all_formats())
    assert all(COMPRESSED.values())


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill_with_sample(url, 1_500, damaged=0.02)
    return url


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LUMBER_WORKERS", "1")


def exported(url: str, output: Path, **config: Any) -> lumber.Dataset:
    chosen = {"data_types": list(KINDS), "output_format": "parquet", **config}
    return lumber.export(chosen, database_url=url, output=output)


@pytest.fixture(scope="module")
def expected(url: str, tmp_path_factory: pytest.TempPathFactory) -> lumber.Dataset:
    """The rows as Parquet, split by time."""
    folder: Path = tmp_path_factory.mktemp("expected")
    export(url, folder / "out", output_format="parquet", split="time")
    return lumber.open(folder / "out")


@pytest.mark.parametrize(
    ("format_", "compression"),
    [
        pytest.param(format_, is_compressed, marks=() if is_compressed in quick else [pytest.mark.slow])
        for format_, quick in COMPRESSED.items()
        for is_compressed in (False, True)
    ],
)
def test_every_format_gives_the_same_rows(
    url: str, expected: lumber.Dataset, tmp_path: Path, format_: str, compression: bool
) -> None:
    found = exported(url, tmp_path / "out", output_format=format_, compression=compression, split="time")
    for kind in KINDS:
        assert found.to_arrow(kind).schema == expected.to_arrow(kind).schema
        assert found.to_polars(kind).equals(expected.to_polars(kind))
    for split in ("train", "test"):
        assert found.to_polars("logs", split=split).equals(expected.to_polars("logs", split=split))


def test_a_dataset_says_what_is_in_it(url: str, tmp_path: Path) -> None:
    ds = exported(url, tmp_path / "out", split="time")
    manifest = manifest_of(ds.path)
    assert ds.manifest == manifest
    assert ds.export_id == manifest["export_id"]
    assert ds.kinds == KINDS
    splits = {split: section["rows"] for split, section in manifest["kinds"]["logs"]["splits"].items()}
    assert ds.splits("logs") == splits
    assert list(splits) == ["train", "validation", "test"]
    assert f"train {splits['train']:,}" in repr(ds)
    assert f"<td>train</td><td style='text-align:right'>{splits['train']:,}</td>" in ds._repr_html_()
    assert ds.to_polars("logs").height == sum(splits.values())
    assert ds.verify().is_ok
    assert repr(lumber.open(ds.path)) == repr(ds)


def test_pandas_and_datasets_see_the_same(url: str, tmp_path: Path) -> None:
    ds = exported(url, tmp_path / "out", split="group")
    expected = ds.to_polars("logs")["message"].to_list()
    assert ds.to_pandas("logs")["message"].tolist() == expected
    opened = ds.to_hf("logs")
    assert {split: rows.num_rows for split, rows in opened.items()} == ds.splits("logs")
    assert [text for split in opened for text in opened[split]["message"]] == expected


def test_one_kind_needs_no_name(url: str, tmp_path: Path) -> None:
    ds = exported(url, tmp_path / "out", data_types=["ips"])
    assert ds.to_polars().height == ds.splits()["train"] == ds.manifest["kinds"]["ips"]["written"]


def test_a_config_object_and_the_settings(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBER_DATABASE_URL", url)
    ds = lumber.export(lumber.ExportConfig(data_types=["anomalies"], output_format="jsonl"))
    assert ds.to_polars().height > 0
    assert query(url, f"SELECT status FROM exports WHERE id = '{ds.export_id}'") == [("completed",)]


def test_inside_a_running_event_loop(url: str, tmp_path: Path) -> None:
    async def notebook() -> lumber.Dataset:
        return exported(url, tmp_path / "out", data_types=["ips"])

    assert asyncio.run(notebook()).to_polars().height > 0


def test_errors_name_what_is_wrong(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data_tpyes.*is not a field"):
        lumber.export({"data_types": ["logs"], "data_tpyes": []}, database_url=url)
    with pytest.raises(DatasetMissing, match="does not exist"):
        lumber.open(tmp_path / "none")
    ds = exported(url, tmp_path / "out")
    with pytest.raises(ConfigError, match=r"is needed.*logs, anomalies, ips"):
        ds.to_arrow()
    with pytest.raises(ConfigError, match=r"'metrics' is not in the dataset"):
        ds.to_arrow("metrics")
    with pytest.raises(ConfigError, match=r"'test' is not a split of logs.*train"):
        ds.to_arrow("logs", split="test")
    with shards(ds.path, "logs")[0].open("ab") as file:
        file.write(b"x")
    with pytest.raises(DatasetDamaged, match="train-00000"):
        ds.to_arrow("logs")
    assert not ds.verify().is_ok
    (ds.path / "manifest.json").write_text("{}")
    with pytest.raises(DatasetDamaged, match="manifest"):
        lumber.open(ds.path)


def test_a_library_that_is_not_there_is_named(url: str, tmp_path: Path, monkeypatch: Any) -> None:
    ds = exported(url, tmp_path / "out", data_types=["ips"])
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match="pip install pandas"):
        ds.to_pandas()
    with pytest.raises(ModuleNotFoundError, match="pip install datasets"):
        ds.to_hf()


SCRIPT = """
import asyncio, lumber, sys
url, output, in_loop = sys.argv[1:]
config = {"data_types": ["logs"], "batch_size": 1}

async def notebook():
    return lumber.export(config, database_url=url, output=output)

if in_loop == "yes":
    # As a notebook does; asyncio.run would answer Ctrl-C itself.
    asyncio.new_event_loop().run_until_complete(notebook())
else:
    lumber.export(config, database_url=url, output=output)
"""


@pytest.fixture(scope="module")
def many_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to be copied, with more rows than are exported one by one before Ctrl-C comes."""
    path: Path = tmp_path_factory.mktemp("many") / "lumber.db"
    fill_with_sample(f"sqlite:///{path}", 60_000)
    return path


@pytest.mark.parametrize("in_loop", ["yes", "no"])
def test_ctrl_c_leaves_nothing(many_rows: Path, tmp_path: Path, in_loop: str) -> None:
    url = f"sqlite:///{shutil.copy(many_rows, tmp_path / 'lumber.db')}"
    output = tmp_path / "out"
    script = tmp_path / "job.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, str(script), url, str(output), in_loop],
        stderr=subprocess.PIPE,
        env=os.environ | {"LUMBER_DATA_DIR": str(tmp_path / "data")},
    )
    try:
        until(lambda: staged_files(output))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
        process.communicate()
    assert b"KeyboardInterrupt" in errors
    assert not output.exists()
    assert query(url, "SELECT status FROM exports") == [("cancelled",)]


def test_the_package_is_light_until_it_is_used() -> None:
    code = "import lumber, sys, json; print(json.dumps([x in sys.modules for x in ('polars', 'sqlalchemy')]))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    assert json.loads(done.stdout) == [False, False]
    assert set(lumber.__all__) <= set(dir(lumber))
    with pytest.raises(AttributeError, match="no attribute 'exprt'"):
        _ = lumber.exprt  # type: ignore[attr-defined]


def test_large_numbers_in_json_stay_exact(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lumber.db'}"
    fill_with_sample(url, 10, damaged=0)
    big = '{"a":123456789012345678901234567890,"b":1e16,"c":0.1}'
    execute(url, f"UPDATE log_entries SET structured_data = '{big}' WHERE id = 1")
    texts = [
        exported(url, tmp_path / format_, data_types=["logs"], output_format=format_).to_polars()
        for format_ in ("parquet", "jsonl", "json", "csv")
    ]
    values = [frame.filter(pl.col("id") == 1)["structured_data"][0] for frame in texts]
    assert len(set(values)) == 1
    assert "123456789012345678901234567890" in values[0]
