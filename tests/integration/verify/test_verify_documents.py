"""The documents of a dataset and its reproducibility hash, forged: with the bytes that the manifest lists."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lumber.dataset.reproducibility import reproducibility_hash
from lumber.dataset.verify import verify_dataset
from tests.integration.verify.datasets import Dataset, Manifest, assert_found

NONE = "0" * 64


def found(folder: Path) -> list[tuple[str, str]]:
    """Return all that is found, also what follows from an edited manifest."""
    return [(item.path, item.problem) for item in verify_dataset(folder).problems]


def forge(dataset: Dataset, path: str, change: Callable[[str], str]) -> None:
    """Change a document, list it as it is, and keep the hashes of the whole right."""
    text = (dataset.folder / path).read_text()
    assert change(text) != text
    dataset.rewrite(path, change(text).encode(), rows=None)
    if path != "SHA256SUMS":
        seal(dataset)


def seal(dataset: Dataset) -> None:
    """Let SHA256SUMS say what the manifest does."""
    manifest = json.loads((dataset.folder / "manifest.json").read_text())
    files = sorted(
        (file["path"], file["sha256"]) for file in manifest["files"] if file["path"] != "SHA256SUMS"
    )
    dataset.rewrite(
        "SHA256SUMS", "".join(f"{sha256}  {path}\n" for path, sha256 in files).encode(), rows=None
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: text.replace(text[:64], NONE), "says of README.md another hash or size than"),
        (lambda text: "".join(text.splitlines(keepends=True)[1:]), "does not name README.md"),
        (lambda text: text + f"{NONE}  more\n", "names more, which is not listed"),
        (lambda text: text + f"{NONE}  README.md\n", "cannot be read: line "),
        (lambda text: text.replace("  README.md", " README.md"), "cannot be read: line 1 is not"),
    ],
)
def test_checksums_that_are_not_the_manifests_are_found(
    dataset: Dataset, change: Callable[[str], str], problem: str
) -> None:
    forge(dataset, "SHA256SUMS", change)
    ((path, text),) = found(dataset.folder)
    assert (path, text[: len(problem)]) == ("SHA256SUMS", problem)


def shard_of(value: Manifest) -> Manifest:
    return next(item for item in value["distribution"] if item["@id"].startswith("logs/"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda value: shard_of(value).update(sha256=NONE),
            "says of logs/train-00000-of-00005.jsonl another",
        ),
        (lambda value: shard_of(value).update(contentSize="1 B"), "says of logs/train-00000-of-00005.jsonl"),
        (lambda value: shard_of(value).update(contentUrl="more"), "does not name logs/train-00000-of-00005"),
        (lambda value: value.update(identifier=f"sha256:{NONE}"), "has the identifier sha256:000"),
        (lambda value: value.pop("distribution"), "cannot be read: 'distribution'"),
        (lambda value: value.update(distribution=[7]), "cannot be read: "),
    ],
)
def test_hashes_in_croissant_that_are_not_the_manifests_are_found(
    dataset: Dataset, change: Callable[[Manifest], object], problem: str
) -> None:
    def edited(text: str) -> str:
        value = json.loads(text)
        change(value)
        return json.dumps(value)

    forge(dataset, "croissant.json", edited)
    path, text = found(dataset.folder)[0]
    assert (path, text[: len(problem)]) == ("croissant.json", problem)


def test_a_card_with_another_hash_is_found(dataset: Dataset) -> None:
    manifest = json.loads((dataset.folder / "manifest.json").read_text())
    forge(dataset, "README.md", lambda text: text.replace(manifest["reproducibility_hash"], NONE))
    assert found(dataset.folder) == [("README.md", "does not hold the manifest's reproducibility_hash")]


@pytest.mark.parametrize("name", ["jsonl", "json"])
def test_the_hash_covers_data_counts_and_config(copied: Callable[..., Dataset], name: str) -> None:
    dataset = copied(name)
    manifest = json.loads((dataset.folder / "manifest.json").read_text())
    right = manifest["reproducibility_hash"]
    assert reproducibility_hash(manifest) == right
    about_the_run = [
        {**manifest, "export_id": "x", "created_at": "x", "duration_seconds": 1, "versions": {}},
        {**manifest, "plan": {**manifest["plan"], "cutoff": {}, "database": "x"}},
        {**manifest, "files": [file for file in manifest["files"] if file["path"] != "README.md"]},
        {**manifest, "config": {**manifest["config"], "batch_size": 7}},
    ]
    assert {reproducibility_hash(value) for value in about_the_run} == {right}
    hash_name = "content_sha256" if name == "json" else "sha256"
    about_the_rows = [
        {**manifest, "config": {**manifest["config"], "validation_level": "none"}},
        {**manifest, "kinds": {**manifest["kinds"], "logs": {**manifest["kinds"]["logs"], "read": 1}}},
        {**manifest, "files": manifest["files"][1:]},
        {**manifest, "files": [{**manifest["files"][0], hash_name: NONE}, *manifest["files"][1:]]},
    ]
    hashes = {reproducibility_hash(value) for value in about_the_rows}
    assert len(hashes) == len(about_the_rows)
    assert right not in hashes


def test_another_reproducibility_hash_is_found(dataset: Dataset) -> None:
    dataset.edit(lambda manifest: manifest.update(reproducibility_hash=NONE))
    paths = [path for path, _ in found(dataset.folder)]
    assert paths == ["manifest.json", "README.md", "croissant.json"]


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda manifest: manifest.pop("reproducibility_hash"), "reproducibility_hash is missing"),
        (lambda manifest: manifest["config"].update(privacy={}), None),
        (lambda manifest: manifest["config"].update(privacy={"secrets": True}), "privacy: is missing"),
        (
            lambda manifest: manifest.update(
                privacy={"addresses": "drop", "tokens": [], "secrets": "removedX", "key_id": None}
            ),
            "secrets is 'removedX', and may be removed or kept",
        ),
    ],
)
def test_a_proof_that_is_missing_or_no_proof_is_found(
    dataset: Dataset, edit: Callable[[Manifest], object], problem: str | None
) -> None:
    dataset.edit(edit)
    problems = [text for path, text in found(dataset.folder) if path == "manifest.json"]
    assert any(problem in text for text in problems) if problem else "privacy" not in str(problems)


def test_the_text_of_the_rows_of_a_json_document_has_its_own_hash(copied: Callable[..., Dataset]) -> None:
    dataset = copied("json", "gzip")
    assert_found(dataset)

    def forged(manifest: Manifest) -> None:
        manifest["files"][0]["content_sha256"] = NONE

    dataset.edit(forged)
    assert_found(dataset, (dataset.shard(0), "has the content_sha256 "))


def test_datasets_of_before_there_was_a_hash_verify(dataset: Dataset) -> None:
    for name in ("croissant.json", "datacontract.yaml", "SHA256SUMS"):
        (dataset.folder / name).unlink()

    def older(manifest: Manifest) -> None:
        del manifest["reproducibility_hash"]
        manifest["files"] = [file for file in manifest["files"] if (dataset.folder / file["path"]).exists()]

    dataset.edit(older)
    assert found(dataset.folder) == []
