"""Damage to the manifest."""

from collections.abc import Callable

import pytest

from lumber.dataset.verify import verify_dataset
from tests.integration.verify.datasets import WRITTEN, Dataset, Manifest, assert_found, entry_of


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda m: m["kinds"]["logs"].update(written=1),
            ["logs: read 230 rows, but written 1", "logs: written is 1, the shards hold 226"],
        ),
        (
            lambda m: m["kinds"]["logs"].update(read=231, deduplicated=1),
            ["logs: planned 230 rows, but read 231"],
        ),
        (lambda m: m["kinds"]["logs"].update(balanced=False), ["logs: balanced is false"]),
        (
            lambda m: m["plan"]["kinds"]["logs"].update(rows=1),
            [
                "logs: the plan has 1 row, but planned is 230",
                "logs: the plan has 1 row, its partitions 230",
            ],
        ),
        (lambda m: m["plan"]["kinds"]["logs"]["partitions"].pop(), ["logs: the plan has 230 rows, its part"]),
        (lambda m: m["plan"]["kinds"].pop("ips"), ["ips is in kinds, but not in plan.kinds"]),
        (lambda m: m["config"].update(batch_size=7), ["config_hash is"]),
        (lambda m: m["kinds"]["logs"]["schema"][6].update(nullable=True), ["kinds.logs.schema_hash is"]),
        (lambda m: m.update(manifest_version=2), ["is of version 2"]),
        (lambda m: m.pop("files"), ["files: is missing"]),
        (lambda m: m["files"][0].pop("sha256"), ["files.0.sha256: is missing"]),
        (lambda m: m["files"][0].update(rows="50"), ['files.0.rows: should be a valid integer, got "50"']),
        (lambda m: m["files"][0].update(bytes=-1), ["files.0.bytes: "]),
        (lambda m: m["files"][0].update(rows=2**63), ["files.0.rows: "]),
        (lambda m: m["kinds"]["logs"].update(schema=[]), ["kinds.logs.schema: "]),
        (lambda m: m.update(kinds=[], plan=3), ["kinds: ", "plan: "]),
    ],
)
def test_an_edited_manifest_is_found(
    dataset: Dataset, change: Callable[[Manifest], object], expected: list[str]
) -> None:
    dataset.edit(change)
    assert_found(dataset, *(("manifest.json", text) for text in expected))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a": "\\ud800"}', b"9" * 10_000],
)
def test_a_manifest_that_is_none_is_a_problem(dataset: Dataset, content: bytes) -> None:
    (dataset.folder / "manifest.json").write_bytes(content)
    report = verify_dataset(dataset.folder)
    assert [problem.path for problem in report.problems] == ["manifest.json"]
    assert (report.files, report.rows) == (0, {})


def test_a_manifest_that_is_a_folder_is_a_problem(dataset: Dataset) -> None:
    (dataset.folder / "manifest.json").unlink()
    (dataset.folder / "manifest.json").mkdir()
    assert_found(dataset, ("manifest.json", "cannot be read: it is not a regular file"))


def test_a_listed_row_count_is_compared_with_the_rows(dataset: Dataset) -> None:
    dataset.edit(lambda manifest: manifest["files"][0].update(rows=49))
    rows = len(dataset.rows(dataset.shard(0)))
    assert_found(dataset, (dataset.shard(0), f"holds {rows} rows, the manifest lists 49"))


@pytest.mark.parametrize("which", ["first", "last"])
@pytest.mark.parametrize("value", [None, [0, 1]])
def test_listed_keys_are_compared_with_the_rows(dataset: Dataset, which: str, value: object) -> None:
    dataset.edit(lambda manifest: manifest["files"][0].update({f"{which}_key": value}))
    assert_found(dataset, (dataset.shard(0), f"has the {which} key ["))


def test_a_gap_in_the_shards_is_found(dataset: Dataset) -> None:
    last = dataset.shard(4)
    lost = len(dataset.rows(last))
    (dataset.folder / last).unlink()
    dataset.edit(lambda manifest: manifest["files"].remove(entry_of(manifest, last)))
    assert_found(
        dataset,
        (dataset.shard(0), "is named one of 5 shards, the manifest lists 4"),
        ("manifest.json", f"logs: written is {WRITTEN}, the shards hold {WRITTEN - lost} rows"),
    )


def test_a_path_listed_twice_is_found(dataset: Dataset) -> None:
    dataset.edit(lambda manifest: manifest["files"].append(manifest["files"][0]))
    assert_found(dataset, (dataset.shard(0), "is listed twice"))


def test_a_shard_of_another_kind_or_name_is_found(dataset: Dataset) -> None:
    dataset.edit(lambda manifest: entry_of(manifest, dataset.shard(4)).update(kind="ips"))
    assert_found(
        dataset,
        (dataset.shard(4), "is not the name of a shard of ips, split train"),
        (dataset.shard(0), "is named one of 5 shards, the manifest lists 4"),
        *[(path, text) for path, text in dataset.problems()[2:]],
    )
