"""The manifest and the quality report say what is in the files, held against plain Python."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from lumber import __version__
from lumber.catalog.registry import get_kind
from lumber.errors import RejectRatioExceeded
from lumber.exports import ExportConfig, ExportMetadata
from lumber.exports.config import without_unset
from tests.acceptance.exporting import KINDS, export, fill_with_sample, ledger, lumber, lumber_json
from tests.acceptance.reading import Row, manifest_of, normal, rejects_of, rows_of, shards

GAPS_KEPT = 10


@dataclass(frozen=True)
class Exported:
    """A finished export of damaged rows in several partitions."""

    folder: Path
    done: ExportMetadata
    manifest: dict[str, Any]

    def rows(self, kind: str) -> list[Row]:
        return rows_of(self.folder, kind)


@pytest.fixture(scope="module")
def damaged_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('damaged') / 'lumber.db'}"
    fill_with_sample(url, 12_000, damaged=0.05)
    return url


@pytest.fixture(scope="module")
def exported(damaged_url: str, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("reports") / "out"
    done = export(
        damaged_url,
        folder,
        output_format="parquet",
        validation_level="strict",
        batch_size=700,
        settings={"partition_rows": 4_000, "shard_size_bytes": 150_000},
    )
    return Exported(folder, done, manifest_of(folder))


def report_of(exported: Exported, kind: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((exported.folder / "quality_report.json").read_bytes())
    assert list(report) == list(KINDS)
    return report[kind]


def time_text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}Z"


def share(part: int, whole: int) -> float:
    return round(part / whole, 6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_quality_report_is_what_a_slow_count_finds(exported: Exported, kind: str) -> None:
    rows, rejects = exported.rows(kind), rejects_of(exported.folder, kind)
    report, counts = report_of(exported, kind), exported.done.kinds[kind]
    assert report["rows"] == len(rows) == counts["written"]
    rules = Counter(f"{line['column']}.{line['rule']}" for line in rejects)
    assert report["rejects_by_rule"] == dict(rules)
    assert counts["rejected"] == len({line["id"] for line in rejects})
    for name in get_kind(kind).schema.names:
        broken = sum(line["column"] == name for line in rejects)
        assert report["fields"][name] == {
            "completeness": share(sum(row[name] is not None for row in rows), len(rows)),
            "conformity": share(counts["read"] - broken, counts["read"]),
        }
    assert len(rules) >= 1
    if kind == "logs":
        named = {"levels": "log_level", "processes": "process_name"}
        for part, name in named.items():
            assert report[part] == dict(Counter(row[name] or "(none)" for row in rows))
            assert list(report[part].values()) == sorted(report[part].values(), reverse=True)
    else:
        assert report["levels"] is None
        assert report["processes"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_quality_report_knows_the_time_covered_and_the_longest_gaps(
    exported: Exported, kind: str
) -> None:
    times = [row[get_kind(kind).time_column] for row in exported.rows(kind)]
    assert times == sorted(times)
    time = report_of(exported, kind)["time"]
    assert time["first"] == time_text(times[0])
    assert time["last"] == time_text(times[-1])
    assert time["rows_per_day"] == dict(Counter(moment.date().isoformat() for moment in times))
    steps = [(after, later - after) for after, later in pairwise(times) if later > after]
    steps.sort(key=lambda step: (-step[1], step[0]))
    assert time["longest_gaps"] == [
        {"after": time_text(after), "seconds": length / timedelta(seconds=1)}
        for after, length in steps[:GAPS_KEPT]
    ]


def test_damaged_rows_are_found_by_the_rules_that_they_break(exported: Exported) -> None:
    rules = {kind: {line["rule"] for line in rejects_of(exported.folder, kind)} for kind in KINDS}
    assert rules == {
        "logs": {"known_severity", "is_address", "not_future", "valid_json", "required"},
        "anomalies": {"in_range", "log_entry_exists"},
        "ips": {"is_address", "ordered_times"},
    }


def test_the_manifest_lists_every_file_with_its_bytes_and_hash(exported: Exported) -> None:
    files = {file["path"]: file for file in exported.manifest["files"]}
    assert len(files) == len(exported.manifest["files"])
    there = {str(path.relative_to(exported.folder)) for path in exported.folder.rglob("*") if path.is_file()}
    assert there == {*files, "manifest.json"}
    for path, file in files.items():
        data = (exported.folder / path).read_bytes()
        assert file["bytes"] == len(data)
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        if path.startswith("rejects/"):
            assert file["rows"] == data.count(b"\n")


@pytest.mark.parametrize("kind", KINDS)
def test_the_manifest_knows_the_rows_and_keys_of_each_file(exported: Exported, kind: str) -> None:
    time = get_kind(kind).time_column
    files = [file for file in exported.manifest["files"] if file["kind"] == kind]
    assert [exported.folder / file["path"] for file in files] == shards(exported.folder, kind)
    last: list[int] | None = None
    for file in files:
        rows = normal(kind, pq.read_table(exported.folder / file["path"]).to_pylist())
        keys = [[round(row[time].timestamp() * 1_000_000), row["id"]] for row in rows]
        assert keys == sorted(keys)
        assert (file["rows"], file["split"]) == (len(rows), "train")
        assert (file["first_key"], file["last_key"]) == (keys[0], keys[-1])
        assert last is None or last < keys[0]
        last = keys[-1]
    section = exported.manifest["kinds"][kind]
    assert sum(file["rows"] for file in files) == section["written"]
    if kind == "logs":
        assert len(files) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_manifest_proves_that_each_kind_balances(exported: Exported, kind: str) -> None:
    section = exported.manifest["kinds"][kind]
    assert section["balanced"] is True
    assert section["read"] == section["written"] + section["rejected"] + section["deduplicated"]
    assert {name: section[name] for name in exported.done.kinds[kind]} == exported.done.kinds[kind]
    plan = exported.manifest["plan"]["kinds"][kind]
    assert section["planned"] == section["read"] == plan["rows"] == sum(p["rows"] for p in plan["partitions"])
    assert section["schema"] == [
        {
            "name": field.name,
            "type": str(field.type),
            "nullable": field.nullable,
            **({"content": "json"} if field.name in get_kind(kind).json_columns else {}),
        }
        for field in get_kind(kind).schema
    ]
    text = json.dumps(section["schema"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert section["schema_hash"] == hashlib.sha256(text.encode()).hexdigest()


def test_the_plan_is_a_chain_of_half_open_ranges(exported: Exported) -> None:
    parts = exported.manifest["plan"]["kinds"]["logs"]["partitions"]
    assert len(parts) >= 3
    assert parts[0]["lower"] is None
    assert parts[-1]["upper"] is None
    for before, after in pairwise(parts):
        assert before["upper"] == after["lower"] is not None
    assert exported.manifest["plan"]["cutoff"]["max_ids"] == {"logs": 12_000}
    assert exported.manifest["plan"]["database"] == "sqlite"


def test_the_manifest_says_what_was_asked_when_and_by_which_versions(exported: Exported) -> None:
    manifest = exported.manifest
    assert ExportConfig(**manifest["config"]).as_json() == exported.done.export_config
    assert manifest["config"] == without_unset(exported.done.export_config)
    assert manifest["config_hash"] == ExportConfig(**manifest["config"]).hash
    assert manifest["export_id"] == exported.done.export_id
    times = [datetime.fromisoformat(manifest[name]) for name in ("created_at", "started_at", "finished_at")]
    assert times == sorted(times)
    assert all(moment.tzinfo == UTC for moment in times)
    assert manifest["duration_seconds"] == round((times[2] - times[1]).total_seconds(), 3)
    assert manifest["versions"]["lumber"] == __version__
    assert manifest["versions"]["database"].startswith("SQLite 3.")
    assert {"python", "polars", "pyarrow"} < set(manifest["versions"])
    assert manifest["volatile"]


@pytest.mark.parametrize("kind", KINDS)
def test_parquet_files_have_an_index_of_their_pages(exported: Exported, kind: str) -> None:
    for path in shards(exported.folder, kind):
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            for number in range(metadata.num_columns):
                column = metadata.row_group(group).column(number)
                assert column.has_offset_index
                assert column.has_column_index
                assert column.compression == "UNCOMPRESSED"


def test_a_dataset_with_new_rows_before_the_old_ones_shares_bytes_with_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lumber.db'}"
    fill_with_sample(url, 20_000, damaged=0)
    export(url, tmp_path / "before", kinds=["logs"], output_format="parquet", compression="zstd")
    fill_with_sample(url, 500, seed=8, damaged=0, start=datetime(2025, 12, 1, tzinfo=UTC), days=5)
    export(url, tmp_path / "after", kinds=["logs"], output_format="parquet", compression="zstd")
    (before,), (after,) = (shards(tmp_path / name, "logs") for name in ("before", "after"))
    plain = [tmp_path / "plain-before", tmp_path / "plain-after"]
    for source, target in zip((before, after), plain, strict=True):
        pq.write_table(pq.read_table(source), target, compression="zstd", use_content_defined_chunking=False)
    assert shared_bytes(before, after) > 4 * shared_bytes(*plain)
    assert shared_bytes(before, after) > 0.3


def shared_bytes(before: Path, after: Path) -> float:
    """Return the share of the later file's bytes that a store which removes duplicates has already."""
    known, new = pieces(before.read_bytes()), pieces(after.read_bytes())
    return sum(size for piece, size in new.items() if piece in known) / sum(new.values())


