"""Real log files, from the line to the dataset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from lumber.catalog.registry import get_kind
from lumber.formats import all_formats
from tests.acceptance.exporting import export, lumber_json
from tests.acceptance.hub import Hub
from tests.acceptance.reading import manifest_of, normal, rows_of

FILES = ("Linux_2k.log", "OpenSSH_2k.log", "Thunderbird_2k.log")
LINES = 2_000


@dataclass(frozen=True)
class Loaded:
    """A database that the files were loaded into, and what the command said: at first, again, of copies."""

    url: str
    first: dict[str, Any]
    again: dict[str, Any]
    copies: dict[str, Any]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, loghub: Path
) -> Iterator[Loaded]:
    home = tmp_path_factory.mktemp("real")
    if request.param == "sqlite":
        yield load(f"sqlite:///{home / 'lumber.db'}", home, loghub)
        return
    server = request.getfixturevalue("postgres_server")
    server.create_migrated("real_files")
    yield load(server.url("real_files"), home, loghub)
    server.drop_database("real_files")


def load(url: str, home: Path, folder: Path) -> Loaded:
    originals = [folder / name for name in FILES]
    copies = [home / f"copy-of-{name}" for name in FILES]
    for original, copy in zip(originals, copies, strict=True):
        copy.write_bytes(original.read_bytes())

    def ingest(paths: list[Path]) -> dict[str, Any]:
        arguments = ["ingest", "logs", *map(str, paths), "--database-url", url]
        return lumber_json(*arguments, LUMBER_DATA_DIR=str(home))

    return Loaded(url, ingest(originals), ingest(originals), ingest(copies))


def test_every_line_of_each_file_is_loaded_or_rejected(loaded: Loaded) -> None:
    assert len(loaded.first["sources"]) == len(FILES)
    for source in loaded.first["sources"]:
        assert source["lines"] == LINES == source["loaded"] + source["rejected"]
        assert source["loaded"] > 0.99 * LINES


def test_no_line_is_loaded_twice_also_under_another_name(loaded: Loaded) -> None:
    for later in (loaded.again, loaded.copies):
        assert (later["loaded"], later["rejected"], later["skipped"]) == (0, 0, LINES * len(FILES))


# What is in the files does not depend on the database.
on_sqlite_first = pytest.mark.parametrize(
    "loaded", ["sqlite", pytest.param("postgresql", marks=[pytest.mark.slow])], indirect=True, scope="module"
)


@on_sqlite_first
def test_they_come_out_in_every_format_with_every_row(loaded: Loaded, tmp_path: Path) -> None:
    contents = set()
    for format_ in all_formats():
        folder = tmp_path / format_
        done = export(loaded.url, folder, output_format=format_, kinds=["logs", "ips"])
        logs = manifest_of(folder)["kinds"]["logs"]
        assert logs["read"] == loaded.first["loaded"] == logs["written"] + logs["rejected"]
        assert done.kinds["ips"]["written"] > 100  # they were found in the messages
        rows = {kind: rows_of(folder, kind) for kind in ("logs", "ips")}
        assert {kind: len(rows[kind]) for kind in rows} == {k: done.kinds[k]["written"] for k in rows}
        contents.add(json.dumps(rows, default=str))
    assert len(contents) == 1


@on_sqlite_first
def test_they_open_in_every_consumer_with_the_same_rows_and_types(
    loaded: Loaded, hub: Hub, tmp_path: Path
) -> None:
    import duckdb
    import pandas as pd

    folder = tmp_path / "out"
    done = export(loaded.url, folder, output_format="parquet", kinds=["logs", "ips"])
    by_datasets = hub.load_kinds(folder, "logs", "ips")
    for kind in ("logs", "ips"):
        schema = get_kind(kind).schema
        expected = rows_of(folder, kind)
        assert len(expected) == done.kinds[kind]["written"] > 0
        types, rows = by_datasets[kind]["train"]
        assert types == {f.name: {"double": "float64"}.get(str(f.type), str(f.type)) for f in schema}
        assert normal(kind, rows) == expected
        by_pandas = pa.Table.from_pandas(
            pd.read_parquet(folder / kind, dtype_backend="pyarrow"), preserve_index=False
        )
        by_polars = pl.read_parquet(f"{folder / kind}/*.parquet").to_arrow()
        by_duckdb = duckdb.sql(f"FROM '{folder / kind}/*.parquet'").to_arrow_table()
        for table in (by_pandas, by_polars, by_duckdb):
            assert plain_types(table.schema) == plain_types(schema)
            assert normal(kind, table.to_pylist()) == expected


def plain_types(schema: pa.Schema) -> dict[str, str]:
    """Return the columns' types; a text is a text, whatever the width of its offsets."""
    names = {"large_string": "string", "string_view": "string"}
    zones = {"timestamp[us, tz=Etc/UTC]": "timestamp[us, tz=UTC]"}
    return {field.name: (names | zones).get(str(field.type), str(field.type)) for field in schema}


def test_a_real_line_keeps_its_parts(loaded: Loaded, tmp_path: Path, loghub: Path) -> None:
    export(loaded.url, tmp_path / "out", kinds=["logs"], output_format="parquet")
    line = (loghub / "Linux_2k.log").read_text().splitlines()[0]
    (row,) = [row for row in rows_of(tmp_path / "out", "logs") if row["raw_message"] == line]
    assert line.endswith(row["message"])
    assert row["host_name"] == "combo"
    assert row["process_name"] == "sshd(pam_unix)"
    assert f"{row['timestamp']:%b %d %H:%M:%S}" == line[:15]
