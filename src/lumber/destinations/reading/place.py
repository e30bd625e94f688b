"""Place: what somebody calls a dataset in a destination, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lumber.dataset.layout import MANIFEST
from lumber.destinations.address import Address, parse_address
from lumber.destinations.layout import EXPORTS, MANIFESTS
from lumber.errors import ConfigError, FieldProblem
from lumber.paths import address_in

LATEST = "latest"
FORMS = ("FOLDER", "NAME:EXPORT_ID", "NAME:DATASET@VERSION", "s3://BUCKET/PREFIX/DATASET@VERSION")
# Of a destination, and of a dataset: without a slash, so a path is never taken for one.
_NAMED = re.compile(r"(?P<destination>[A-Za-z0-9][A-Za-z0-9._-]*):(?P<rest>[^/]+)")
_ROOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_EXPORT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_VERSION = 128


@dataclass(frozen=True, slots=True)
class Place:
    """A version of a dataset in a destination, which is registered under a name, or given by its address.

    `root` is the folder in it, None if only the export is known. `version` is `latest`, `v3`, `1.2.0`, a tag
    or the id of an export.
    """

    destination: str | None
    address: Address | None
    root: str | None
    version: str


def is_export_id(text: str) -> bool:
    """Say whether a text has the form of the id of an export."""
    return _EXPORT_ID.fullmatch(text) is not None


def parse_place(text: str) -> Place | None:
    """Return the place in a destination that a text means; None if it is the path of a folder.

    A folder that exists is always taken as one. Raises ConfigError.
    """
    address = address_in(text)
    if address is not None:
        return _at_address(address)
    named = _NAMED.fullmatch(text)
    if named is not None and not Path(text).exists():
        return _in_destination(named["destination"], named["rest"])
    return None


def parse_folder(path: Path) -> Place | None:
    """Return the place that a path means: a version in the folder of a destination. None: it isn't one.

    Raises ConfigError.
    """
    if (path / MANIFEST).exists():
        return None
    folder, version = path, LATEST
    if not path.exists():
        root, version = _divided(path.name)
        folder = path.with_name(root) if root else path
    if not (folder / MANIFESTS).is_dir():
        return None
    folder = folder.resolve()
    _require_export(folder.name, version)
    return Place(None, parse_address(str(folder.parent), "dataset"), folder.name, version)


def _at_address(text: str) -> Place:
    above, _, last = text.rstrip("/").rpartition("/")
    root, version = _divided(last)
    if above.endswith(":/") or _ROOT.fullmatch(root) is None:
        message = "must end with the name of a dataset, and may then name a version"
        raise ConfigError([FieldProblem("dataset", None, message, FORMS[-1:])])
    _require_export(root, version)
    return Place(None, parse_address(above, "dataset"), root, version)


def _in_destination(destination: str, rest: str) -> Place:
    root, version = _divided(rest)
    if is_export_id(rest):
        return Place(destination, None, None, rest)
    if _ROOT.fullmatch(root) is None:
        message = f"{rest!r} is not the id of an export or the name of a dataset"
        raise ConfigError([FieldProblem("dataset", rest, message, FORMS)])
    _require_export(root, version)
    return Place(destination, None, root, version)


def _require_export(root: str, version: str) -> None:
    if root == EXPORTS and not is_export_id(version):
        message = "exports without a dataset have no versions: give the id of an export"
        raise ConfigError([FieldProblem("dataset", f"{root}@{version}", message, (f"{EXPORTS}@EXPORT_ID",))])


def _divided(text: str) -> tuple[str, str]:
    """Divide `plant@v3` into the name and the version."""
    root, mark, version = text.partition("@")
    if mark and not 0 < len(version) <= _LONGEST_VERSION:
        message = "what follows @ must be a version: latest, v3, 1.2.0, a tag or the id of an export"
        raise ConfigError([FieldProblem("dataset", text, message, ("latest", "v3", "1.2.0"))])
    return root, version or LATEST
