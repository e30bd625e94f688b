"""Makes folders that look like finished datasets, without an export."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

FILES = {
    "logs/train-00000-of-00001.jsonl.gz": b"rows " * 2_000,
    "logs/test-00000-of-00001.jsonl.gz": b"other rows",
    "README.md": b"# A dataset\n",
    "SHA256SUMS": b"",
}
MORE_THAN_A_PART = 20 * 1024 * 1024


def finished(
    folder: Path, files: Mapping[str, bytes] = FILES, *, export_id: str | None = None, note: str = ""
) -> str:
    """Write a dataset and return the id of its export."""
    chosen = export_id or str(uuid4())
    entries = []
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        entries.append({"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    manifest = {"export_id": chosen, "files": entries, "note": note}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return chosen


def large(seed: int = 1) -> bytes:
    """Return a content that is sent in parts."""
    return hashlib.shake_128(bytes([seed])).digest(MORE_THAN_A_PART)
