"""The manifest: what it lists, what it adds up, and which hashes change with what."""

import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import BaseModel

from lumber.catalog.kind import optional
from lumber.catalog.registry import get_kind
from lumber.dataset import manifest_file
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import MANIFEST_VERSION, FileEntry, Manifest, field_entries, schema_hash
from lumber.dataset.manifest_file import manifest_without_files, read_manifest
from lumber.dataset.quality import Quality
from lumber.dataset.reproducibility import hash_json, reproducibility_hash
from lumber.dataset.sections import kind_section
from lumber.dataset.totals import KindTotals
from lumber.engine.plan import KindPlan, PartitionRange, Plan
from lumber.engine.result import PartitionResult
from lumber.errors import DatasetDamaged, RejectRatioExceeded, Unbalanced
from lumber.exports import ExportConfig
from lumber.exports.commit import check_balance
from lumber.exports.stored import plan_section
from lumber.exports.totals import add_result
from lumber.formats.staged_file import Key, StagedFile

LOGS = get_kind("logs")
PARTITIONS = (PartitionRange(0, None, Key(5, 7), 10), PartitionRange(1, Key(5, 7), None, 10))
KIND_PLAN = KindPlan("logs", schema_hash(LOGS), 20, 0, 9, (), PARTITIONS)
PLAN = Plan("config", "sqlite", {"snapshot": None, "max_ids": {"logs": 20}}, (KIND_PLAN,))


def result(ordinal: int, *, written: int = 9, rejected: int = 1) -> PartitionResult:
    return PartitionResult(
        kind="logs",
        ordinal=ordinal,
        read=10,
        written=written,
        rejected=rejected,
        shards=(StagedFile(f"p{ordinal}", written, 100, "aa"),),
        rejects=StagedFile(f"r{ordinal}", rejected, 10, "bb") if rejected else None,
        rules=Counter({"message.required": rejected}) if rejected else Counter(),
        changes=Counter({"severity_text_unknown": 2}),
        quality=Quality(rows=written, first_us=ordinal, last_us=ordinal),
    )


def totals(*results: PartitionResult) -> KindTotals:
    found = KindTotals()
    for item in results:
        add_result(found, item)
    return found


def test_partitions_are_added_up_in_order() -> None:
    found = totals(result(0), result(1))
    assert found.counts() == {"read": 20, "written": 18, "rejected": 2, "deduplicated": 0}
    assert found.is_balanced
    assert [shard.name for shard in found.shards] == ["p0", "p1"]
    assert [file.name for file in found.rejects] == ["r0", "r1"]
    assert (found.rules, found.changes) == ({"message.required": 2}, {"severity_text_unknown": 4})
    assert (found.quality.rows, found.quality.first_us, found.quality.last_us) == (18, 0, 1)


def file_entry(path: str, **values: Any) -> FileEntry:
    nothing = {"kind": None, "split": None, "rows": None, "first_key": None, "last_key": None}
    return FileEntry.model_validate({"path": path, **nothing, "bytes": 50, "sha256": "c" * 64, **values})


def manifest(**values: Any) -> Manifest:
    found = totals(result(0), result(1))
    section = kind_section(LOGS, found, planned=20, schema_hash=schema_hash(LOGS))
    minimal = {"manifest_version": MANIFEST_VERSION, "config": {}, "config_hash": hash_json({})}
    sections = {"kinds": {"logs": section}, "plan": plan_section(PLAN), "files": [file_entry("README.md")]}
    return Manifest.model_validate({**minimal, **sections, **values})


def test_a_file_without_a_kind_has_no_split_and_no_keys() -> None:
    path = "logs/train-00000-of-00001.json"
    keys = {"first_key": [-1, 2], "last_key": [9, 3]}
    shard = file_entry(path, kind="logs", split="train", rows=18, **keys)
    listed = json.loads(manifest(files=[shard, file_entry("README.md")]).as_bytes())["files"]
    of_both = {"bytes": 50, "sha256": "c" * 64}
    assert listed == [
        {"path": path, "kind": "logs", "split": "train", "rows": 18, **of_both, **keys},
        {
            "path": "README.md",
            "kind": None,
            "split": None,
            "rows": None,
            **of_both,
            "first_key": None,
            "last_key": None,
        },
    ]


def test_a_manifest_has_the_balance_of_each_kind_and_the_plan() -> None:
    value = json.loads(manifest().as_bytes())
    kind = value["kinds"]["logs"]
    assert (kind["read"], kind["planned"], kind["balanced"]) == (20, 20, True)
    assert kind["rejects_by_rule"] == {"message.required": 2}
    assert kind["schema_hash"] == schema_hash(LOGS)
    assert value["plan"]["kinds"]["logs"]["partitions"][1] == {"lower": [5, 7], "upper": None, "rows": 10}


def test_a_schema_names_types_nulls_and_json() -> None:
    described = {field.name: field.as_json() for field in field_entries(LOGS.schema)}
    assert described["id"] == {"name": "id", "type": "int64", "nullable": False}
    assert described["timestamp"]["type"] == "timestamp[us, tz=UTC]"
    assert described["structured_data"] == {
        "name": "structured_data",
        "type": "string",
        "nullable": True,
        "content": "json",
    }


@pytest.mark.parametrize(
    "schema",
    [
        pa.schema([*LOGS.schema, optional("more", pa.string())]),
        pa.schema(list(reversed(LOGS.schema))),
        pa.schema([field.with_nullable(True) for field in LOGS.schema]),
        pa.schema([field.remove_metadata() for field in LOGS.schema]),
    ],
    ids=["column", "order", "nullable", "json"],
)
def test_the_schema_hash_changes_with_the_schema(schema: pa.Schema) -> None:
    assert schema_hash(replace(LOGS, schema=schema)) != schema_hash(LOGS)
    assert schema_hash(replace(LOGS, title="Other")) == schema_hash(LOGS)


