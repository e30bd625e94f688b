"""`sketches.json`: the sketches of a version, by kind and column.

`kinds` describes all rows of the version. Of kinds to which an increment added rows, `added` describes only
these. Sketches of the Apache
DataSketches library are base64 of its portable format, so other programs can read them too:

distinct.theta     a theta sketch of the values, as numbers or as texts; at most 2**10 hashes. With `hash` its
                   hashes are those of `hashing`, and its seed is 3
quantiles.digest   a t-digest of numbers (k = 100), and of times in microseconds since 1970 UTC

Both are deterministic: a theta sketch keeps the smallest hashes, whatever the order, and a t-digest makes no
random choice. (KLL and REQ sketches do, and can't be seeded from Python.)
"""

from __future__ import annotations

import json
from operator import not_
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lumber.errors import DatasetDamaged
from lumber.files.folder import Folder
from lumber.files.json_text import DOCUMENT_BYTES, load_document

SKETCHES_VERSION = 2
# In the first version every column had a theta sketch.
_READABLE = (1, 2)
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]


def _is_none(value: object) -> bool:
    return value is None


class _Section(BaseModel):
    """A part of the document. Unknown keys are kept: a later program may have added them."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())


class Distinct(_Section):
    """About how many different values a column has, and the sketch that says it.

    Without `theta` the number is exact: the most frequent values are all values. `hash` is that of the theta
    sketch.
    """

    estimate: Count
    hash: Literal["murmur3", "xxh3"] = Field(default="murmur3", exclude_if=lambda value: value == "murmur3")
    theta: str | None = Field(default=None, exclude_if=_is_none)


class Quantiles(_Section):
    """About which values a share of the rows lies below, by percent; minimum and maximum are exact."""

    minimum: float
    maximum: float
    at: dict[str, float]
    digest: str


class TopValues(_Section):
    """The most frequent values. A count is at most `error` too low; with error 0 all values are here."""

    capacity: Annotated[int, Field(ge=1, le=1_000_000)]
    error: Count
    counts: dict[str, Count]


class ColumnSketch(_Section):
    """A column: its Arrow type, its nulls, and what is known of its values."""

    type: str
    nulls: Count
    distinct: Distinct | None = Field(default=None, exclude_if=_is_none)
    quantiles: Quantiles | None = Field(default=None, exclude_if=_is_none)
    top: TopValues | None = Field(default=None, exclude_if=_is_none)


class KindSketch(_Section):
    """The rows of a kind. Columns of JSON and lists aren't sketched."""

    rows: Count
    columns: dict[str, ColumnSketch]


class TestSetRows(_Section):
    """Rows of an export whose content is in a frozen test set; `sha256` is that of the file of hashes."""

    __test__ = False  # it is no test

    name: str
    sha256: str
    rows: dict[str, Count]
    matched: dict[str, Count]


class Sketches(_Section):
    """The document."""

    sketches_version: int = SKETCHES_VERSION
    kinds: dict[str, KindSketch]
    added: dict[str, KindSketch] = Field(default_factory=dict, exclude_if=not_)
    test_set: TestSetRows | None = Field(default=None, exclude_if=_is_none)

    @property
    def new(self) -> dict[str, KindSketch]:
        """The rows that the version's export read: of each kind those that were added, or all."""
        return {**self.kinds, **self.added}

    def as_text(self) -> str:
        """Return the content of the file."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def read_sketches(folder: Path) -> Sketches | None:
    """Read the sketches of a dataset; None if it has none. Raises DatasetDamaged if they can't be read."""
    from lumber.dataset.layout import SKETCHES

    try:
        with Folder.open(folder) as opened, opened.file(SKETCHES) as file:
            return parse_sketches(file.read(DOCUMENT_BYTES + 1))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetDamaged(f"{folder}: {SKETCHES} can't be read: {_reason(error)}.") from error


def parse_sketches(content: bytes) -> Sketches:
    """Parse the document. Raises ValueError."""
    value: Any = load_document(content)
    version = value.get("sketches_version") if isinstance(value, dict) else None
    if version not in _READABLE:
        raise ValueError(f"it is of version {version}, this program reads version {SKETCHES_VERSION}")
    return Sketches.model_validate(value)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
