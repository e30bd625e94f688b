"""Other numbers in place of the ids of rows: a permutation under the key, so that references still agree.

Ids from 0 to 2**52 - 1 stay in this range, where a float is exact too. All others are permuted among
themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from lumber.catalog.kind import Kind
from lumber.catalog.registry import all_kinds
from lumber.privacy.rule import PrivacyRule

_SMALL_BITS, _BITS = 52, 64
_ROUNDS = 10
_Numbers = npt.NDArray[np.uint64]


def id_columns(kind: Kind) -> Mapping[str, str]:
    """Return the columns of a kind that hold ids of rows, each with the name of the kind of these rows."""
    found = {kind.id_column: kind.name}
    tables = {each.table: each.name for each in all_kinds().values()}
    for reference in kind.references:
        if reference.table in tables:
            found[reference.column] = tables[reference.table]
    if kind.leader is not None:
        found[kind.leader.column] = kind.leader.kind
    return found


class Permutation:
    """A permutation of the 64-bit integers under a key of 32 bytes: a balanced Feistel network over AES."""

    def __init__(self, key: bytes) -> None:
        # ECB: every block is the input of a round, which occurs once.
        self._encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()

    def of(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the other numbers of ids."""
        numbers = ids.astype(np.int64).view(np.uint64)
        is_small = _is_small(numbers)
        if is_small.all():
            return self._mixed(numbers, _SMALL_BITS).view(np.int64)
        found = numbers.copy()
        found[is_small] = self._mixed(numbers[is_small], _SMALL_BITS)
        # Cycle walking: what falls into the range of the small ones is permuted again.
        places = np.flatnonzero(~is_small)
        while len(places):
            found[places] = self._mixed(found[places], _BITS)
            places = places[_is_small(found[places])]
        return found.view(np.int64)

    def _mixed(self, numbers: _Numbers, bits: int) -> _Numbers:
        half = np.uint64(bits // 2)
        mask = np.uint64((1 << (bits // 2)) - 1)
        left, right = numbers >> half, numbers & mask
        for number in range(_ROUNDS):
            blocks = np.empty((len(right), 2), ">u8")
            blocks[:, 0], blocks[:, 1] = bits << 8 | number, right
            told = np.frombuffer(self._encryptor.update(blocks.tobytes()), ">u8")[::2].astype(np.uint64)
            left, right = right, left ^ (told & mask)
        return left << half | right


class RowIds:
    """Renumbers the ids in the rows of a kind under a rule with a key."""

    def __init__(self, rule: PrivacyRule, kind: Kind) -> None:
        self._rule = rule
        self.kinds = id_columns(kind)
        self._id_column = kind.id_column

    @cached_property
    def _permutations(self) -> Mapping[str, Permutation]:
        return {name: permutation(self._rule, name) for name in set(self.kinds.values())}

    def records(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Return records of the kind with other ids. The schema stays."""
        for name in self.kinds:
            at = records.schema.get_field_index(name)
            if at >= 0:
                field = records.schema.field(at)
                values = pl.Series(pl.from_arrow(records.column(at)))
                records = records.set_column(at, field, self._of(name, values).to_arrow().cast(field.type))
        return records

    def ids(self, ids: pl.Series) -> pl.Series:
        """Return other numbers for the ids of rows of the kind. Nulls stay."""
        return self._of(self._id_column, ids)

    def texts(self, column: str, values: pl.Series) -> pl.Series:
        """Return other numbers for ids that are written as text; null for anything that isn't an id."""
        return self._of(column, values.cast(pl.Int64, strict=False)).cast(pl.String)

    def _of(self, column: str, values: pl.Series) -> pl.Series:
        numbers = values.cast(pl.Int64).fill_null(0).to_numpy()
        changed = pl.Series(values.name, self._permutations[self.kinds[column]].of(numbers))
        return changed.zip_with(values.is_not_null(), pl.Series([None], dtype=pl.Int64))


def permutation(rule: PrivacyRule, kind: str) -> Permutation:
    """Return the permutation of the ids of a kind's rows."""
    return Permutation(rule.derived_key(f"row-ids/{kind}"))


def _is_small(numbers: _Numbers) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = numbers >> np.uint64(_SMALL_BITS) == 0
    return found
