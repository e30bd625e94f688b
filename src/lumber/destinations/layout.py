"""Where things lie in a destination.

    <root>/lumber.json                        mark of a root: only what has it is ever cleaned
    <root>/data/<2 digits>/<sha256><suffix>   files of datasets, by their content
    <root>/manifests/<export id>.json         the manifest of an export, byte for byte: it is the commit
    <root>/versions/v<number>.json            names a version of a dataset
    <root>/latest.json                        names the latest one
    <root>/claims/<export id>.json            a publication that is running
    <root>/cleaning.json                      a clean-up that is running

The root is the name of a dataset, or `exports` for exports without one. All keys are below the prefix of the
destination.
"""

from __future__ import annotations

import posixpath
import re

from lumber.errors import DatasetDamaged

EXPORTS = "exports"
DATA, MANIFESTS, VERSIONS, CLAIMS = "data", "manifests", "versions", "claims"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"(?:\.[A-Za-z0-9]{1,10}){1,3}$")
# Strict, because what matches may be deleted.
_DATA_KEY = re.compile(r"data/([0-9a-f]{2})/([0-9a-f]{64})(?:\.[A-Za-z0-9]{1,10}){0,3}")


def root_of(dataset: str | None) -> str:
    """Return the root of a dataset's versions; None: of exports without a dataset."""
    return EXPORTS if dataset is None else _plain(dataset)


def mark_key(root: str) -> str:
    """Return the key of the mark of a root."""
    return f"{root}/lumber.json"


def data_key(root: str, sha256: str, path: str) -> str:
    """Return the key of a file that a manifest lists. Raises DatasetDamaged if its hash isn't one."""
    if _SHA256.fullmatch(sha256) is None:
        raise DatasetDamaged(f"The manifest lists {path!r} with {sha256[:100]!r}, which is not a SHA-256.")
    return f"{root}/{DATA}/{sha256[:2]}/{sha256}{suffix_of(path)}"


def suffix_of(path: str) -> str:
    """Return the end of a file's name that tells its format, such as `.jsonl.gz`; an empty text for none."""
    found = _SUFFIX.search(posixpath.basename(path))
    return "" if found is None else found[0]


def is_data_key(root: str, key: str) -> bool:
    """Say whether a key is that of a file of a dataset in this root."""
    found = _DATA_KEY.fullmatch(key.removeprefix(f"{root}/")) if key.startswith(f"{root}/") else None
    return found is not None and found[2].startswith(found[1])


def manifest_key(root: str, export_id: str) -> str:
    """Return the key of the manifest of an export."""
    return f"{root}/{MANIFESTS}/{_plain(export_id)}.json"


def version_key(root: str, number: int) -> str:
    """Return the key that names a version of a dataset."""
    return f"{root}/{VERSIONS}/v{number}.json"


def latest_key(root: str) -> str:
    """Return the key that names the latest version of a dataset."""
    return f"{root}/latest.json"


def claim_key(root: str, export_id: str) -> str:
    """Return the key of a running publication."""
    return f"{root}/{CLAIMS}/{_plain(export_id)}.json"


def cleaning_key(root: str) -> str:
    """Return the key of a running clean-up."""
    return f"{root}/cleaning.json"


def _plain(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} can't be a part of a key")
    return name
