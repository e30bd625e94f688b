"""Compare the exported bytes of this checkout with those of another one.

    .venv/bin/python scripts/compare_exports.py ../lumber-before

Both checkouts need their `.venv` (`make setup`). The other checkout makes one database of sample data. Then
each checkout exports it with the same configs: every format with every codec, and every option in several
formats. Shards, rejects and derived tables must be the same, byte for byte. A JSON document names its export
and the time of it: it is compared without these two. Manifests and documents are compared as text, without
what differs between any two runs, and their differences are only printed: their wording may change.

Exit code 0: all shards and rejects are the same; 1: some differ.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

HERE = Path(__file__).resolve().parent.parent
KINDS = ["logs", "anomalies", "ips"]
CODECS = {
    "parquet": ("none", "gzip", "zstd"),
    "arrow": ("none", "zstd"),
    "csv": ("none", "gzip", "zstd"),
    "jsonl": ("none", "gzip", "zstd"),
    "json": ("none", "gzip", "zstd"),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "basic": {},
    "strict": {"validation_level": "strict"},
    "unchecked": {"validation_level": "none", "data_types": ["anomalies", "ips"]},
    "bare": {"include_metadata": False},
    "filtered": {
        "filters": {
            "log_level": ["ERROR", "CRITICAL"],
            "ips.risk_score": {"gte": 20},
            "device_ip": {"cidr": "10.0.0.0/8"},
        },
        "start_date": "2026-01-03",
        "end_date": "2026-01-20",
    },
    "processes": {"processes": ["sshd", "kernel"], "data_types": ["logs"]},
    "time": {"split": {"mode": "time", "embargo_seconds": 3600}},
    "group": {"split": "group"},
    "time_group": {"split": "time_group"},
    "random": {"split": "random"},
    "exact": {"deduplicate": "exact"},
    "burst": {"deduplicate": "burst", "split": "time"},
    "labels": {"labels": {"assume_normal": True, "window_seconds": 300}, "split": "time"},
    "fields": {"fields": {"logs": ["timestamp", "log_level", "message"], "ips": ["address", "risk_score"]}},
    "share": {"sample": 0.2},
    "sample": {"sample": {"rows": 500, "stratify": "log_level"}, "data_types": ["logs"]},
    "shuffle": {"order": "shuffle", "split": "random"},
    "templates": {"templates": True, "split": "time"},
    "windows": {"sequences": True, "data_types": ["logs"], "split": "time"},
    "private": {"privacy": True},
    "private_split": {
        "privacy": {"addresses": "token"},
        "split": "time",
        "templates": True,
        "order": "shuffle",
    },
    "all": {
        "labels": True,
        "deduplicate": "burst",
        "sample": 0.5,
        "templates": True,
        "sequences": "session",
        "split": "time_group",
        "order": "shuffle",
        "privacy": True,
        "data_types": ["logs"],
    },
    "formulas": {"csv_escape_formulas": False},
}
DRIVER = """
import json, sys
import lumber
configs = json.load(open(sys.argv[1]))
if __name__ == "__main__":
    for name, config in configs.items():
        try:
            lumber.export(config, output=sys.argv[2] + "/" + name)
        except lumber.errors.LumberError if hasattr(lumber, "errors") else Exception as error:
            print(name, type(error).__name__, error, file=sys.stderr)
"""


def configs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every config with its name: formats and codecs in full, then each option in some formats."""
    for format, codecs in CODECS.items():
        for codec in codecs:
            yield f"{format}-{codec}", {"data_types": KINDS, "output_format": format, "compression": codec}
    for number, (name, options) in enumerate(OPTIONS.items()):
        others = list(CODECS)
        for format in sorted({"parquet", "csv", others[number % len(others)]}):
            yield f"{name}-{format}", {"data_types": KINDS, "output_format": format, **options}


