"""Reading a dataset where it lies in the folder of a destination, and finding what is damaged there."""

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import lumber
from lumber.dataset.verify import verify_dataset
from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Status
from lumber.destinations.publishing import publish
from lumber.destinations.registry import Probe, add_destination
from lumber.errors import ConfigError, DatasetDamaged, DatasetMissing, DestinationNotFound
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.commands import lumber as command
from tests.integration.verify.datasets import WRITTEN, Dataset
from tests.integration.verify.published import (
    PROMISES,
    as_version,
    folder_store,
    manifest_of,
    objects,
    problems,
    publish_version,
    verified,
)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def plant(lake: Path, dataset: Dataset) -> Path:
    """The root of a dataset with one version, in the folder of a destination."""
    publish_version(folder_store(lake), dataset, 1, "1.0.0")
    shutil.rmtree(dataset.folder)
    return lake / "plant"


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_an_export_in_a_destination_is_verified_opened_and_compared(lake: Path, dataset: Dataset) -> None:
    done = publish(folder_store(lake), PROMISES, dataset.folder, "exports")
    place = f"{lake}/exports@{done.export_id}"
    report, of_folder = verified(place), verify_dataset(dataset.folder)
    assert report.is_ok
    assert (report.files, report.rows) == (of_folder.files, of_folder.rows)
    there, here = lumber.open(place), lumber.open(dataset.folder)
    assert there.to_arrow("logs").equals(here.to_arrow("logs"))
    assert there.splits("logs") == {"train": WRITTEN}
    assert there.verify().is_ok
    assert "exports@" in repr(there)
    with pytest.raises(ConfigError, match="isn't a folder on this machine"):
        _ = there.path
    assert lumber.diff(place, dataset.folder).is_same
    assert lumber.diff(there, here).is_same


@pytest.mark.parametrize("version", ["", "@latest", "@v1", "@1.0.0"])
def test_a_version_is_found_by_its_names(plant: Path, version: str) -> None:
    report = verified(f"{plant}{version}")
    assert report.is_ok, report.problems
    assert report.rows["logs"] == WRITTEN


def test_versions_that_do_not_exist_are_explained(plant: Path, lake: Path) -> None:
    for version in ("v2", "1.0.1", "good", "v0"):
        with pytest.raises(DatasetMissing, match=rf"has no version {version}\. .*It has v1 to v1\."):
            lumber.open(f"{plant}@{version}")
    (lake / "empty" / "manifests").mkdir(parents=True)
    with pytest.raises(DatasetMissing, match="nothing was published there"):
        lumber.open(lake / "empty")
    with pytest.raises(DatasetMissing, match="does not exist"):
        lumber.open(f"{lake}/elsewhere@v1")
    with pytest.raises(ConfigError, match="what follows @ must be a version"):
        lumber.open(f"{plant}@")


def test_a_registered_destination_is_found_by_its_name(lake: Path, dataset: Dataset, tmp_path: Path) -> None:
    publish_version(folder_store(lake), dataset, 1, "1.0.0")
    database = {"LUMBER_DATABASE_URL": f"sqlite:///{tmp_path / 'lumber.db'}"}
    assert command("migrate", **database).returncode == 0
    done = command("verify", "lake:plant@v1", **database)
    assert done.returncode != 0
    assert "no destination 'lake'" in done.stderr
    asyncio.run(_register(database["LUMBER_DATABASE_URL"], lake))
    for version in ("plant@v1", "plant", manifest_of(dataset)["export_id"]):
        done = command("verify", f"lake:{version}", "--json", **database)
        found = [item["problem"] for item in json.loads(done.stdout)["problems"]]
        assert all("reproducibility_hash" in problem for problem in found), found
        assert json.loads(done.stdout)["rows"]["logs"] == WRITTEN
    done = command("diff", "lake:plant@v1", dataset.folder, "--json", **database)
    assert done.returncode == 0, done.stderr
    audited = command("audit", "list", "--json", **database)
    assert f"file://{lake}/plant@v1" in audited.stdout
    with pytest.MonkeyPatch.context() as patch:
        for name, value in database.items():
            patch.setenv(name, value)
        assert lumber.open("lake:plant").to_polars("ips").height == 5
        with pytest.raises(DestinationNotFound):
            lumber.open("pond:plant")
        missing = "00000000-0000-4000-8000-000000000000"
        with pytest.raises(DatasetMissing, match="has no export"):
            lumber.open(f"lake:{missing}")


async def _register(url: str, lake: Path) -> None:
    database = open_database(DatabaseUrl.parse(url))
    probe = Probe(Status.OK, PROMISES, "", datetime.now(UTC))
    try:
        async with database.session() as session:
            address = parse_address(str(lake))
            await add_destination(session, "lake", address, DestinationOptions(), Credentials(), probe)
    finally:
        await database.close()


