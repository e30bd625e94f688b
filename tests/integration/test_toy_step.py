"""New steps from outside: only the recipe names them, and an export runs them, counts, and fits them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import lumber
from lumber.catalog.kind import Kind, optional, required
from lumber.exports import ExportConfig
from lumber.steps.recipe import Recipe
from lumber.steps.step import (
    AddedColumn,
    Counts,
    Filter,
    Form,
    Records,
    RunningStep,
    Step,
    StepContext,
)
from tests.acceptance.exporting import export
from tests.clones import make_tables
from tests.integration.datasets import execute, sqlite_time

ROWS = 60


@dataclass(frozen=True, slots=True)
class WithoutWord(Step):
    """Leaves out the records whose message contains a word."""

    word: str

    name = "without_word"

    def needed(self, kind: Kind) -> tuple[str, ...]:
        return ("message",)

    def start(self, context: StepContext) -> Filter:
        return _WithoutWord(self.word, context)


class _WithoutWord(Filter):
    def __init__(self, word: str, context: StepContext) -> None:
        super().__init__(context)
        self._word = word

    def kept(self, records: Records) -> pl.Series:
        return ~records.column("message").str.contains(self._word, literal=True)


@dataclass(frozen=True, slots=True)
class MessageLength(Step):
    """Adds the length of the message to the valid rows, and counts those that are long."""

    name = "message_length"
    takes, gives = Form.ROWS, Form.ROWS

    def needed(self, kind: Kind) -> tuple[str, ...]:
        return ("message",)

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        return (AddedColumn(required("message_length", pa.int64()), "Characters of the message."),)

    def start(self, context: StepContext) -> RunningStep[pl.DataFrame, pl.DataFrame]:
        return _MessageLength(context.counts)


class _MessageLength(RunningStep[pl.DataFrame, pl.DataFrame]):
    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def add(self, rows: pl.DataFrame) -> pl.DataFrame:
        measured = rows.with_columns(message_length=pl.col("message").str.len_chars().cast(pl.Int64))
        self._counts.changes["message_measured"] += measured.height
        return measured


@dataclass(frozen=True, slots=True)
class LengthShare(Step):
    """Adds how long a message is, compared with the longest of all that are exported."""

    longest: int | None = None

    name = "length_share"

    def needed(self, kind: Kind) -> tuple[str, ...]:
        return ("message",)

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        return (AddedColumn(optional("length_share", pa.float64()), "Share of the longest message."),)

    def fit(self, record: Kind) -> Longest | None:
        return Longest() if self.longest is None else None

    def fitted(self, found: Longest) -> LengthShare:
        return replace(self, longest=found.length)

    def start(self, context: StepContext) -> RunningStep[Records, Records]:
        assert self.longest is not None
        return _LengthShare(self.longest, context.record)


@dataclass(slots=True)
class Longest:
    """The longest message that was seen."""

    length: int = 0

    def add(self, records: Records, /) -> None:
        self.length = max(self.length, *records.column("message_length"))

    def merge(self, other: Longest, /) -> None:
        self.length = max(self.length, other.length)


class _LengthShare(RunningStep[Records, Records]):
    def __init__(self, longest: int, record: Kind) -> None:
        self._longest = longest
        self._schema = record.schema

    def add(self, records: Records) -> Records:
        shares = records.column("message_length") / self._longest
        return records.with_columns([shares.to_arrow()], self._schema)


def with_toys(recipe: Recipe, kind: Kind) -> Recipe:
    """Return the recipe with the toy steps that apply to the kind, each at a place that fits its form."""
    steps: list[Step] = []
    for step in recipe.steps:
        if step.name == "transform":
            steps.append(MessageLength())
        steps.append(step)
    steps += [WithoutWord("skip"), LengthShare()]
    return replace(recipe, steps=tuple(step for step in steps if step.applies_to(kind)))


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    plain = ExportConfig.recipe
    monkeypatch.setattr(
        ExportConfig,
        "recipe",
        lambda config, kind, *rest, **named: with_toys(plain(config, kind, *rest, **named), kind),
    )
    return


def message(number: int) -> str:
    """Return a message of a line: every tenth is to be skipped, and is the longest of all."""
    return f"skip this line {'x' * 90}" if number % 10 == 0 else f"line {'x' * (number % 7)}"


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'rows.db'}"
    make_tables(address)
    lines = [(n, sqlite_time(n * 1_000_000), message(n)) for n in range(1, ROWS + 1)]
    execute(address, "INSERT INTO log_entries (id, timestamp, message) VALUES (?, ?, ?)", lines)
    return address


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("more", [{}, {"split": "random", "sample": {"rows": 20}, "order": "shuffle"}])
def test_an_export_runs_steps_from_outside(url: str, tmp_path: Path, more: dict[str, Any]) -> None:
    out = tmp_path / "out"
    export(
        url,
        out,
        kinds=["logs", "ips"],
        output_format="parquet",
        settings={"partition_rows": 20},
        batch_size=7,
        **more,
    )
    manifest = json.loads((out / "manifest.json").read_text())
    assert len(manifest["plan"]["kinds"]["logs"]["partitions"]) == 3
    # Another kind has no messages, and the steps don't apply to it.
    assert "message_length" not in [column["name"] for column in manifest["kinds"]["ips"]["schema"]]
    section = manifest["kinds"]["logs"]
    splits = section.get("splits", ["train"])
    rows = pl.concat(lumber.open(out).to_polars("logs", split=split) for split in splits)
    assert section["read"] == ROWS
    assert section["read"] == section["written"] + section["rejected"] + section["sampled_out"]
    assert section["changes"]["message_measured"] == ROWS
    assert [column["name"] for column in section["schema"][-2:]] == ["message_length", "length_share"]
    assert not rows["message"].str.contains("skip").any()
    assert rows["message_length"].to_list() == rows["message"].str.len_chars().to_list()
    # The first pass saw only the rows that reach the step: without those that are skipped.
    assert rows["length_share"].to_list() == (rows["message_length"] / max(rows["message_length"])).to_list()