def run(checkout: Path, command: list[str | Path], folder: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout / "src"),
        "LUMBER_DATA_DIR": str(folder),
        "LUMBER_DATABASE_URL": f"sqlite:///{folder / 'lumber.db'}",
        "LUMBER_PRIVACY_KEY": hashlib.sha256(b"compare").hexdigest(),
        "LUMBER_PARTITION_ROWS": "2000",
        "LUMBER_SHARD_SIZE_BYTES": "300000",
        "LUMBER_WORKERS": "2",
    }
    python = checkout / ".venv/bin/python"
    subprocess.run([python, *command], check=True, env=environment, cwd=folder)


def content(path: Path) -> str:
    """Return a hash of a file's bytes; of a JSON document, of what doesn't tell one run from another."""
    data = path.read_bytes()
    if re.search(r"\.json(\.gz|\.zst)?$", path.name):
        if path.name.endswith(".gz"):
            data = gzip.decompress(data)
        elif path.name.endswith(".zst"):
            data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
        document = json.loads(data)
        if isinstance(document, dict):
            for key in ("created_at", "export_id"):
                document.get("export_metadata", {}).pop(key, None)
            data = json.dumps(document).encode()
    return hashlib.sha256(data).hexdigest()


def is_data(path: str) -> bool:
    return "/" in path


def described(path: Path) -> str:
    """Return a document's text without what differs between two runs."""
    text = path.read_text()
    if path.name == "manifest.json":
        manifest = json.loads(text)
        for key in ("export_id", "created_at", "started_at", "finished_at", "duration_seconds"):
            manifest.pop(key, None)
        manifest["plan"].pop("cutoff", None)
        manifest["files"] = [
            {
                key: value
                for key, value in entry.items()
                if key not in ("bytes", "sha256") or is_data(entry["path"])
            }
            for entry in manifest["files"]
            if not re.search(r"\.json(\.gz|\.zst)?$", entry["path"])
        ]
        return json.dumps(manifest, indent=1)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{32,64}", "<id>", text)
    # A JSON document's size depends on the digits of its time.
    text = re.sub(r'"contentSize": "[0-9]+ B"', '"contentSize": "<size>"', text)
    return re.sub(r"20\d\d-1[012]-\d\d[T ][0-9:.+Z]+", "<time>", text)


def files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("other", type=Path, help="the other checkout, with its .venv")
    parser.add_argument("--rows", type=int, default=6000, help="log lines of sample data")
    parser.add_argument("--keep", type=Path, help="a new folder for the exports, which stays")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lumber-compare-") as temporary:
        home = (asked.keep or Path(temporary)).absolute()
        home.mkdir(parents=True, exist_ok=True)
        other = asked.other.absolute()
        sample = ["-m", "lumber", "sample", "--rows", str(asked.rows), "--damaged", "0.01"]
        run(other, sample, home)
        chosen = dict(configs())
        (home / "configs.json").write_text(json.dumps(chosen))
        (home / "driver.py").write_text(DRIVER)
        for name, checkout in (("before", other), ("after", HERE)):
            (home / name).mkdir()
            run(checkout, ["driver.py", "configs.json", name], home)
        return report(home, list(chosen))


def report(home: Path, names: list[str]) -> int:
    """Print what differs; return the exit code."""
    same = differing = texts = 0
    seen: set[str] = set()
    for name in names:
        before, after = files(home / "before" / name), files(home / "after" / name)
        if not before or not after:
            print(f"{name}: no dataset {'before' if not before else 'after'}")
            differing += bool(before) != bool(after)
            continue
        for path in sorted(before.keys() | after.keys()):
            if path not in before or path not in after:
                print(f"{name}: {path} is only {'before' if path in before else 'after'}")
                differing += 1
            elif is_data(path):
                is_same = content(before[path]) == content(after[path])
                same += is_same
                differing += not is_same
                if not is_same:
                    print(f"{name}: {path} differs")
            elif path != "SHA256SUMS":
                one, two = described(before[path]).splitlines(), described(after[path]).splitlines()
                changed = [line for line in (*one, *two) if (line in one) != (line in two)]
                texts += bool(changed)
                for line in changed:
                    if line not in seen and len(seen) < 60:
                        seen.add(line)
                        print(f"{name}: {path}: {line.strip()[:160]}")
    print(
        f"{len(names)} exports: {same:,} data files are the same, {differing} differ, "
        f"{texts} documents have other text"
    )
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
