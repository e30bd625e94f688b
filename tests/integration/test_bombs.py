"""Sources that expand to much more than they weigh: refused with a sentence, in bounded memory and time."""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from lumber.files import expansion
from tests.commands import lumber

MIB = 1024**2
# What loading a few lines takes, and room for the lines and batches of one source.
MOST_MEMORY_KIB = 900 * 1024
# Runs a command and prints the most memory that it took. What wait4 says includes the test's own process.
MEASURED = """
import sys
from pathlib import Path
from lumber.cli.main import run
code = run(sys.argv[1:])
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
sys.exit(code)
"""
LINE = b"<34>Oct 11 22:14:15 web1 su: a line before the bomb\n"


@pytest.fixture
def load(tmp_path: Path):
    """Return a function that loads bytes as a file of logs."""

    def call(data: bytes, *options: str, name: str = "bomb", **limits: object):
        source = tmp_path / name
        source.write_bytes(data)
        settings = {"LUMBER_DATA_DIR": tmp_path / "data"} | {
            f"LUMBER_{key.upper()}": value for key, value in limits.items()
        }
        return lumber("ingest", "logs", source, "--json", *options, **settings)

    return call


def zstd_of(piece: bytes, times: int) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(piece) * times


def gzip_of(piece: bytes, times: int) -> bytes:
    return gzip.compress(piece, 9, mtime=0) * times


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one message of a command with --json."""
    return json.loads(done.stdout)["error"]["message"]


@pytest.mark.parametrize("compressed", [zstd_of, gzip_of])
def test_a_source_that_expands_beyond_the_limit_is_refused_and_what_came_before_is_loaded(load, compressed):
    data = compressed((LINE[:-1] + b"x" * 1_000 + b"\n") * 500, 12)

    done = load(data, max_decompressed_bytes=5 * MIB)

    assert done.returncode == 1
    assert "expands to more than 5,242,880 bytes, the limit of LUMBER_MAX_DECOMPRESSED_BYTES" in said(done)
    again = json.loads(load(data).stdout)
    assert again["skipped"] > 0
    assert again["skipped"] + again["loaded"] == 12 * 500


def test_a_zstd_bomb_takes_bounded_memory_and_is_refused_by_its_ratio(tmp_path):
    source = tmp_path / "bomb.zst"
    # 33 kB that would be 1 GiB, without a single end of a line.
    source.write_bytes(zstd_of(bytes(64 * MIB), 16))
    assert source.stat().st_size < 64 * 1024

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "ingest", "logs", str(source)],
        env={**os.environ, "LUMBER_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "LUMBER_MAX_COMPRESSION_RATIO" in " ".join(done.stderr.split())
    assert int(done.stdout.split()[-1]) < MOST_MEMORY_KIB


def test_a_line_that_is_too_long_is_one_reject_and_the_lines_around_it_are_loaded(load):
    long = b"<34>Oct 11 22:14:15 web1 su: " + b"x" * (9 * MIB) + b"\n"

    done = json.loads(load(LINE + long + LINE, max_line_bytes=MIB).stdout)

    assert (done["lines"], done["loaded"], done["rejected"]) == (3, 2, 1)
    reject = json.loads(Path(done["reject_file"]).read_text())
    assert reject["line"] == 2
    assert reject["reason"] == "longer than 1,048,576 bytes, the limit of LUMBER_MAX_LINE_BYTES"


def test_the_rest_of_a_long_line_is_not_loaded_when_the_file_has_grown(load, tmp_path):
    begun = LINE + b"x" * (2 * MIB)
    load(begun, max_line_bytes=MIB)

    done = json.loads(load(begun + b"y" * (6 * MIB) + b"\n" + LINE, max_line_bytes=MIB).stdout)

    assert (done["skipped"], done["loaded"], done["rejected"]) == (2, 1, 0)


@pytest.mark.parametrize("text", [b'"' + b"a\n" * (3 * MIB), b"x" * (6 * MIB), b"a," * (3 * MIB)])
def test_a_csv_record_without_end_is_refused(load, text):
    head = b"timestamp,message\n2026-01-01T00:00:00Z,fine\n"
    done = load(head + text, "--format", "csv", max_line_bytes=MIB)
    assert done.returncode == 1
    assert "longer than 1,048,576 bytes, the limit of LUMBER_MAX_LINE_BYTES" in said(done)


def test_a_table_with_very_many_columns_is_refused(load, tmp_path):
    names = ["timestamp", "message", *(f"c{number}" for number in range(200))]
    done = load(",".join(names).encode() + b"\n", "--format", "csv", max_columns=100)
    assert "has 202 columns, and LUMBER_MAX_COLUMNS allows 100" in said(done)

    table = io.BytesIO()
    pq.write_table(pa.table({name: ["1"] for name in names}), table)
    done = load(table.getvalue(), max_columns=100)
    assert "has 202 columns, and LUMBER_MAX_COLUMNS allows 100" in said(done)


def wrong_lines() -> Iterator[object]:
    deep = "[" * 100_000 + "]" * 100_000
    head = '{"timestamp": "2026-01-01T00:00:00Z", "message": "m", "x": '
    yield pytest.param(head + deep + "}", "nests deeper than 200 levels", id="deep")
    yield pytest.param(head + "[" * 999 + "]" * 999 + "}", "nests deeper than 200 levels", id="less deep")
    yield pytest.param(head + "9" * 100_000 + "}", "", id="digits")
    many = ", ".join(f'"k{number}": 1' for number in range(20_000))
    yield pytest.param(f"{head}1, {many}}}", "has 20,003 fields, and LUMBER_MAX_COLUMNS allows", id="fields")


@pytest.mark.parametrize(("line", "reason"), list(wrong_lines()))
def test_a_json_line_that_is_a_bomb_is_a_reject(load, line, reason):
    fine = '{"timestamp": "2026-01-01T00:00:00Z", "message": "fine", "structured_data": "' + "[" * 5000 + '"}'

    done = json.loads(load(f"{line}\n{fine}\n".encode()).stdout)

    assert (done["loaded"], done["rejected"]) == (1, 1)
    assert reason in json.loads(Path(done["reject_file"]).read_text())["reason"]


def logs_in_parquet(messages: pa.Array, **options: object) -> bytes:
    file = io.BytesIO()
    table = pa.table({"timestamp": ["2026-01-01T00:00:00Z"] * len(messages), "message": messages})
    pq.write_table(table, file, **{"compression": "zstd", **options})
    return file.getvalue()


def test_parquet_that_is_compressed_again_is_measured_by_what_was_given(load, monkeypatch):
    monkeypatch.setattr(expansion, "RATIO_FREE_BYTES", MIB)
    inner = logs_in_parquet(pa.array(["x" * 50_000] * 100), compression="none")
    outer = zstd_of(inner, 1)
    assert len(outer) * 10 < len(inner)
    # The inner file may expand to 6 MiB, the outer one to 1 MiB.
    done = load(outer, max_compression_ratio=6 * MIB / len(inner))
    assert done.returncode == 1
    assert "the limit of LUMBER_MAX_COMPRESSION_RATIO" in said(done)


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_every_encoding_of_texts_is_loaded(load, encoding):
    data = logs_in_parquet(
        pa.array([f"{'x' * 20_000}{number}" for number in range(300)]),
        use_dictionary=False,
        column_encoding={"message": encoding},
    )
    done = load(data)
    assert json.loads(done.stdout).get("loaded") == 300, done.stdout


def test_a_parquet_page_that_expands_far_is_refused(load):
    data = logs_in_parquet(pa.array(["x" * (257 * MIB)]), write_statistics=False)
    done = load(data, max_compression_ratio=10**9)
    assert "A page of" in said(done)
    assert "expands to more than 268,435,456 bytes" in said(done)


def test_a_parquet_dictionary_that_expands_far_is_refused_in_bounded_memory(load, tmp_path):
    value = pa.array(["x" * MIB])
    indices = pa.array([0] * 2_000, pa.int32())
    table = pa.table(
        {
            "timestamp": ["2026-01-01T00:00:00Z"] * 2_000,
            "message": ["m"] * 2_000,
            "x": pa.DictionaryArray.from_arrays(indices, value),
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd", store_schema=False)
    assert len(file.getvalue()) < 64 * 1024

    done = load(file.getvalue(), max_decompressed_bytes=8 * MIB)

    assert done.returncode == 1
    assert "expands to more than 8,388,608 bytes" in said(done)


@pytest.mark.parametrize(
    ("count", "chunks", "reason"),
    [
        (b"\xc0\x84\x3d", 1_000_000, "lists more than 700,000 parts of the file. Write the file again"),
        (b"\xa8\x87\x15", 345_000, "its footer is damaged"),
    ],
    ids=["long", "short"],
)
def test_a_parquet_footer_that_lists_very_much_is_refused_in_bounded_memory(tmp_path, count, chunks, reason):
    source = tmp_path / "bomb.parquet"
    # Column chunks of three bytes each, in two row groups. Arrow takes 700 bytes for each of them.
    chunks = b"\x19\xfc" + count + b"\x26\x00\x00" * chunks + b"\x16\x00\x16\x00\x00"
    footer = b"\x15\x02\x19\x1c\x48\x01r\x15\x00\x00\x16\x00\x19\x2c" + chunks * 2 + b"\x00"
    source.write_bytes(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "ingest", "logs", str(source)],
        env={**os.environ, "LUMBER_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert reason in " ".join(done.stderr.split())
    assert int(done.stdout.split()[-1]) < MOST_MEMORY_KIB


@pytest.mark.parametrize(
    ("mib", "loaded", "reason"),
    [(3, 1, None), (30, None, "bomb is longer than 33,554,432 bytes. Write the file again")],
)
def test_a_long_parquet_footer_is_loaded_up_to_a_limit(load, mib, loaded, reason):
    table = pa.table(
        {"timestamp": ["2026-01-01T00:00:00Z"], "message": ["m"]}, metadata={"x": "y" * mib * MIB}
    )
    file = io.BytesIO()
    pq.write_table(table, file)

    done = load(file.getvalue())

    assert json.loads(done.stdout).get("loaded") == loaded, done.stdout
    assert reason is None or reason in said(done)


def test_a_long_parquet_footer_that_is_damaged_is_refused(load):
    footer = b"\x19\xf9" + b"\xff" * (3 * MIB)
    done = load(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    assert "is not a complete Parquet file: its footer is damaged" in said(done)
