"""Compares the documents of a dataset with the manifest: they must name the same files and hashes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from lumber.dataset.layout import CARD, CHECKSUMS, CROISSANT, QUALITY_REPORT, is_change_list
from lumber.dataset.manifest import FileEntry, Manifest
from lumber.dataset.verify.labels import report_problems
from lumber.dataset.verify.report import Report
from lumber.files.json_text import DOCUMENT_BYTES, load_document

_SHOWN = 20
_CHECKSUM = re.compile(r"([0-9a-f]{64})  (.+)")


def check_document(entry: FileEntry, file: BinaryIO, manifest: Manifest, report: Report) -> None:
    """Check what a document says about the other files. Files that aren't such documents pass."""
    check = _CHECKS.get(entry.path)
    if check is None:
        return
    try:
        data = file.read(DOCUMENT_BYTES + 1)
        if len(data) > DOCUMENT_BYTES:
            raise ValueError(f"it is larger than {DOCUMENT_BYTES:,} bytes")
        problems = check(data, manifest)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        problems = [f"cannot be read: {error}"]
    for problem in problems[:_SHOWN]:
        report.add(entry.path, problem)


def _checksums(data: bytes, manifest: Manifest) -> list[str]:
    expected = {file.path: file.sha256 for file in _covered(manifest) if file.path != CHECKSUMS}
    return _differences(read_checksums(data.decode()), expected, expected.keys())


def read_checksums(text: str) -> dict[str, str]:
    """Return the sha256 of each path. Raises ValueError for a malformed line and for a path named twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _CHECKSUM.fullmatch(line)
        if match is None or match[2] in found:
            raise ValueError(f"line {number} is not a sha256 and a new path")
        found[match[2]] = match[1]
    return found


def _croissant(data: bytes, manifest: Manifest) -> list[str]:
    value = load_document(data)
    found = {
        item["contentUrl"]: (item["sha256"], item["contentSize"])
        for item in value["distribution"]
        if item["@type"] == "cr:FileObject"
    }
    expected = {file.path: (file.sha256, f"{file.size_bytes} B") for file in _covered(manifest)}
    needed = {file.path for file in manifest.files if file.kind is not None}
    problems = _differences(found, expected, needed)
    if value["identifier"] != f"sha256:{manifest.reproducibility_hash}":
        problems.append(f"has the identifier {value['identifier']}, which is not the manifest's hash")
    return problems


def _covered(manifest: Manifest) -> list[FileEntry]:
    return [file for file in manifest.files if not is_change_list(file.path)]


def _card(data: bytes, manifest: Manifest) -> list[str]:
    if manifest.reproducibility_hash is None or manifest.reproducibility_hash in data.decode():
        return []
    return ["does not hold the manifest's reproducibility_hash"]


def _differences(found: Mapping[str, Any], expected: Mapping[str, Any], needed: Any) -> list[str]:
    problems = [f"does not name {path}" for path in sorted(needed - found.keys())]
    problems += [f"names {path}, which is not listed" for path in sorted(found.keys() - expected.keys())]
    return problems + [
        f"says of {path} another hash or size than the manifest"
        for path in sorted(found.keys() & expected.keys())
        if found[path] != expected[path]
    ]


_CHECKS: Mapping[str, Callable[[bytes, Manifest], list[str]]] = {
    QUALITY_REPORT: report_problems,
    CHECKSUMS: _checksums,
    CROISSANT: _croissant,
    CARD: _card,
}
