"""What `lumber verify` says of rows and ids, against plain Python."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lumber.dataset.manifest import FieldEntry
from lumber.dataset.verify.rows import KeyColumns, KindIds, ShardRows, key_columns

FIELDS = [
    FieldEntry(name="id", type="int64", nullable=False),
    FieldEntry(name="at", type="timestamp[us, tz=UTC]", nullable=False),
    FieldEntry(name="text", type="string", nullable=False),
]
SCHEMA = pa.schema([("id", pa.int64()), ("at", pa.timestamp("us", "UTC")), ("text", pa.string())])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEYS = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), max_size=8)
IDS = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5), max_size=8)


@given(batches=st.lists(KEYS, max_size=4))
def test_rows_are_in_order_just_when_sorting_changes_nothing(batches: list[list[tuple[int, int]]]) -> None:
    shard = ShardRows(FIELDS, KeyColumns("at", "id"))
    for keys in batches:
        times = [EPOCH + timedelta(microseconds=time) for time, _ in keys]
        columns = {"id": [number for _, number in keys], "at": times, "text": ["x"] * len(keys)}
        shard.add(pa.RecordBatch.from_pydict(columns, SCHEMA))
    flat = [key for keys in batches for key in keys]
    falls = [place + 1 for place in range(1, len(flat)) if flat[place] < flat[place - 1]]
    assert shard.first_unordered == (falls[0] if falls else None)
    assert (shard.first, shard.last) == ((flat[0], flat[-1]) if flat else (None, None))
    assert shard.rows == len(flat)
    assert [number for chunk in shard.ids for number in chunk.tolist()] == [number for _, number in flat]


@given(chunks=st.lists(IDS, max_size=4), wanted=IDS)
def test_ids_are_counted_over_all_shards(chunks: list[list[int]], wanted: list[int]) -> None:
    ids = KindIds()
    for chunk in chunks:
        ids.add([np.array(chunk, np.int64)])
    flat = [number for chunk in chunks for number in chunk]
    assert ids.repeated().tolist() == sorted({number for number in flat if flat.count(number) > 1})
    assert ids.among(np.array(wanted, np.int64)).tolist() == [number for number in wanted if number in flat]


def test_nulls_are_counted_and_a_row_without_a_key_has_no_order() -> None:
    shard = ShardRows(FIELDS, KeyColumns("at", "id"))
    shard.add(
        pa.RecordBatch.from_pydict({"id": [1, None], "at": [EPOCH, EPOCH], "text": ["x", None]}, SCHEMA)
    )
    assert shard.nulls == {"id": 1, "text": 1}
    assert not shard.has_keys


def test_the_key_of_an_unknown_kind_is_its_id_and_its_first_time() -> None:
    assert key_columns("unknown", FIELDS) == KeyColumns("at", "id")
    assert key_columns("unknown", FIELDS[:1]) is None
    assert key_columns("unknown", FIELDS[1:]) is None
