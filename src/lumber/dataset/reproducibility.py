"""The reproducibility hash: one hash of everything that is the same for two exports of the same rows.

They must be cut to the same sizes of partitions and shards: `lumber diff` compares rows however they are cut.

It is made of the manifest: config, counts, records, cuts and the files of data, each by its own hash. What
tells two runs apart is left out, and so are the documents that hold the hash. A JSON document with
`export_metadata` tells runs apart by its own bytes: it counts by the hash of its rows' text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumber.dataset.documents.names import WRITTEN_LAST
from lumber.dataset.manifest import hash_json

# Of the manifest: what differs between two runs, and the hash itself.
_ABOUT_THE_RUN = frozenset(
    (
        "export_id",
        "created_at",
        "started_at",
        "finished_at",
        "duration_seconds",
        "versions",
        "volatile",
        "config_hash",
        "reproducibility_hash",
    )
)
# Of the config: what leaves no trace in the files.
_WITHOUT_TRACE = frozenset(("batch_size",))
# Of the plan: how one database says what it froze. The same rows may lie in another one.
_ABOUT_THE_DATABASE = frozenset(("cutoff", "database"))


def reproducibility_hash(manifest: Mapping[str, Any]) -> str:
    """Return the hash that a manifest's content must have, in hexadecimal.

    `manifest` is the manifest as plain JSON values; whether its documents are listed yet makes no difference.
    """
    steady = {key: value for key, value in manifest.items() if key not in _ABOUT_THE_RUN}
    steady["plan"] = {key: value for key, value in manifest["plan"].items() if key not in _ABOUT_THE_DATABASE}
    steady["config"] = {key: value for key, value in manifest["config"].items() if key not in _WITHOUT_TRACE}
    steady["files"] = [_steady(file) for file in manifest["files"] if file["path"] not in WRITTEN_LAST]
    return hash_json(steady)


def _steady(file: Mapping[str, Any]) -> dict[str, Any]:
    if file.get("content_sha256") is None:
        return dict(file)
    return {key: value for key, value in file.items() if key not in ("bytes", "sha256")}