def test_a_folder_with_a_colon_in_its_name_is_a_folder(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset.folder.rename(tmp_path / "lake:plant")
    assert lumber.open("lake:plant").verify().is_ok


def test_every_damaged_object_is_found(plant: Path) -> None:
    manifest = json.loads(next((plant / "manifests").iterdir()).read_text())
    entries = [entry for entry in manifest["files"] if entry["kind"] == "logs"]
    missing, cut, changed, linked = objects(plant, entries)[:4]
    missing.unlink()
    cut.write_bytes(cut.read_bytes()[:-1])
    changed.write_bytes(changed.read_bytes()[:-2] + b"!\n")
    linked.rename(plant / "elsewhere")
    linked.symlink_to(plant / "elsewhere")
    found, size = dict(problems(plant)), entries[1]["bytes"]
    assert {path: text.partition(":")[0].partition(" is ")[0] for path, text in found.items()} == {
        entries[0]["path"]: "is missing",
        entries[1]["path"]: f"has {size - 1:,} bytes, the manifest lists {size:,}",
        entries[2]["path"]: "was changed",
        entries[3]["path"]: "is a link",
    }
    with pytest.raises(DatasetDamaged, match="is missing"):
        lumber.open(plant).to_arrow("logs")


def test_a_manifest_that_a_version_does_not_name_is_not_read(plant: Path) -> None:
    path = next((plant / "manifests").iterdir())
    path.write_bytes(path.read_bytes() + b" ")
    assert [text for _, text in problems(plant)] == [problems(plant)[0][1]]
    assert "its sha256 is" in problems(plant)[0][1]
    with pytest.raises(DatasetDamaged, match="its sha256 is"):
        lumber.open(plant)
    path.unlink()
    with pytest.raises(DatasetMissing, match="v1 names it, so it was removed"):
        lumber.open(plant)


def test_pointers_that_disagree_are_found(plant: Path, copied: Callable[..., Dataset], lake: Path) -> None:
    second = copied()
    new_id = "11111111-1111-4111-8111-111111111111"
    second.edit(lambda manifest: manifest.update(export_id=new_id))
    publish_version(folder_store(lake), second, 2, "1.1.0")
    assert problems(f"{plant}@v1") == problems(f"{plant}@v2") == []
    before = (plant / "latest.json").read_text()
    shutil.copyfile(plant / "versions" / "v1.json", plant / "latest.json")
    assert [note.problem for note in verified(f"{plant}@v2").notes] == ["names v1, and there is v2"]
    change(plant / "latest.json", number=3)
    assert problems(f"{plant}@v2") == [("latest.json", "names v3, which doesn't exist")]
    change(plant / "latest.json", number=2)
    assert problems(f"{plant}@v2") == [("latest.json", "differs from v2, which it names")]
    (plant / "latest.json").unlink()
    assert problems(f"{plant}@v2") == [("latest.json", "is missing: there are v1 to v2")]
    (plant / "latest.json").write_text(before)
    change(plant / "versions" / "v2.json", data_version="1.1.1")
    assert [path for path, _ in problems(f"{plant}@v2")] == ["versions/v2.json", "latest.json"]
    shutil.copyfile(plant / "versions" / "v1.json", plant / "versions" / "v2.json")
    with pytest.raises(DatasetDamaged, match=r"names version 1\. It must name version 2"):
        lumber.open(f"{plant}@v2")
    found = [text for path, text in problems(f"{plant}@{new_id}") if path == "versions/v2.json"]
    assert found[0].startswith("names 1, 1.0.0, ")
    assert found[1].startswith("lists ")


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"number": 1e400}', "[" * 50_000, "\0", '{"number":1,"export_id":"../x","x":1}'],
)
def test_a_pointer_made_to_harm_is_an_error_in_words(plant: Path, content: str) -> None:
    (plant / "latest.json").write_text(content)
    with pytest.raises(DatasetDamaged, match="doesn't name a version"):
        lumber.open(plant)
    (plant / "latest.json").write_text(" " * 100_000)
    with pytest.raises(Exception, match="more than the 65,536 bytes"):
        lumber.open(plant)


def test_no_path_of_a_manifest_leads_out_of_a_destination(lake: Path, dataset: Dataset) -> None:
    (lake.parent / "secret.jsonl").write_text("secret")
    as_version(dataset, 1, "1.0.0")
    done = publish(folder_store(lake), PROMISES, dataset.folder, "exports")
    path = lake / "exports" / "manifests" / f"{done.export_id}.json"
    manifest = json.loads(path.read_text())
    manifest["files"][0]["path"] = "../../secret.jsonl"
    manifest["files"][1]["sha256"] = "../../../secret"
    path.write_text(json.dumps(manifest))
    found = problems(f"{lake}/exports@{done.export_id}")
    assert found[0][0] == "manifest.json"
    manifest["files"][1]["sha256"] = "0" * 64
    path.write_text(json.dumps(manifest))
    found = problems(f"{lake}/exports@{done.export_id}")
    assert ("../../secret.jsonl", "is not a path inside the dataset: not opened") in found
    assert (manifest["files"][1]["path"], "is missing") in found
