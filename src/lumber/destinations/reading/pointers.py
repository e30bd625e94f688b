"""The objects of a destination that name versions of a dataset, and the choice of one version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lumber.dataset.manifest import Hash
from lumber.destinations.layout import VERSIONS, latest_key, version_key
from lumber.destinations.reading.place import LATEST
from lumber.destinations.store import KeyMissing, Store
from lumber.errors import DatasetDamaged, DatasetMissing
from lumber.files.json_text import load_document

_POINTER_BYTES = 64 * 1024
_NUMBER = re.compile(r"v([1-9][0-9]{0,17})")
_DATA_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


class Pointer(BaseModel):
    """What names a version: its number, its data version, its export, and the hash of its manifest."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    number: Annotated[int, Field(ge=1, le=10**18)]
    data_version: Annotated[str, Field(max_length=64)] | None = None
    export_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    manifest_sha256: Hash


def read_pointer(store: Store, key: str) -> Pointer | None:
    """Return the pointer at a key; None if nothing is there. Raises DatasetDamaged."""
    try:
        content, _ = store.read(key, _POINTER_BYTES)
    except KeyMissing:
        return None
    where = store.address.below(key)
    try:
        return Pointer.model_validate(load_document(content))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DatasetDamaged(f"{where} doesn't name a version: {place}: {first['msg']}") from None
    except ValueError as error:
        raise DatasetDamaged(f"{where} doesn't name a version: {error}") from None


def numbers(store: Store, root: str) -> list[int]:
    """Return the numbers of the versions in a root, ascending."""
    found = []
    for item in store.list(f"{root}/{VERSIONS}/"):
        name = item.key.rpartition("/")[2].removesuffix(".json")
        match = _NUMBER.fullmatch(name)
        if match and item.key == version_key(root, int(match[1])):
            found.append(int(match[1]))
    return sorted(found)


def number_in(version: str) -> int | None:
    """Return the number that a version such as `v3` gives; None for another text."""
    match = _NUMBER.fullmatch(version)
    return None if match is None else int(match[1])


def find_version(store: Store, root: str, version: str) -> Pointer:
    """Return the pointer of a version: `latest`, `v3` or `1.2.0`.

    Raises DatasetMissing, and DatasetDamaged if a pointer is something else.
    """
    where = store.address.below(root)
    if version == LATEST:
        found = read_pointer(store, latest_key(root))
        if found is None:
            raise DatasetMissing(f"{where} has no version of a dataset: nothing was published there.")
        return found
    number = number_in(version)
    if number is not None:
        found = read_pointer(store, version_key(root, number))
        if found is not None:
            _require_number(found, number, store.address.below(version_key(root, number)))
            return found
    elif _DATA_VERSION.fullmatch(version):
        for pointer in _newest_first(store, root):
            if pointer.data_version == version:
                return pointer
    known = numbers(store, root)
    if not known:
        raise DatasetMissing(f"{where} has no version of a dataset: nothing was published there.")
    has = f"It has v{known[0]} to v{known[-1]}."
    if number is None and _DATA_VERSION.fullmatch(version) is None:
        has = f"Without a destination's name, tags aren't known. {has}"
    raise DatasetMissing(f"{where} has no version {version}. {has}")


def _newest_first(store: Store, root: str) -> Iterator[Pointer]:
    for number in reversed(numbers(store, root)):
        pointer = read_pointer(store, version_key(root, number))
        if pointer is not None:
            _require_number(pointer, number, store.address.below(version_key(root, number)))
            yield pointer


def _require_number(pointer: Pointer, number: int, where: str) -> None:
    if pointer.number != number:
        raise DatasetDamaged(f"{where} names version {pointer.number}. It must name version {number}.")