def pieces(data: bytes) -> dict[bytes, int]:
    """Cut bytes into pieces of about 1 KiB where their content says so; return hashes and sizes.

    A cut follows ten bytes whose mixed value is 0 modulo 1024 (a gear hash, of which only these count).
    """
    gear = np.array([int.from_bytes(hashlib.sha256(bytes([byte])).digest()[:4]) for byte in range(256)])
    mixed = gear[np.frombuffer(data, np.uint8)]
    state = sum(np.pad(mixed, (back, 0))[: len(mixed)] << back for back in range(10))
    cuts = [0, *(np.flatnonzero(state % 1024 == 0) + 1).tolist(), len(data)]
    return {hashlib.sha256(data[start:end]).digest(): end - start for start, end in pairwise(cuts)}


@pytest.mark.parametrize("as_json", [True, False])
def test_too_many_rejects_fail_the_export_and_leave_no_dataset(
    damaged_url: str, tmp_path: Path, as_json: bool
) -> None:
    options = ["--database-url", damaged_url, "--max-reject-ratio", "0.001", "--validation", "strict"]
    done = lumber(
        *("export", "-d", "logs", "--output", str(tmp_path / "out"), *options),
        *(["--json"] if as_json else []),
        is_ok=False,
        LUMBER_WORKERS="1",
    )
    assert done.returncode == 1
    assert "max_reject_ratio 0.001" in done.stderr
    assert not (tmp_path / "out").exists()
    if as_json:
        assert json.loads(done.stdout)["error"]["code"] == "reject_ratio_exceeded"


