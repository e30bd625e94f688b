"""The reproducibility hash: equal for two exports of the same rows with the same config.

It covers the manifest: config, counts, records, splits and the hash of each data file. It leaves out what
differs from run to run, and the documents that contain the hash. The bytes of a JSON document with
`export_metadata` differ from run to run, so the hash of its rows counts instead.

Both exports must use the same partition and shard sizes. `lumber diff` compares rows whatever the sizes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lumber.dataset.layout import WRITTEN_LAST, is_change_list, is_sketch

# Keys of the manifest that differ from run to run, and the hash itself.
_ABOUT_THE_RUN = frozenset(
    (
        "export_id",
        "dataset",
        "created_at",
        "started_at",
        "finished_at",
        "duration_seconds",
        "versions",
        "policies",
        "volatile",
        "config_hash",
        "reproducibility_hash",
    )
)
# Keys of the config that don't change the files.
_WITHOUT_TRACE = frozenset(("batch_size", "dataset", "incremental", "new_major", "destination"))
# Keys of the plan that describe the database: another one may hold the same rows.
_ABOUT_THE_DATABASE = frozenset(("cutoff", "database"))


def hash_json(value: Any) -> str:
    """Return the sha256 of a value's canonical JSON text, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def reproducibility_hash(manifest: Mapping[str, Any]) -> str:
    """Return the reproducibility hash of a manifest, given as plain JSON values.

    The list of files may lack the documents that contain the hash.
    """
    steady = {key: value for key, value in manifest.items() if key not in _ABOUT_THE_RUN}
    if "dataset" in manifest:
        # The number counts the versions before.
        steady.pop("data_version", None)
    steady["plan"] = {key: value for key, value in manifest["plan"].items() if key not in _ABOUT_THE_DATABASE}
    steady["config"] = {key: value for key, value in manifest["config"].items() if key not in _WITHOUT_TRACE}
    steady["files"] = [_steady(file) for file in manifest["files"] if _is_covered(file["path"])]
    return hash_json(steady)


def _is_covered(path: str) -> bool:
    # Sketches are made of the rows, and those of an increment are merged ones.
    return path not in WRITTEN_LAST and not is_change_list(path) and not is_sketch(path)


def _steady(file: Mapping[str, Any]) -> dict[str, Any]:
    if file.get("content_sha256") is None:
        return dict(file)
    return {key: value for key, value in file.items() if key not in ("bytes", "sha256")}
