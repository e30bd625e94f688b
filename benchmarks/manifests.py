"""A dataset of very many files: what committing, recording, reading, verifying and showing it costs.

The shards are made here, with one row each, so that the files cost little; all else is what an export,
`lumber verify` and the service do. Each step runs in a process of its own. Its seconds and memory are those
above the step `start`, which only loads the modules.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.process import measure
from lumber.catalog.registry import get_kind
from lumber.dataset.manifest import schema_hash
from lumber.dataset.manifest_file import read_manifest
from lumber.dataset.quality import Quality
from lumber.dataset.verify import verify_dataset
from lumber.engine.plan import KindPlan, PartitionRange, Plan
from lumber.engine.result import PartitionResult
from lumber.engine.staging import OutputFolder
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.commit import ExportFacts, committed, pack
from lumber.exports.creation import DATA_VERSION
from lumber.exports.folding import FoldedResults
from lumber.exports.totals import merge_results
from lumber.formats import WriteOptions, open_shard
from lumber.formats.staged_file import Key, StagedFile
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.migrate import require_schema
from lumber.store.url import DatabaseUrl
from lumber.text import counted

FILES = (1_000, 10_000, 100_000)
STEPS = ("start", "commit", "read", "verify", "record", "service")
_PARTITION_FILES = 1_000
_CONFIG = ExportConfig(data_types=["logs"], output_format="jsonl", compression="none")
_START = datetime(2026, 1, 1, tzinfo=UTC)
_START_US = int(_START.timestamp()) * 1_000_000
_STEP_US = 1_000_000


def run(workdir: Path, numbers: tuple[int, ...] = FILES) -> list[dict[str, Any]]:
    """Measure all steps for each number of files; every step is in the result."""
    found = []
    for files in numbers:
        folder = workdir / f"{files}-files"
        folder.mkdir()
        before: dict[str, float] = {"cpu_seconds": 0.0, "peak_mb": 0.0}
        for step in STEPS:
            command = [sys.executable, "-m", "benchmarks.manifests", step, str(folder), str(files)]
            measured = measure(command)
            raw = {
                "cpu_seconds": round(measured.cpu_seconds, 2),
                "peak_mb": round(measured.peak_pss_bytes / 1e6),
            }
            if step == "start":
                before = raw
                continue
            case = {
                "files": files,
                "step": step,
                **{name: round(raw[name] - before[name], 2) for name in raw},
                **json.loads(measured.stdout or "{}"),
            }
            print(json.dumps(case), file=sys.stderr, flush=True)
            found.append(case)
    return found


def table(cases: list[dict[str, Any]]) -> str:
    """Return the Markdown of the results."""
    numbers = sorted({case["files"] for case in cases})
    lines = ["| step | " + " | ".join(f"{counted(n, 'file')}: CPU s | MB" for n in numbers) + " |"]
    lines.append("|---|" + "---:|---:|" * len(numbers))
    for step in STEPS[1:]:
        cells = [
            f"{case['cpu_seconds']:.1f} | {case['peak_mb']:,.0f}"
            for case in sorted((c for c in cases if c["step"] == step), key=lambda case: case["files"])
        ]
        lines.append(f"| {step} | " + " | ".join(cells) + " |")
    lines += ["", "| call, ms | " + " | ".join(f"{counted(n, 'file')}" for n in numbers) + " |"]
    lines.append("|---|" + "---:|" * len(numbers))
    calls = {case["files"]: case["calls_ms"] for case in cases if case["step"] == "service"}
    for call in calls[numbers[0]]:
        lines.append(f"| {call} | " + " | ".join(f"{calls[n][call]:,.0f}" for n in numbers) + " |")
    return "\n".join([*lines, ""])


def _commit(folder: Path, files: int) -> None:
    output = OutputFolder(folder / "dataset")
    output.open()
    results = FoldedResults()
    for ordinal, first in enumerate(range(0, files, _PARTITION_FILES)):
        results.add(_partition(output.staging, ordinal, range(first, min(files, first + _PARTITION_FILES))))
    parts = tuple(
        PartitionRange(
            part.ordinal,
            None if part.ordinal == 0 else _key(part.ordinal * _PARTITION_FILES),
            None
            if (part.ordinal + 1) * _PARTITION_FILES >= files
            else _key((part.ordinal + 1) * _PARTITION_FILES),
            part.read,
        )
        for part in results
    )
    logs = get_kind("logs")
    kind = KindPlan("logs", schema_hash(logs), files, _key(0).time_us, _key(files - 1).time_us, (), parts)
    plan = Plan(_CONFIG.hash, "sqlite", {"snapshot": None, "max_ids": {"logs": files}}, (kind,))
    facts = ExportFacts("manifests", DATA_VERSION, _START, _START, "SQLite")
    pack(output, _CONFIG, plan, merge_results(plan, results, {}), facts)


def _key(number: int) -> Key:
    return Key(_START_US + number * _STEP_US, number + 1)


def _partition(staging: Path, ordinal: int, numbers: range) -> PartitionResult:
    """Write one shard for each of these numbers, without the syncs that an export waits for."""
    logs = get_kind("logs")
    times = [_key(number).time_us for number in numbers]
    values: dict[str, list[Any]] = {
        "id": [_key(number).id for number in numbers],
        "timestamp": times,
        "message": [f"message {number}" for number in numbers],
    }
    columns = [
        pa.array(values[field.name], pa.int64()).cast(field.type)
        if pa.types.is_timestamp(field.type)
        else pa.array(values.get(field.name, [None] * len(numbers)), field.type)
        for field in logs.schema
    ]
    batch = pa.RecordBatch.from_arrays(columns, schema=logs.schema)
    quality = Quality()
    quality.add(batch, logs)
    sample = staging / f"sample-{ordinal}"
    writer = open_shard(sample, logs.schema, WriteOptions("jsonl", _CONFIG.resolved_compression))
    writer.write(batch)
    writer.close()
    lines = sample.read_bytes().splitlines(keepends=True)
    sample.unlink()
    shards = []
    for number, line in zip(numbers, lines, strict=True):
        name = f"s{number:06d}.jsonl"
        (staging / name).write_bytes(line)
        sha256, key = hashlib.sha256(line).hexdigest(), _key(number)
        shards.append(StagedFile(name, 1, len(line), sha256, key, key, "train"))
    rows = len(numbers)
    return PartitionResult("logs", ordinal, rows, rows, 0, tuple(shards), None, Counter(), Counter(), quality)


def _read(folder: Path, files: int) -> None:
    assert len(read_manifest(folder / "dataset").files) > files


def _verify(folder: Path, files: int) -> None:
    report = verify_dataset(folder / "dataset")
    assert report.is_ok, report.problems[:3]
    assert report.rows == {"logs": files}


def _settings(folder: Path) -> Settings:
    url = f"sqlite:///{folder / 'ledger.db'}"
    return Settings(data_dir=folder, database_url=url, serve_worker=False, scheduler=False, workers=1)


def _record(folder: Path, _files: int) -> None:
    asyncio.run(_recorded(folder))


async def _recorded(folder: Path) -> None:
    database = open_database(DatabaseUrl.parse(_settings(folder).effective_database_url))
    try:
        await require_schema(database, create=True)
        ledger = ExportStatusManager(database)
        export_id = (await ledger.create(_CONFIG)).export_id
        claim = await ledger.claim(export_id, "benchmark", 600.0)
        await ledger.placed(claim, str(folder / "dataset"))
        packed = committed(folder / "dataset")
        await ledger.complete(claim, packed.counts, packed.files)
    finally:
        await database.close()
    (folder / "export_id").write_text(export_id)


def _service(folder: Path, files: int) -> None:
    from fastapi.testclient import TestClient

    from lumber.api import create_app

    export = f"/api/v1/export/{(folder / 'export_id').read_text()}"
    with TestClient(create_app(_settings(folder))) as client:

        def timed(path: str, **query: Any) -> Any:
            start = time.perf_counter()
            answer = client.get(f"{export}{path}", params=query)
            took[0] = (time.perf_counter() - start) * 1000
            assert answer.status_code == 200, answer.text[:300]
            return answer

        took = [0.0]
        calls: dict[str, float] = {}

        def call(name: str, path: str, **query: Any) -> Any:
            answers = [timed(path, **query)]
            calls[name] = took[0]
            return answers[0]

        timed("/status")
        call("status of the export", "/status")
        shown = call("first 10 files", "/files", limit=10)
        assert shown.headers["X-Total-Count"] == str(len(read_manifest(folder / "dataset").files))
        middle = f"logs/train-{files // 2:05d}-of-{files:05d}.jsonl"
        page = call("100 files in the middle", "/files", limit=100, after=middle).json()
        call("10,000 files", "/files")
        call("one shard", f"/files/{page[0]['file_id']}")
        call("quality report", "/quality")
        call("manifest", "/manifest")
        call("manifest without files", "/manifest", files="false")
        print(json.dumps({"calls_ms": {name: round(ms, 1) for name, ms in calls.items()}}))


def _start(_folder: Path, _files: int) -> None:
    """Only what importing this module loads."""


if __name__ == "__main__":
    _DO: dict[str, Callable[[Path, int], None]] = {
        "start": _start,
        "commit": _commit,
        "read": _read,
        "verify": _verify,
        "record": _record,
        "service": _service,
    }
    _DO[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