def test_the_ledger_says_why_an_export_failed(damaged_url: str, tmp_path: Path) -> None:
    with pytest.raises(RejectRatioExceeded, match=r"logs: \d+ of 12,000 rows were rejected"):
        export(
            damaged_url, tmp_path / "out", kinds=["logs"], validation_level="strict", max_reject_ratio=0.01
        )
    (failed,) = [
        found for found in ledger(damaged_url) if found.status == "failed" and str(tmp_path) in found.path
    ]
    assert failed.error_code == "reject_ratio_exceeded"
    assert "max_reject_ratio 0.01" in failed.error_message
    assert not (tmp_path / "out").exists()


def test_a_share_of_rejects_that_is_allowed_passes(damaged_url: str, tmp_path: Path) -> None:
    answer = lumber_json(
        *("export", "-d", "logs", "-o", str(tmp_path / "out"), "--validation", "strict"),
        *("--database-url", damaged_url, "--max-reject-ratio", "0.2", "--format", "jsonl"),
        LUMBER_WORKERS="1",
    )
    assert answer["kinds"]["logs"]["rejected"] == 600


def test_the_end_of_the_run_is_after_the_packing(exported: Exported) -> None:
    """The last file before the manifest is the card; a file's own time may lag a tick behind the clock."""
    packed_at = datetime.fromtimestamp((exported.folder / "README.md").stat().st_mtime, UTC)
    started_at, finished_at = (
        datetime.fromisoformat(exported.manifest[name]) for name in ("started_at", "finished_at")
    )
    assert started_at < packed_at <= finished_at <= exported.done.finished_at
    assert exported.manifest["duration_seconds"] == pytest.approx(
        (finished_at - started_at).total_seconds(), abs=0.001
    )
