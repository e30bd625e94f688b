"""Whole datasets verify: every format with every compression, and those of other versions."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lumber.dataset.reproducibility import hash_json
from lumber.dataset.verify import Report, verify_dataset
from tests.integration.verify.datasets import WRITTEN, Dataset, Manifest, assert_found

LAYOUTS = [
    (name, codec)
    for name in ("json", "jsonl", "csv", "parquet", "arrow")
    for codec in ("none", "gzip", "zstd")
    if (name, codec) != ("arrow", "gzip")
]


@pytest.mark.parametrize(("name", "codec"), LAYOUTS)
def test_a_dataset_of_every_layout_verifies(
    exported: Callable[[str, str], Path], name: str, codec: str
) -> None:
    progress: list[tuple[int, int, str]] = []
    report = verify_dataset(exported(name, codec), lambda *step: progress.append(step))
    assert report == Report(files=5 + 1 + 1 + 1 + 5, rows={"logs": WRITTEN, "anomalies": 7, "ips": 5})
    assert progress[-1][:2] == (WRITTEN + 12, WRITTEN + 12)


def test_kinds_and_records_that_this_program_does_not_know_are_verified(dataset: Dataset) -> None:
    (dataset.folder / "logs").rename(dataset.folder / "events")
    rejects = dataset.folder / "rejects" / "logs.jsonl"
    content = rejects.read_bytes().replace(b'"kind":"logs"', b'"kind":"events"')
    rejects.unlink()

    def rename(manifest: Manifest) -> None:
        for part in (manifest["kinds"], manifest["plan"]["kinds"]):
            part["events"] = part.pop("logs")
        for entry in manifest["files"]:
            entry["kind"] = "events" if entry["kind"] == "logs" else entry["kind"]
            entry["path"] = entry["path"].replace("logs", "events")
        section = manifest["kinds"]["ips"]
        section["schema"][1]["nullable"] = True
        section["schema_hash"] = hash_json(section["schema"])

    dataset.edit(rename)
    dataset.rewrite("rejects/events.jsonl", content)
    report = verify_dataset(dataset.folder)
    assert dataset.problems() == []
    assert report.rows["events"] == WRITTEN
    assert [note.problem.split(";")[0] for note in report.notes] == [
        "the record of ips is of another version than this program's",
        "this program has no kind events",
    ]
    rows = dataset.rows("events/train-00000-of-00005.jsonl")
    dataset.rewrite_rows("events/train-00000-of-00005.jsonl", [rows[0], rows[2], rows[1], *rows[3:]])
    assert_found(dataset, ("events/train-00000-of-00005.jsonl", "row 3 belongs before the row above it"))
