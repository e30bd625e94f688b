"""CSV: quoting, nulls, and the escape for spreadsheets."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.formats import Compression, WriteOptions, open_shard
from lumber.formats.csv import escape_formulas, unescape_formula, unescape_formulas
from tests.unit.formats.records import SCHEMA, TEXTS, batch_of, hard_rows, write_shard

PLAIN = WriteOptions("csv", Compression.NONE)
ESCAPED = {"=1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "'''@", "-"}
LEFT_ALONE = {"1", "", "a=b", " =1", "'", "'x", "''", "\n=1", "x\n=1", "1-1"}
RISKY_TEXT = st.text(alphabet="'=+-@\t\r\n\",a😀", max_size=6)


def escape(texts: list[str | None]) -> list[str | None]:
    """Escape texts as a shard does."""
    frame, _ = escape_formulas(pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}), ["text"])
    return frame["text"].to_list()


def test_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    schema = pa.schema([SCHEMA.field(name) for name in ("id", "timestamp", "message", "score")])
    rows = hard_rows()
    texts = ["", None, 'a"b', "a,b", "a\nb", "a\rb", "a\x00b", "=1"]
    picked = [{**rows[0], "id": number, "message": text} for number, text in enumerate(texts)]
    batch = batch_of([{name: row[name] for name in schema.names} for row in picked], schema)
    path, _ = write_shard(tmp_path, [batch], PLAIN, schema)
    start = "0001-01-01T00:00:00.000000Z"
    assert path.read_bytes().decode() == (
        "id,timestamp,message,score\n"
        f'0,{start},"",5e-324\n'
        f"1,{start},,5e-324\n"
        f'2,{start},"a""b",5e-324\n'
        f'3,{start},"a,b",5e-324\n'
        f'4,{start},"a\nb",5e-324\n'
        f'5,{start},"a\rb",5e-324\n'
        f"6,{start},a\x00b,5e-324\n"
        f"7,{start},'=1,5e-324\n"
    )


@pytest.mark.parametrize("text", sorted(ESCAPED))
def test_text_that_a_spreadsheet_runs_is_escaped(text: str) -> None:
    assert escape([text]) == ["'" + text]


@pytest.mark.parametrize("text", sorted(LEFT_ALONE))
def test_other_text_is_left_alone(text: str) -> None:
    assert escape([text]) == [text]


@given(st.lists(RISKY_TEXT | st.none(), max_size=20))
def test_the_escape_can_be_taken_back(texts: list[str | None]) -> None:
    escaped = escape(texts)
    assert [text and unescape_formula(text) for text in escaped] == texts
    frame = pl.DataFrame({"text": pl.Series(escaped, dtype=pl.String)})
    assert frame.select(unescape_formulas("text"))["text"].to_list() == texts


@given(RISKY_TEXT)
def test_no_escaped_text_begins_like_a_formula(text: str) -> None:
    assert not str(escape([text])[0]).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_escaped_cells_are_counted_in_every_text_column(tmp_path: Path) -> None:
    rows = hard_rows()
    writer = open_shard(tmp_path / "shard.csv", SCHEMA, PLAIN)
    writer.write(batch_of(rows))
    writer.close()
    formulas = [
        row[name]
        for row in rows
        for name in ("message", "features", "tags", "extra")
        if row[name] is not None and row[name].lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r"))
    ]
    assert writer.escaped_cells == len(formulas) > len(TEXTS)


def test_the_escape_can_be_turned_off(tmp_path: Path) -> None:
    options = WriteOptions("csv", Compression.NONE, csv_escape_formulas=False)
    rows = hard_rows()
    path, _ = write_shard(tmp_path, [batch_of(rows)], options)
    _, *lines = csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))
    assert [line[4] for line in lines] == [row["message"] or "" for row in rows]
