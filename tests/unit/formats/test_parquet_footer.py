"""The footer of a Parquet file is read as Arrow reads it, and damaged ones end in an error."""

import io
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumber.dataset.manifest import FieldEntry
from lumber.files.expansion import DEFAULT_LIMITS, Expansion, ReadLimits
from lumber.formats import Compression, get_format
from lumber.formats.parquet_footer import FooterTooLarge, column_chunks
from lumber.formats.reading import ReadRequest, Unreadable

FIELDS = [
    FieldEntry(name="id", type="int64", nullable=False),
    FieldEntry(name="text", type="string", nullable=True),
]
SCHEMA = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("text", pa.string())])
OPTIONS: list[dict[str, Any]] = [
    {"use_dictionary": True, "compression": "zstd"},
    {"use_dictionary": False, "compression": "none", "data_page_version": "2.0"},
    {"use_dictionary": True, "compression": "gzip", "write_page_index": True, "write_statistics": False},
]


def parquet(**options: Any) -> bytes:
    texts = [None if number % 5 == 0 else f"text {number % 7}" for number in range(50)]
    file = io.BytesIO()
    pq.write_table(pa.table([list(range(50)), texts], SCHEMA), file, row_group_size=20, **options)
    return file.getvalue()


@pytest.mark.parametrize("options", OPTIONS)
def test_chunks_are_those_that_arrow_finds(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(parquet(**options))
    with path.open("rb") as file:
        found = column_chunks(file)
        assert file.tell() == 0
    footer = pq.ParquetFile(path).metadata
    assert len(found) == footer.num_row_groups == 3
    for number, group in enumerate(found):
        assert len(group) == footer.num_columns
        for index, chunk in enumerate(group):
            other = footer.row_group(number).column(index)
            assert chunk.compressed_bytes == other.total_compressed_size
            assert chunk.uncompressed_bytes == other.total_uncompressed_size
            assert chunk.offset == (other.dictionary_page_offset or other.data_page_offset)
            if other.physical_type == "BYTE_ARRAY" and other.statistics is not None:
                bounds = {bound.encode() for bound in (other.statistics.min, other.statistics.max)}
                assert set(chunk.bounds) == bounds


@pytest.mark.parametrize("seed", range(3))
def test_no_damage_of_a_footer_ends_the_process(tmp_path: Path, seed: int) -> None:
    """Arrow ends it when it is asked for the metadata of some damaged column chunks."""
    chance = random.Random(seed)
    whole = parquet(**OPTIONS[seed])
    begin = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    path = tmp_path / "rows.parquet"
    for _ in range(400):
        footer = bytearray(whole[begin:-8])
        for _ in range(chance.choice([1, 1, 2, 4])):
            footer[chance.randrange(len(footer))] = chance.randrange(256)
        path.write_bytes(whole[:begin] + footer + whole[-8:])
        request = ReadRequest(FIELDS, expansion=Expansion(DEFAULT_LIMITS))
        with path.open("rb") as file, suppress(Unreadable):
            reader: Any = get_format("parquet").reader(file, Compression.NONE, request)
            list(reader.contents())


def test_a_footer_that_claims_more_than_the_file_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1" + (2**31).to_bytes(4, "little") + b"PAR1")
    with path.open("rb") as file, pytest.raises(FooterTooLarge, match="longer than 33,554,432 bytes"):
        column_chunks(file)
    path.write_bytes(b"PAR1" + (2**20).to_bytes(4, "little") + b"PAR1")
    with path.open("rb") as file, pytest.raises(ValueError, match="its footer is damaged"):
        column_chunks(file)


def test_a_chunk_that_names_another_column_has_the_limits_of_its_own(tmp_path: Path) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table([[1], ["x" * 2**22]], SCHEMA), file, write_statistics=False)
    path, named = tmp_path / "rows.parquet", b"\x19\x18\x04text"  # a list of one name
    assert file.getvalue().count(named) == 1
    path.write_bytes(file.getvalue().replace(named, named[:-4] + b"none"))
    request = ReadRequest(FIELDS, expansion=Expansion(ReadLimits(row_bytes=2**20)))
    with path.open("rb") as file_:
        reader = get_format("parquet").reader(file_, Compression.NONE, request)
        with pytest.raises(Unreadable, match="row group 0 expands to more than 2,097,152 bytes"):
            list(reader.batches())
