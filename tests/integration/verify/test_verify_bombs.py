"""Datasets whose files expand to much more than they weigh: one sentence, in bounded memory and time."""

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import lumber
from lumber.dataset.verify import verify_dataset
from lumber.errors import DatasetDamaged
from tests.integration.verify.datasets import Dataset, entry_of

BUDGET_REASON = "Each bomb is read by a process of its own, whose memory is measured."

MIB = 1024**2
# What loading the libraries takes, and room for one group of rows and what is made of it.
MOST_MEMORY_KIB = 900 * 1024
# Of CPU: reading without a bound takes many minutes.
MOST_SECONDS = 30


def zstd(parts: Iterator[bytes]) -> bytes:
    encoder = zstandard.ZstdCompressor().compressobj()
    return b"".join(encoder.compress(part) for part in parts) + encoder.flush()


def endless(begin: bytes, piece: bytes, mib: int = 300) -> Iterator[bytes]:
    yield begin
    whole = piece * (MIB // len(piece))
    for _ in range(mib):
        yield whole


def long_line(dataset: Dataset) -> bytes:
    return zstd(endless(b'{"id": "', b"x"))


def many_values(dataset: Dataset) -> bytes:
    return zstd(endless(b'{"id": [', b"[],", 60)) + zstd(iter([b"[]]}\n"]))


def blank_lines(dataset: Dataset) -> bytes:
    """Write every row very often, with spaces, which no reader keeps."""
    row = dataset_row(dataset)
    return zstd(row.rstrip(b"\n") + b" " * MIB + b"\n" for _ in range(400))


def long_document(dataset: Dataset) -> bytes:
    return zstd(endless('[["😀'.encode(), b"x"))


def open_quote(dataset: Dataset) -> bytes:
    return zstd(endless(dataset_row(dataset) + b'"', b"a,\n"))


def long_row(dataset: Dataset) -> bytes:
    return zstd(endless(dataset_row(dataset) + b'"', b"a,", 200))


def gzip_members(dataset: Dataset) -> bytes:
    return gzip.compress(b" " * MIB, 9) * 300


def arrow_text(dataset: Dataset) -> bytes:
    """Write one compressed batch with a text of 150 MiB."""
    file = pa.BufferOutputStream()
    with pa.ipc.open_file(dataset.folder / dataset.shard(0)) as reader:
        batch, schema = reader.get_batch(0).slice(0, 1), reader.schema
    columns = {name: batch.column(name) for name in schema.names}
    columns["message"] = pa.array(["x" * (150 * MIB)])
    with pa.ipc.new_file(file, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(list(columns.values()), schema=schema))
    return file.getvalue().to_pybytes()


def arrow_claim(dataset: Dataset) -> bytes:
    """Claim that a buffer is 1 TiB long."""
    text = "x" * 123_457
    content = arrow_with(dataset, text)
    # The column's offsets end with the same number.
    before, claimed, after = content.rpartition(len(text).to_bytes(8, "little"))
    assert claimed
    return before + (1 << 40).to_bytes(8, "little") + after


def arrow_with(dataset: Dataset, text: str) -> bytes:
    file = pa.BufferOutputStream()
    with pa.ipc.open_file(dataset.folder / dataset.shard(0)) as reader:
        batch, schema = reader.get_batch(0).slice(0, 1), reader.schema
    columns = [pa.array([text]) if name == "message" else batch.column(name) for name in schema.names]
    with pa.ipc.new_file(file, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    return file.getvalue().to_pybytes()


def parquet_dictionary(dataset: Dataset) -> bytes:
    """Repeat one value of 200 kB ten thousand times."""
    rows = 10_000
    return parquet_with(
        dataset,
        pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 200_000])),
        rows,
    )


def parquet_page(dataset: Dataset) -> bytes:
    """Hold one value of 150 MiB."""
    return parquet_with(dataset, pa.array(["x" * (150 * MIB)]), 1)


def parquet_prefixes(dataset: Dataset) -> bytes:
    """Name a value of 200 kB a thousand times as the beginning of the next one."""
    values = pa.array(["x" * 200_000] * 1_000)
    return parquet_with(
        dataset, values, 1_000, use_dictionary=False, column_encoding={"message": "DELTA_BYTE_ARRAY"}
    )


def parquet_footer(dataset: Dataset) -> bytes:
    """List a million column chunks in the footer. Each has three bytes, and takes hundreds in memory."""
    chunks = 500_000
    # version 1, a list of one element of the schema, no rows, a list of two row groups with many columns
    many = b"\x19\xfc" + varint(chunks) + b"\x26\x00\x00" * chunks + b"\x16\x00\x16\x00\x00"
    footer = b"\x15\x02\x19\x1c\x48\x01r\x15\x00\x00\x16\x00\x19\x2c" + many * 2 + b"\x00"
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def parquet_with(dataset: Dataset, messages: pa.Array, rows: int, **options: Any) -> bytes:
    """Write a shard with these messages. It says of itself what an honest shard says."""
    honest = pq.ParquetFile(dataset.folder / dataset.shard(0))
    table = honest.read().take([0] * rows)
    at = table.schema.get_field_index("message")
    table = table.set_column(at, pa.field("message", messages.type, nullable=False), messages)
    file = pa.BufferOutputStream()
    options |= {"compression": "zstd", "store_schema": False, "write_statistics": False}
    with pq.ParquetWriter(file, table.schema, **options) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"ARROW:schema": honest.metadata.metadata[b"ARROW:schema"].decode()})
    return file.getvalue().to_pybytes()


def dataset_row(dataset: Dataset) -> bytes:
    """Return the first line of a compressed shard."""
    content = (dataset.folder / dataset.shard(0)).read_bytes()
    return zstandard.ZstdDecompressor().decompressobj().decompress(content).splitlines(keepends=True)[0]


