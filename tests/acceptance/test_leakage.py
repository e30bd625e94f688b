"""The leakage certificate of real exports: true of the files, and the same however they were made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import lumber
from lumber.dataset.verify import verify_dataset
from lumber.formats import all_formats
from lumber.steps.split import SPLITS
from tests.acceptance.exporting import KINDS, export, fill_with_sample
from tests.acceptance.reading import Row, manifest_of, rows_in, shards
from tests.integration.datasets import execute

BUDGET_REASON = "Exports with every kind of split are read back row by row."

Certificate = list[dict[str, Any]]
# The formats that the quick tests compare with Parquet: every format, and every mode.
IN_EACH_MODE: dict[str, set[str]] = {
    "time": set(all_formats()),
    "group": {"parquet", "csv"},
    "random": {"parquet", "jsonl"},
}
MODES = tuple(IN_EACH_MODE)
CONTENT: dict[str, Callable[[Row], Any]] = {
    "logs": lambda row: row["message"],
    "anomalies": lambda row: (row["anomaly_type"], row["description"]),
    "ips": lambda row: row["address"],
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill_with_sample(url, 1_500)
    # Text that the escape for spreadsheets changes, on both sides of every cut.
    execute(url, "UPDATE log_entries SET message = '=1+1' WHERE id % 50 = 0")
    execute(url, "UPDATE log_entries SET message = '''=1+1' WHERE id % 50 = 1 AND id < 700")
    return url


def certificates(folder: Path) -> dict[str, Certificate]:
    return {name: kind.get("leakage", []) for name, kind in manifest_of(folder)["kinds"].items()}


def by_hand(folder: Path, kind: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield for each pair of splits the rows of the later one with content and with devices of the other."""
    rows: dict[str, list[Row]] = {}
    for path in shards(folder, kind):
        rows.setdefault(path.name.split("-")[0], []).extend(rows_in(path, kind))
    for a, b in combinations([split for split in SPLITS if split in rows], 2):
        contents = {CONTENT[kind](row) for row in rows[a]}
        devices = {row["device_id"] for row in rows[a]} - {None}
        exact = sum(CONTENT[kind](row) in contents for row in rows[b])
        yield a, b, exact, sum(row["device_id"] in devices for row in rows[b])


Split = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def split(url: str, tmp_path_factory: pytest.TempPathFactory) -> Split:
    """A function that exports with a mode of split in a format, each cut in its own way; for reading only."""
    home: Path = tmp_path_factory.mktemp("splits")

    @cache
    def split(mode: str, format_: str) -> Path:
        folder, number = home / f"{mode}-{format_}", [*all_formats()].index(format_)
        settings = {"partition_rows": [100_000, 211, 400][number % 3]}
        batch_size = [70, 20_000][number % 2]
        export(url, folder, settings=settings, batch_size=batch_size, output_format=format_, split=mode)
        return folder

    return split


@pytest.mark.parametrize("mode", MODES)
def test_it_is_true_of_the_files(split: Split, mode: str) -> None:
    folder = split(mode, "parquet")
    found = certificates(folder)
    for kind in KINDS:
        listed = [
            (pair["a"], pair["b"], pair["exact"]["rows"], pair["groups"]["rows"]) for pair in found[kind]
        ]
        assert listed == list(by_hand(folder, kind))
    pairs = {(pair["a"], pair["b"]): pair for pair in found["logs"]}
    assert len(pairs) == 3 if mode != "group" else pairs
    assert all(pair["exact"]["rows"] > 0 for pair in pairs.values())
    assert all(pair["time"]["overlap"] is (mode != "time") for pair in pairs.values())
    assert all((pair["groups"]["values"] == 0) is (mode == "group") for pair in pairs.values())


@pytest.mark.parametrize(
    ("mode", "format_"),
    [
        pytest.param(mode, format_, marks=() if format_ in IN_EACH_MODE[mode] else [pytest.mark.slow])
        for mode in MODES
        for format_ in all_formats()
    ],
)
def test_it_is_the_same_in_every_format(split: Split, mode: str, format_: str) -> None:
    folder = split(mode, format_)
    assert certificates(folder) == certificates(split(mode, "parquet"))
    assert verify_dataset(folder).problems == []


def test_a_clean_cut_shows_its_gap(url: str, tmp_path: Path) -> None:
    split = {"mode": "time", "embargo_seconds": 7_200, "ratios": {"train": 0.7, "test": 0.3}}
    export(url, tmp_path / "out", kinds=["logs", "ips"], output_format="jsonl", split=split)
    for kind in ("logs", "ips"):
        (pair,) = certificates(tmp_path / "out")[kind]
        assert pair["time"]["overlap"] is False
        assert pair["time"]["gap_seconds"] >= 7_200