def test_a_hash_depends_on_the_value_and_not_on_its_order() -> None:
    assert hash_json({"a": 1, "b": [1, 2]}) == hash_json({"b": [1, 2], "a": 1})
    assert hash_json({"a": [1, 2]}) != hash_json({"a": [2, 1]})
    assert hash_json("größe") != hash_json("grosse")


# The balance


def config(**values: Any) -> ExportConfig:
    return ExportConfig(data_types=["logs"], **values)


def test_balanced_counts_pass() -> None:
    check_balance(config(), PLAN, {"logs": totals(result(0), result(1))})


@pytest.mark.parametrize(
    "found",
    [totals(result(0), result(1, written=8)), totals(result(0)), totals(result(0), result(1), result(2))],
    ids=["a row is lost", "a partition is missing", "one too many"],
)
def test_counts_that_do_not_balance_fail_the_export(found: KindTotals) -> None:
    with pytest.raises(Unbalanced, match="logs: the rows do not balance: planned 20, read"):
        check_balance(config(), PLAN, {"logs": found})


def test_too_many_rejects_fail_the_export_and_name_the_rules() -> None:
    found = {"logs": totals(result(0), result(1))}
    check_balance(config(max_reject_ratio=0.1), PLAN, found)
    with pytest.raises(
        RejectRatioExceeded, match=r"2 of 20 rows were rejected \(10.00%\).*message.required 2"
    ):
        check_balance(config(max_reject_ratio=0.09), PLAN, found)


def test_no_rows_are_within_every_ratio() -> None:
    plan = Plan("config", "sqlite", {}, (KindPlan("logs", "s", 0, None, None, (), ()),))
    check_balance(config(max_reject_ratio=0.0), plan, {"logs": KindTotals()})


# Manifests of earlier versions


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A folder with the manifest that an earlier version wrote."""
    shutil.copy(Path(__file__).with_name("earlier_manifest.json"), tmp_path / MANIFEST)
    return tmp_path


def test_the_manifest_of_an_earlier_version_is_written_again_byte_for_byte(earlier: Path) -> None:
    assert read_manifest(earlier).as_bytes() == (earlier / MANIFEST).read_bytes()


def test_every_part_of_an_earlier_manifest_is_known(earlier: Path) -> None:
    unknown = [name for part in _sections(read_manifest(earlier)) for name in part.model_extra or {}]
    assert unknown == []


def test_an_earlier_manifest_has_its_reproducibility_hash(earlier: Path) -> None:
    manifest = read_manifest(earlier)
    assert reproducibility_hash(manifest.as_json()) == manifest.reproducibility_hash


def test_a_manifest_of_the_first_version_is_read(earlier: Path) -> None:
    """It had one split, no documents with a hash, and nothing about labels, privacy and derived tables."""
    value = json.loads((earlier / MANIFEST).read_bytes())
    for name in ("privacy", "reproducibility_hash", "derived"):
        del value[name]
    del value["plan"]["split"]
    for kind in value["kinds"].values():
        for name in ("sampled_out", "splits", "leakage", "privacy"):
            del kind[name]
        kind.pop("labels", None)
    for file in value["files"]:
        file.pop("content_sha256", None)
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    (earlier / MANIFEST).write_text(text)
    assert read_manifest(earlier).as_bytes() == text.encode()


def test_keys_of_other_programs_stay(earlier: Path) -> None:
    value = json.loads((earlier / MANIFEST).read_bytes())
    value["reviewed_by"] = {"name": "somebody"}
    value["files"][0]["uploaded"] = True
    value["kinds"]["logs"]["leakage"][0]["comment"] = None
    (earlier / MANIFEST).write_text(json.dumps(value))
    assert read_manifest(earlier).as_json() == value


def test_a_field_is_read_by_its_name_in_the_file_only(earlier: Path) -> None:
    value = json.loads((earlier / MANIFEST).read_bytes())
    value["files"][0]["size_bytes"] = value["files"][0].pop("bytes")
    (earlier / MANIFEST).write_text(json.dumps(value))
    with pytest.raises(DatasetDamaged, match=r"files\.0\.bytes: is missing"):
        read_manifest(earlier)


def _sections(value: object) -> Iterator[BaseModel]:
    """Yield every section and entry in a manifest."""
    if isinstance(value, BaseModel):
        yield value
        value = [getattr(value, name) for name in type(value).model_fields]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _sections(part)


@pytest.mark.parametrize("block_bytes", [1, 7, 16, 17, 1_000, 1_000_000])
def test_the_list_of_files_is_left_out_wherever_a_block_ends(
    block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest_file, "_BLOCK_BYTES", block_bytes)
    odd = file_entry('a\n  "files": [\n  ].csv', kind="logs", split="train", rows=1)
    whole = manifest(
        files=[odd, file_entry("README.md")], config={"files": ["x"]}, volatile=["export_id", "plan.cutoff"]
    )
    expected = {key: value for key, value in whole.as_json().items() if key != "files"}
    assert json.loads(manifest_without_files(io.BytesIO(whole.as_bytes()))) == expected


@pytest.mark.parametrize(
    "text", ["", "{}", '{"files": [], "kinds": {}}', '{\n  "files": [\n  ],\n  "kinds": {']
)
def test_a_manifest_that_lumber_did_not_write_is_not_cut(text: str) -> None:
    with pytest.raises(DatasetDamaged, match=r"^manifest\.json "):
        manifest_without_files(io.BytesIO(text.encode()))