BOMBS: dict[str, tuple[str, str, Callable[[Dataset], bytes], str]] = {
    "long line": ("jsonl", "zstd", long_line, "line 1 is longer than 67,108,864 bytes"),
    "many values": ("jsonl", "zstd", many_values, "it has more than 4,194,304 values"),
    "long rows": ("jsonl", "zstd", blank_lines, "expands to more than 1,000 times its compressed size"),
    "long document": ("json", "zstd", long_document, "a value is longer than 67,108,864 characters"),
    "members": ("jsonl", "gzip", gzip_members, "is longer than 67,108,864 bytes"),
    "quote": ("csv", "zstd", open_quote, "expands to more than 1,000 times its compressed size"),
    "long row": ("csv", "zstd", long_row, "a row is longer than 67,108,864 bytes"),
    "arrow text": ("arrow", "zstd", arrow_text, "record batch 0 expands to more than 134,217,728 bytes"),
    "arrow claim": ("arrow", "zstd", arrow_claim, "record batch 0 expands to more than 134,217,728 bytes"),
    "dictionary": ("parquet", "zstd", parquet_dictionary, "expands to more than 1,000 times"),
    "page": ("parquet", "zstd", parquet_page, "row group 0 expands to more than 134,217,728 bytes"),
    "footer": ("parquet", "zstd", parquet_footer, "its footer is longer than 2,097,152 bytes"),
    "prefixes": ("parquet", "zstd", parquet_prefixes, "message has the encoding DELTA_BYTE_ARRAY"),
}


# The quick tests have a bomb for every format and for each limit.
SLOW_BOMBS = ("many values", "members", "quote", "arrow claim", "prefixes")


@pytest.fixture(scope="module")
def said(
    request: pytest.FixtureRequest,
    exported: Callable[[str, str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """Return what the commands say of each bomb that a test asks for, read in one process after the other."""
    asked = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    bombs = {name: bomb for name, bomb in BOMBS.items() if name in asked}
    folders = []
    for name, (format, codec, make, _) in bombs.items():
        folder = tmp_path_factory.mktemp("bomb") / name
        dataset = Dataset(Path(shutil.copytree(exported(format, codec), folder)))
        content = make(dataset)
        assert len(content) < 4 * MIB
        dataset.rewrite(dataset.shard(0), content, 10_000_000)
        dataset.edit(count_more)
        folders.append(str(folder))
    # Other tests measure processes that are forked from this one.
    pa.default_memory_pool().release_unused()
    script = Path(__file__).with_name("read_datasets.py")
    done = subprocess.run([sys.executable, script, *folders], stdout=subprocess.PIPE, text=True, check=True)
    return dict(zip(bombs, map(json.loads, done.stdout.splitlines()), strict=True))


def count_more(manifest: Any) -> None:
    """Let the manifest agree with its shards: nobody who attacks would forget it."""
    manifest["kinds"]["logs"]["written"] += 10_000_000


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW_BOMBS else []) for name in BOMBS],
)
def test_a_bomb_is_refused_with_a_sentence_in_bounded_memory(said: dict[str, Any], name: str) -> None:
    found, expected = said[name], BOMBS[name][3]
    assert any(expected in problem for problem in found["verify"]), found["verify"]
    assert expected in found["open"]
    assert expected in found["diff"]
    assert found["peak_kib"] < MOST_MEMORY_KIB
    assert found["seconds"] < MOST_SECONDS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[" * 100_000, "it nests deeper than 100 levels"),
        ('{"a":' * 500 + "1" + "}" * 500, "it nests deeper than 100 levels"),
        ("[" + "{}," * 2_000_000 + "{}]", "it has more than 2,000,000 values"),
        (
            '{"manifest_version": 1, "files": [' + "0," * 900_000 + "0]}",
            "has 900,005 values missing or wrong",
        ),
        (" " * (65 * MIB), "it is larger than 67,108,864 bytes"),
    ],
)
def test_a_manifest_that_is_a_bomb_is_one_sentence(dataset: Dataset, text: str, expected: str) -> None:
    (dataset.folder / "manifest.json").write_text(text)
    (problem,) = verify_dataset(dataset.folder).problems
    assert expected in problem.problem
    with pytest.raises(DatasetDamaged, match=expected):
        lumber.open(dataset.folder)


def test_a_table_of_very_many_columns_is_refused(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBER_MAX_COLUMNS", "5")
    with pytest.raises(DatasetDamaged, match="gives logs 12 columns, and LUMBER_MAX_COLUMNS allows 5"):
        lumber.open(dataset.folder)


def test_an_honest_dataset_is_read_within_higher_limits(
    copied: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = copied("jsonl", "zstd")
    monkeypatch.setenv("LUMBER_MAX_DECOMPRESSED_BYTES", "10000")
    with pytest.raises(DatasetDamaged, match="the limit of LUMBER_MAX_DECOMPRESSED_BYTES"):
        lumber.open(dataset.folder).to_arrow("logs")
    monkeypatch.delenv("LUMBER_MAX_DECOMPRESSED_BYTES")
    assert lumber.open(dataset.folder).to_arrow("logs").num_rows > 0


def test_a_shard_with_more_rows_than_the_manifest_lists_is_not_read_to_its_end(
    copied: Callable[..., Dataset],
) -> None:
    dataset = copied("jsonl", "none")
    path = dataset.shard(0)
    content = (dataset.folder / path).read_bytes()
    dataset.rewrite(path, content * 2_000 + b"not JSON\n")
    listed = entry_of(json.loads((dataset.folder / "manifest.json").read_text()), path)["rows"]
    problems = [item for item in dataset.problems() if item[0] == path]
    assert problems == [(path, f"holds more than {listed} rows, which the manifest lists")]