def test_the_card_says_what_a_random_split_leaks(url: str, tmp_path: Path) -> None:
    export(url, tmp_path / "out", kinds=["logs"], output_format="jsonl", split="random")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "## What the splits share" in card
    assert "their times overlap with those of train." in card
    pairs = {(each["a"], each["b"]): each for each in certificates(tmp_path / "out")["logs"]}
    pair = pairs["train", "test"]
    assert f"- logs, test: {pair['exact']['share']:.1%} of the rows have the message" in card


def test_an_export_without_splits_has_no_certificate(url: str, tmp_path: Path) -> None:
    export(url, tmp_path / "out", kinds=["logs"], output_format="jsonl")
    assert "leakage" not in manifest_of(tmp_path / "out")["kinds"]["logs"]
    assert "What the splits share" not in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize("format_", ["jsonl", "csv", "parquet"])
def test_columns_that_were_not_chosen_cannot_be_compared(url: str, tmp_path: Path, format_: str) -> None:
    chosen = {"logs": ["id", "device_id", "structured_data"]}
    split = {"mode": "group", "by": "host_name"}
    export(url, tmp_path / "out", kinds=["logs"], output_format=format_, fields=chosen, split=split)
    for pair in certificates(tmp_path / "out")["logs"]:
        assert [pair[name] for name in ("exact", "near", "groups", "time")] == [None] * 4
        assert pair["not_checked"]["exact"] == "message is not among the columns written"
        assert pair["not_checked"]["groups"] == "host_name is not among the columns written"
    assert certificates(tmp_path / "out")["logs"]
    assert verify_dataset(tmp_path / "out").problems == []


def test_verify_finds_a_certificate_that_is_not_true(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(url, folder, kinds=["logs"], output_format="csv", split="random")
    whole = manifest_of(folder)

    def problems(change: Callable[[Certificate], object]) -> list[str]:
        manifest = json.loads(json.dumps(whole))
        change(manifest["kinds"]["logs"]["leakage"])
        (folder / "manifest.json").write_text(json.dumps(manifest))
        # Hashes of the manifest's content find it too.
        found = [problem.problem for problem in verify_dataset(folder).problems]
        return [problem for problem in found if problem.startswith("logs: the leakage certificate")]

    assert verify_dataset(folder).problems == []
    where = "logs: the leakage certificate of train and test"
    (problem,) = problems(lambda pairs: pairs[1]["exact"].update(rows=0, share=0.0))
    assert problem.startswith(f"{where} says of exact")
    (problem,) = problems(lambda pairs: pairs[1].update(near=None))
    assert problem.startswith(f"{where} says of near null, the rows say")
    (problem,) = problems(lambda pairs: pairs[1]["time"].update(overlap=False))
    assert problem.startswith(f"{where} says of time")
    (problem,) = problems(lambda pairs: pairs[1].pop("groups"))
    assert problem.startswith(f"{where} says of groups null")
    assert problems(lambda pairs: pairs.pop(1)) == [f"{where} is missing"]
    (problem,) = problems(lambda pairs: pairs.append({**pairs[0], "b": "test_unseen"}))
    assert "test_unseen is of splits that are not there" in problem
    assert len(problems(lambda pairs: pairs.clear())) == 3


def test_a_certificate_that_was_taken_away_is_noted(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(url, folder, kinds=["logs"], output_format="jsonl", split="time")
    manifest = manifest_of(folder)
    del manifest["kinds"]["logs"]["leakage"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    report = verify_dataset(folder)
    assert "logs has more than one split, but has no leakage certificate" in [n.problem for n in report.notes]


def test_templates_are_compared_where_there_are_any(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(
        url, folder, kinds=["logs"], output_format="parquet", split="time", templates=True, order="shuffle"
    )
    assert verify_dataset(folder).problems == []
    ids: dict[str, list[str]] = {}
    for path in shards(folder, "logs"):
        ids.setdefault(path.name.split("-")[0], []).extend(
            pq.read_table(path, columns=["template_id"])["template_id"].to_pylist()
        )
    pairs = certificates(folder)["logs"]
    assert len(pairs) == 3
    for pair in pairs:
        known = set(ids[pair["a"]]) - {"<unk>", None}
        shared = [id_ for id_ in ids[pair["b"]] if id_ in known]
        assert pair["template"] == {
            "columns": ["template_id"],
            "values": len(set(shared)),
            "rows": len(shared),
            "share": round(len(shared) / pair["rows_b"], 6),
        }
        assert pair["time"]["overlap"] is False
    assert pairs[0]["template"]["rows"] > 0
    found = lumber.diff(folder, folder)
    assert found.is_same
    assert "Only kinds are compared, not what was made of them: templates." in found.notes
