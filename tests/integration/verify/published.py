"""Datasets in a destination, to be read and damaged where they lie."""

import json
from collections.abc import Iterator
from pathlib import Path

from lumber.dataset.verify import Report, verify_dataset
from lumber.destinations.address import parse_address
from lumber.destinations.naming import name_version
from lumber.destinations.opening import open_store
from lumber.destinations.promises import Promises
from lumber.destinations.publishing import Publication, publish
from lumber.destinations.store import Store
from lumber.exports.places import dataset_at
from lumber.settings import load_settings
from tests.integration.verify.datasets import Dataset, Manifest

PROMISES = Promises(True, True, True, True, True)


def as_version(dataset: Dataset, number: int, data_version: str) -> None:
    """Make a dataset the version of a named one."""

    def change(manifest: Manifest) -> None:
        manifest["dataset"] = {
            "name": "plant",
            "number": number,
            "data_version": data_version,
            "watermark": {},
            "kinds": {},
        }

    dataset.edit(change)


def publish_version(store: Store, dataset: Dataset, number: int, data_version: str) -> Publication:
    """Publish a version in the root `plant`, and name it."""
    as_version(dataset, number, data_version)
    done = publish(store, PROMISES, dataset.folder, "plant")
    name_version(
        store,
        PROMISES,
        "plant",
        number=number,
        data_version=data_version,
        export_id=done.export_id,
        manifest_sha256=done.manifest_sha256,
    )
    return done


def folder_store(folder: Path) -> Store:
    return open_store(parse_address(str(folder)))


def verified(place: str | Path) -> Report:
    """Verify what lies somewhere, without what the edit of its manifest makes untrue."""
    report = verify_dataset_at(place)
    report.problems = [each for each in report.problems if "reproducibility_hash is " not in each.problem]
    return report


def verify_dataset_at(place: str | Path) -> Report:
    return verify_dataset(dataset_at(str(place), load_settings()))


def problems(place: str | Path) -> list[tuple[str, str]]:
    return [(each.path, each.problem) for each in verified(place).problems]


def objects(folder: Path, entries: Iterator[Manifest] | list[Manifest]) -> list[Path]:
    """Return where the files of a manifest lie in the root of a folder."""
    return [next((folder / "data").rglob(f"{entry['sha256']}*")) for entry in entries]


def manifest_of(dataset: Dataset) -> Manifest:
    manifest: Manifest = json.loads((dataset.folder / "manifest.json").read_text())
    return manifest
