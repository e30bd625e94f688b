"""What a manifest says. It is read as a stranger's file: nothing in it is trusted to be there or true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import MANIFEST_VERSION
from lumber.dataset.verify.report import Report
from lumber.errors import DatasetMissing
from lumber.text import counted

_MOST_BYTES = 256 * 1024 * 1024
_PROBLEMS_SHOWN = 20

Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
KeyPair = Annotated[list[int], Field(min_length=2, max_length=2)]


class _Listed(BaseModel):
    """A part of the manifest; keys that this program does not know are somebody's addition."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", protected_namespaces=())


class ListedField(_Listed):
    """A column of a kind's record. `content` is "json" where it holds JSON."""

    name: str
    type: str
    nullable: bool
    content: str | None = None

    @property
    def is_json(self) -> bool:
        """Say whether the column holds JSON."""
        return self.content == "json"


class ListedFile(_Listed):
    """A file; kind, split and keys are null for files about the dataset."""

    path: str
    kind: str | None
    split: str | None
    rows: Count | None
    size_bytes: Count = Field(alias="bytes")
    sha256: Hash
    content_sha256: Hash | None = None
    first_key: KeyPair | None
    last_key: KeyPair | None


class ListedSplit(_Listed):
    """A split of a kind: rows, and their first and last time.

    `column` has these times; without it they are those of the kind's time.
    """

    rows: Count
    column: str | None = None
    first: str | None
    last: str | None


class ListedKind(_Listed):
    """The balance and the record of a kind. Without `splits` everything is in one."""

    read: Count
    written: Count
    rejected: Count
    deduplicated: Count
    sampled_out: Count = 0
    planned: Count
    balanced: bool
    rejects_by_rule: dict[str, Count]
    schema_hash: Hash
    fields: list[ListedField] = Field(alias="schema", min_length=1)
    splits: dict[str, ListedSplit] = Field(default_factory=dict)
    leakage: list[dict[str, Any]] | None = None
    labels: dict[str, dict[str, Count]] | None = None

    @property
    def split_column(self) -> str | None:
        """The column whose times are those of the splits; None: the kind's time."""
        return next((split.column for split in self.splits.values() if split.column is not None), None)


class ListedTable(_Listed):
    """A table made of the rows of a kind: its rows, its record, and the rows of its splits."""

    rows: Count
    fields: list[ListedField] = Field(alias="schema", min_length=1)
    splits: dict[str, Count]


class ListedPartition(_Listed):
    """A partition of the plan."""

    rows: Count


class ListedKindPlan(_Listed):
    """The plan of a kind."""

    rows: Count
    partitions: list[ListedPartition]


class ListedPlan(_Listed):
    """The plan."""

    kinds: dict[str, ListedKindPlan]


class Listing(_Listed):
    """A manifest."""

    manifest_version: int
    config: dict[str, Any]
    config_hash: Hash
    reproducibility_hash: Hash | None = None
    privacy: dict[str, Any] | None = None
    kinds: dict[str, ListedKind]
    derived: dict[str, ListedTable] = Field(default_factory=dict)
    plan: ListedPlan
    files: list[ListedFile]


def read_listing(folder: Path, report: Report) -> Listing | None:
    """Read the manifest in `folder`; None when it is damaged, and then `report` says how.

    Raises DatasetMissing when there is none.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise DatasetMissing(f"{folder} {what}. Give the folder that an export wrote.")
    if not path.exists():
        raise DatasetMissing(
            f"{folder} holds no {MANIFEST}: it is not a dataset, or the export into it was not finished."
        )
    try:
        value = _load(path)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        report.add(MANIFEST, f"cannot be read: {reason or type(error).__name__}")
        return None
    return _parse(value, report)


def _load(path: Path) -> Any:
    if not path.is_file():
        raise ValueError("it is not a file")
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"it is larger than {_MOST_BYTES} bytes, which no manifest is")
    try:
        value = json.loads(path.read_bytes(), parse_constant=_refuse)
    except ValueError as error:
        raise ValueError(f"it is not JSON ({error})") from None
    json.dumps(value, ensure_ascii=False).encode()  # half a character could not be hashed or printed
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _parse(value: Any, report: Report) -> Listing | None:
    if not isinstance(value, dict):
        report.add(MANIFEST, "is not a JSON object")
        return None
    version = value.get("manifest_version")
    if type(version) is int and version != MANIFEST_VERSION:
        report.add(
            MANIFEST,
            f"is of version {version}, this program reads version {MANIFEST_VERSION}: use the Lumber that "
            "made the dataset, or a newer one",
        )
        return None
    try:
        return Listing.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
    for item in errors[:_PROBLEMS_SHOWN]:
        where = ".".join(str(part) for part in item["loc"])
        is_missing = item["type"] == "missing"
        shown = json.dumps(item["input"], ensure_ascii=False)[:80]
        text = "is missing" if is_missing else f"{item['msg'].removeprefix('Input ')}, got {shown}"
        report.add(MANIFEST, f"{where}: {text}")
    if len(errors) > _PROBLEMS_SHOWN:
        report.add(MANIFEST, f"{counted(len(errors) - _PROBLEMS_SHOWN, 'more value')} missing or wrong")
    return None
