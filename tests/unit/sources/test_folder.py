"""Folders as sources: which files a table has, how they fit together, and what DuckDB may not do."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumber.errors import ConfigError, SourceFailed, SourceUnfit
from lumber.sources.address import SourceAddress
from lumber.sources.interface import NoSuchTable, Query, ReaderOptions
from lumber.sources.readers.folder import ROWS_OF_A_FILE, FolderReader


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "my lake"
    folder.mkdir()
    return folder


@pytest.fixture
def reader(lake: Path) -> Iterator[FolderReader]:
    opened = FolderReader(SourceAddress("folder", path=str(lake)), ReaderOptions("lumber test", 60))
    yield opened
    opened.close()


def write(lake: Path, name: str, rows: list[dict[str, Any]] | str) -> Path:
    """Write a file in the format that its name tells."""
    path = lake / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(rows, str):
        path.write_text(rows)
    elif name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        content = "".join(json.dumps(row) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def read(reader: FolderReader, table: str, *columns: str, **more: Any) -> list[dict[str, Any]]:
    query = Query(table, columns=columns, **more)
    token = reader.freeze([query])
    ranges = json.loads(json.dumps(reader.cut(token, query)))
    rows = [row for each in ranges for batch in reader.read(each) for row in batch.to_pylist()]
    reader.confirm(token)
    return rows


def test_a_table_is_a_folder_a_file_or_a_pattern(reader: FolderReader, lake: Path) -> None:
    for name in ("a/day=2026-01-01/1.parquet", "a/day=2026-01-02/1.parquet", "b/x.jsonl.gz", "top.jsonl"):
        write(lake, name, [{"n": 1, "nested": {"a": [1, None]}}])
    write(lake, "b/.hidden.jsonl", "nonsense")
    write(lake, "b/_temporary.jsonl", "nonsense")
    write(lake, "b/notes.txt", "nonsense")
    assert reader.tables() == [".", "a/day=2026-01-01", "a/day=2026-01-02", "b"]
    assert [str(row["day"]) for row in read(reader, "a", "day", "n")] == ["2026-01-01", "2026-01-02"]
    assert read(reader, "a/day=2026-01-0[2-9]/*", "file_name") == [
        {"file_name": "a/day=2026-01-02/1.parquet"}
    ]
    assert [row["nested"] for row in read(reader, "b", "nested")] == ['{"a":[1,null]}']
    assert len(read(reader, "*.jsonl*", "n")) == 2
    assert read(reader, "top.jsonl", "n") == [{"n": 1}]
    with pytest.raises(SourceUnfit, match="formats json and parquet"):
        read(reader, ".", "n")
    with pytest.raises(NoSuchTable) as caught:
        read(reader, "../elsewhere", "n")
    assert "b" in caught.value.known


def test_rows_without_a_key_are_numbered_by_their_file_and_place(reader: FolderReader, lake: Path) -> None:
    write(lake, "t/1.parquet", [{"n": number} for number in range(30_000)])
    write(lake, "t/2.parquet", [{"n": -1}])
    rows = read(reader, "t", "row_number", "n", filter="n % 2 <> 0")
    assert rows[0] == {"row_number": 2, "n": 1}
    assert rows[-1] == {"row_number": ROWS_OF_A_FILE + 1, "n": -1}
    assert [row["row_number"] for row in rows[:-1]] == list(range(2, 30_001, 2))
    described = reader.schema(Query("t"))
    assert (described.unique, described.rows) == (("row_number",), 30_001)
    # Theirs comes first.
    write(lake, "own/1.parquet", [{"row_number": 7}])
    assert read(reader, "own", "row_number") == [{"row_number": 7}]
    assert reader.schema(Query("own")).unique == ()


def test_files_with_other_columns_and_types_fit_together(reader: FolderReader, lake: Path) -> None:
    write(lake, "c/1.csv", "id,at,host\n1,2026-01-01T00:00:00+02:00,a\n2,,\n")
    write(lake, "c/2.csv", "host,id\nb,3\n")
    rows = read(reader, "c", "id", "at", "host")
    # Times stay text: an offset counts.
    assert [tuple(row.values()) for row in rows] == [
        (1, "2026-01-01T00:00:00+02:00", "a"),
        (2, None, None),
        (3, None, "b"),
    ]
    write(lake, "j/1.jsonl", [{"id": 1, "at": "2026-01-01 00:00:00"}])
    write(lake, "j/2.jsonl", [{"id": 2.5, "more": True}])
    rows = read(reader, "j", "id", "at", "more")
    assert [tuple(row.values()) for row in rows] == [(1.0, "2026-01-01 00:00:00", None), (2.5, None, True)]
    write(lake, "w/1.csv", "id\n" + "1\n" * 30_000 + "not a number\n")
    with pytest.raises(SourceUnfit, match=r"The rows of w can't be read: .*not a number.*1\.csv"):
        read(reader, "w", "id")


def test_a_select_and_a_filter_read_below_the_folder_only(
    reader: FolderReader, lake: Path, tmp_path: Path
) -> None:
    write(lake, "t/1.parquet", [{"n": 1}, {"n": 2}])
    outside = write(tmp_path, "outside.parquet", [{"n": 3}])
    query = Query(
        select="SELECT n * 2 AS m FROM t WHERE row_number > 0", columns=("m",), filter="m > 2 -- all"
    )
    (range_,) = reader.cut(reader.freeze([query]), query)
    assert [batch.to_pylist() for batch in reader.read(range_)] == [[{"m": 4}]]
    for text in (
        f"SELECT * FROM '{outside}'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
        "COPY (SELECT 1) TO '/tmp/never.csv'",
        "SET enable_external_access = true",
    ):
        with pytest.raises((SourceUnfit, SourceFailed)):
            reader.schema(Query(select=text))
    with pytest.raises(SourceUnfit, match="nope"):
        read(reader, "t", "n", filter="nope = 1")


def test_a_file_that_changes_or_goes_away_is_told(reader: FolderReader, lake: Path) -> None:
    path = write(lake, "t/1.parquet", [{"n": 1}])
    query = Query("t", columns=("n",))
    token = reader.freeze([query])
    write(lake, "t/2.parquet", [{"n": 2}])
    assert len(reader.cut(token, query)) == 1
    reader.confirm(token)
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    with pytest.raises(SourceFailed, match="changed while the files were read"):
        reader.confirm(token)
    path.unlink()
    with pytest.raises(SourceFailed, match="went away"):
        reader.confirm(token)


def test_an_address_is_a_whole_path_of_a_folder(tmp_path: Path) -> None:
    options = ReaderOptions("lumber test", 60)
    for text in ("folder://srv/lake", "folder:///srv?x=1"):
        with pytest.raises(ConfigError):
            FolderReader(SourceAddress.parse(text), options)
    with pytest.raises(SourceUnfit, match="is not a folder"):
        FolderReader(SourceAddress("folder", path=str(tmp_path / "none")), options)
