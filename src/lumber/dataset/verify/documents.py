"""The documents of a dataset, held against the manifest: the same files, the same hashes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from lumber.dataset.documents.checksums import read_checksums
from lumber.dataset.documents.names import CARD, CHECKSUMS, CROISSANT, QUALITY
from lumber.dataset.verify.labels import report_problems
from lumber.dataset.verify.listing import ListedFile, Listing
from lumber.dataset.verify.report import Report

_SHOWN = 20


def check_document(entry: ListedFile, file: BinaryIO, listing: Listing, report: Report) -> None:
    """Check what a file about the dataset says of the others; of files that say nothing, nothing."""
    check = _CHECKS.get(entry.path)
    if check is None:
        return
    try:
        problems = check(file.read(), listing)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        problems = [f"cannot be read: {error}"]
    for problem in problems[:_SHOWN]:
        report.add(entry.path, problem)


def _checksums(data: bytes, listing: Listing) -> list[str]:
    expected = {file.path: file.sha256 for file in listing.files if file.path != CHECKSUMS}
    return _differences(read_checksums(data.decode()), expected, expected.keys())


def _croissant(data: bytes, listing: Listing) -> list[str]:
    value = json.loads(data)
    found = {
        item["contentUrl"]: (item["sha256"], item["contentSize"])
        for item in value["distribution"]
        if item["@type"] == "cr:FileObject"
    }
    expected = {file.path: (file.sha256, f"{file.size_bytes} B") for file in listing.files}
    needed = {file.path for file in listing.files if file.kind is not None}
    problems = _differences(found, expected, needed)
    if value["identifier"] != f"sha256:{listing.reproducibility_hash}":
        problems.append(f"has the identifier {value['identifier']}, which is not the manifest's hash")
    return problems


def _card(data: bytes, listing: Listing) -> list[str]:
    if listing.reproducibility_hash is None or listing.reproducibility_hash in data.decode():
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


_CHECKS: Mapping[str, Callable[[bytes, Listing], list[str]]] = {
    QUALITY: report_problems,
    CHECKSUMS: _checksums,
    CROISSANT: _croissant,
    CARD: _card,
}
