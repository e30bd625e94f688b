"""Reads the manifest of a dataset. Nothing in it is trusted to be there or to be true."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lumber.dataset.files import DatasetFiles, files_of
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import MANIFEST_VERSION, KindSection, Manifest, TableSection
from lumber.errors import DatasetDamaged
from lumber.files.expansion import DEFAULT_LIMITS, ReadLimits
from lumber.files.json_text import load_document
from lumber.text import counted

_PROBLEMS_SHOWN = 20
# A description of more takes much memory.
_PROBLEMS_DESCRIBED = 10_000
# How the list of files begins and ends in a manifest as Lumber writes it: no text in JSON has a line feed.
_LIST_BEGINS, _LIST_ENDS = b'\n  "files": [', b"\n  ]"
_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ManifestDamage:
    """At least one problem of a manifest, each with its place if it has one."""

    problems: tuple[str, ...]


def read_manifest(place: Path | DatasetFiles, limits: ReadLimits = DEFAULT_LIMITS) -> Manifest:
    """Read the manifest of a dataset. Raises DatasetMissing or DatasetDamaged."""
    files = files_of(place)
    found = examine_manifest(files, limits)
    if isinstance(found, ManifestDamage):
        raise DatasetDamaged(f"{files.name}: {MANIFEST} {found.problems[0]}")
    return found


def examine_manifest(
    place: Path | DatasetFiles, limits: ReadLimits = DEFAULT_LIMITS
) -> Manifest | ManifestDamage:
    """Read a manifest, or say what is wrong with it. Raises DatasetMissing if there is none."""
    try:
        value = _load(files_of(place).manifest())
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return ManifestDamage((f"cannot be read: {reason or type(error).__name__}",))
    found = _parse(value)
    if isinstance(found, Manifest):
        tables: dict[str, KindSection | TableSection] = {**found.kinds, **found.derived}
        wide = [name for name, table in tables.items() if len(table.fields) > limits.columns]
        if wide:
            text = f"gives {wide[0]} {counted(len(tables[wide[0]].fields), 'column')}"
            return ManifestDamage((f"{text}, and LUMBER_MAX_COLUMNS allows {limits.columns:,}",))
    return found


def manifest_without_files(file: BinaryIO) -> bytes:
    """Return the JSON of an open manifest without its list of files, which alone may take 40 MB.

    The list is never in memory. Raises DatasetDamaged if the manifest isn't as Lumber writes it.
    """
    begin = _find(file, _LIST_BEGINS, 0)
    end = -1 if begin < 0 else _find(file, _LIST_ENDS, begin + len(_LIST_BEGINS))
    if end < 0:
        raise DatasetDamaged(f"{MANIFEST} has no list of files as Lumber writes it.")
    file.seek(0)
    head = file.read(begin)
    file.seek(end + len(_LIST_ENDS))
    content = head.removesuffix(b",") + file.read()
    try:
        _load(content)
    except (ValueError, RecursionError) as error:
        raise DatasetDamaged(f"{MANIFEST} cannot be read: {error}.") from None
    return content


def read_without_files(file: BinaryIO) -> Manifest:
    """Read an open manifest without its list of files, which is then empty. Raises DatasetDamaged."""
    found = _parse({**_load(manifest_without_files(file)), "files": []})
    if isinstance(found, ManifestDamage):
        raise DatasetDamaged(f"{MANIFEST} {found.problems[0]}.")
    return found


def _find(file: BinaryIO, mark: bytes, start: int) -> int:
    """Return where a mark is in a file, at `start` or later; -1: nowhere."""
    file.seek(start)
    window = b""
    while block := file.read(_BLOCK_BYTES):
        window += block
        place = window.find(mark)
        if place >= 0:
            return start + place
        # The mark may begin in this block and end in the next one.
        done = max(0, len(window) - len(mark) + 1)
        start, window = start + done, window[done:]
    return -1


def _load(content: bytes) -> Any:
    try:
        value = load_document(content, _reject)
    except ValueError as error:
        raise ValueError(f"it is not JSON that can be read here ({error})") from None
    json.dumps(value, ensure_ascii=False).encode()  # an unpaired surrogate can't be hashed or printed
    return value


def _reject(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _parse(value: Any) -> Manifest | ManifestDamage:
    if not isinstance(value, dict):
        return ManifestDamage(("is not a JSON object",))
    version = value.get("manifest_version")
    if type(version) is int and version != MANIFEST_VERSION:
        text = f"is of version {version}, this program reads version {MANIFEST_VERSION}"
        return ManifestDamage((f"{text}: use the Lumber that made the dataset, or a newer one",))
    try:
        return Manifest.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        if error.error_count() > _PROBLEMS_DESCRIBED:
            return ManifestDamage((f"has {counted(error.error_count(), 'value')} missing or wrong",))
        errors = error.errors(include_url=False, include_context=False)
    problems = [_sentence(item) for item in errors[:_PROBLEMS_SHOWN]]
    if len(errors) > _PROBLEMS_SHOWN:
        problems.append(f"{counted(len(errors) - _PROBLEMS_SHOWN, 'more value')} missing or wrong")
    return ManifestDamage(tuple(problems))


def _sentence(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{where}: is missing"
    shown = json.dumps(error["input"], ensure_ascii=False)[:80]
    return f"{where}: {error['msg'].removeprefix('Input ')}, got {shown}"
