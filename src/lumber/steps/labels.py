"""Labels rows by the findings about them, such as log lines by anomalies: 1, 0 or null, with the reason.

A kind declares where its findings are: `labels_from`. A finding labels the row that it names by its id.
With a window, a finding that names a device and no row labels the rows of that device in a span of time
around it.

A finding sets label 1, or 0 if a person judged it a false positive. With `confirmed_only`, findings that
nobody confirmed set no label. If findings disagree, 1 wins. A row without a finding has no label: the absence
of a finding isn't evidence that a row is normal. `assume_normal` sets 0 instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import pyarrow as pa

from lumber.catalog.findings import FALSE_POSITIVE, TRUE_POSITIVE, findings_of
from lumber.catalog.kind import Kind, LabelSource, Level, Storage, json_field, optional
from lumber.steps.cast import cast_batch
from lumber.steps.label_windows import NO_VOTE, DeviceWindows, Said, decided
from lumber.steps.step import AddedColumn, Form, RunningStep, SideInput, Step, StepContext

LABEL, TYPES, SCORE, SOURCE = "label", "anomaly_types", "anomaly_score", "label_source"
DEVICE_WINDOW, ASSUMED_NORMAL = "device_window", "assumed_normal"

LABEL_FIELDS = (
    optional(LABEL, pa.int8()),
    json_field(TYPES),
    optional(SCORE, pa.float64()),
    optional(SOURCE, pa.string()),
)
_DESCRIPTIONS = {
    LABEL: "1: an anomaly was found here. 0: what was found is a false positive, or normality is assumed. "
    "Null: nothing is known.",
    TYPES: "The types of the anomalies that decided the label, sorted, as JSON.",
    SCORE: "The highest score of the anomalies that decided the label, 0 to 1.",
}

# What a finding says; the highest decides.
_YES, _NO, _UNSETTLED, _NOTHING = 1, 0, -1, NO_VOTE

Ints = npt.NDArray[np.int64]

_POLARS = {
    Storage.INTEGER: pl.Int64(),
    Storage.BOOLEAN: pl.Boolean(),
    Storage.REAL: pl.Float64(),
    Storage.TEXT: pl.String(),
    Storage.JSON: pl.String(),
    Storage.TIME: pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class LabelRule(Step):
    """How rows are labelled. `window_us`: microseconds before and after a finding; None: by id only.

    `detectors` names those whose findings count; none: all do.
    """

    name = "labels"
    takes, gives = Form.ROWS, Form.ROWS

    window_us: tuple[int, int] | None = None
    assume_normal: bool = False
    confirmed_only: bool = False
    detectors: tuple[str, ...] = ()

    def applies_to(self, kind: Kind) -> bool:
        """Say whether there are findings about rows of this kind."""
        return kind.labels_from is not None

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        """Return the label and its reasons."""
        how = f"How the label was found: {_source(kind).by_id}, {DEVICE_WINDOW} or {ASSUMED_NORMAL}."
        descriptions = {**_DESCRIPTIONS, SOURCE: how}
        return tuple(
            AddedColumn(field, descriptions[field.name], is_label=field.name == LABEL)
            for field in LABEL_FIELDS
        )

    def side_input(self, kind: Kind) -> SideInput:
        """Return the findings that label the rows of a partition."""
        return SideInput(self.window_us if kind.device_column is not None else None)

    def start(self, context: StepContext) -> RunningStep[pl.DataFrame, pl.DataFrame]:
        """Read the findings that label the rows of a partition. Raises ExportError."""
        findings = read_findings(_source(context.kind), context.side_input(self.name))
        return _Labelling(Labeler(self, context.kind, findings))


class _Labelling(RunningStep[pl.DataFrame, pl.DataFrame]):
    def __init__(self, labeler: Labeler) -> None:
        self._labeler = labeler

    def add(self, rows: pl.DataFrame) -> pl.DataFrame:
        return self._labeler.apply(rows)


class Labeler:
    """Labels the rows of one partition, whatever the batches, by the findings about them."""

    def __init__(self, rule: LabelRule, kind: Kind, findings: pl.DataFrame) -> None:
        """Take the kind of the rows, and the findings as `read_findings` returns them, in any order.

        Findings about other rows have no effect.
        """
        source = _source(kind)
        self._kind = kind
        votes, self._types = _votes(rule, source, findings)
        of_lines = decided(votes.filter(pl.col("line").is_not_null()), "line").sort("line")
        self._line_ids = of_lines["line"].to_numpy()
        self._lines = Said(of_lines)
        self._line_texts = self._json(self._lines.types)
        self._windows = None
        if rule.window_us is not None and kind.device_column is not None:
            self._device = kind.device_column
            alone = votes.filter(pl.col("line").is_null()).drop_nulls(["device", "time"])
            self._windows = DeviceWindows(alone, rule.window_us)
            self._window_texts = self._json(self._windows.said.types)
        # By what is said, from _NOTHING to _YES; an array's last places are also those below 0.
        normal = _NO if rule.assume_normal else None
        self._labels = pl.Series(LABEL, [normal, None, _NO, _YES], dtype=pl.Int8)
        normal_source = ASSUMED_NORMAL if rule.assume_normal else None
        self._sources = pl.Series(SOURCE, [normal_source, None, DEVICE_WINDOW, source.by_id], dtype=pl.String)

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with the four label columns."""
        lines = _places(self._line_ids, frame[self._kind.id_column].to_numpy())
        if self._windows is None:
            said = self._lines.votes[lines]
            lines = np.where(said >= _NO, lines, -1)
            is_found = lines >= 0
            texts = self._line_texts.gather(lines)
            scores = self._lines.scores[lines]
        else:
            devices = self._windows.devices(frame[self._device])
            times = frame[self._kind.time_column].dt.epoch("us").to_numpy()
            windows = self._windows.places(devices, times)
            of_line, of_window = self._lines.votes[lines], self._windows.said.votes[windows]
            said = np.maximum(of_line, of_window)
            # Only findings that say what the label says are its reasons.
            lines = np.where((of_line == said) & (said >= _NO), lines, -1)
            windows = np.where((of_window == said) & (said >= _NO), windows, -1)
            is_found = lines >= 0
            texts = self._texts(lines, windows)
            top = self._windows.top_scores(devices, times, said)
            scores = np.fmax(self._lines.scores[lines], np.where(windows >= 0, top, np.nan))
        sources = np.where(is_found, _YES, np.minimum(said, _NO)) - _NOTHING
        return frame.with_columns(
            self._labels.gather(said - _NOTHING),
            texts.alias(TYPES),
            pl.Series(SCORE, scores, nan_to_null=True),
            self._sources.gather(sources),
        )

    def _texts(self, lines: Ints, windows: Ints) -> pl.Series:
        """Return the types at these places of lines and windows as JSON; null where both are -1."""
        assert self._windows is not None
        texts = self._line_texts.gather(lines)
        texts = texts.zip_with(pl.Series(windows < 0), self._window_texts.gather(windows))
        both = np.flatnonzero((lines >= 0) & (windows >= 0))
        if not len(both):
            return texts
        pairs = pl.DataFrame(
            [
                self._lines.types.gather(lines[both]).alias("of_line"),
                self._windows.said.types.gather(windows[both]).alias("of_window"),
            ]
        )
        union = pairs.select(pl.concat_list("of_line", "of_window").list.unique().list.sort()).to_series()
        return texts.scatter(both, self._json(union))

    def _json(self, types: pl.Series) -> pl.Series:
        """Write lists of numbers of types as JSON arrays of the types, in their order; null stays null."""
        texts = pl.element().replace_strict(self._types, return_dtype=pl.String)
        joined = pl.col(TYPES).list.eval(texts).list.join(",")
        return types.to_frame(TYPES).select(pl.format("[{}]", joined)).to_series()


def read_findings(source: LabelSource, batches: Iterable[pa.RecordBatch]) -> pl.DataFrame:
    """Return the findings that the database returned, as `Labeler` takes them.

    A value that breaks a rule of the findings becomes null: the type or the score is unknown, but the finding
    stands. A row never counts as normal because the finding about it has a bad value.
    """
    kind = findings_of(source)
    none = pl.DataFrame(schema={column.name: _POLARS[column.storage] for column in kind.columns})
    return pl.concat([none, *(cast_batch(batch, kind).frame for batch in batches)])


def _votes(
    rule: LabelRule, source: LabelSource, findings: pl.DataFrame
) -> tuple[pl.DataFrame, dict[int, str]]:
    """Return what each finding says, and the JSON text of every type by the number that stands for it."""
    kind = findings_of(source)
    if rule.detectors:
        findings = findings.filter(pl.col(source.detector_column).is_in(list(rule.detectors)))
    usable = findings.with_columns(**kind.transform(findings).columns)
    for broken in (rule for rule in kind.rules if Level.BASIC.includes(rule.level)):
        rows = broken.violations(findings)
        usable = usable.with_columns(usable[broken.column].set(rows, None))
    verdict = pl.col(source.verdict_column)
    unconfirmed = pl.lit(_UNSETTLED if rule.confirmed_only else _YES)
    types = usable[source.type_column].unique().drop_nulls().sort()
    number = pl.col(source.type_column).replace_strict(
        types, pl.int_range(len(types), dtype=pl.UInt32, eager=True)
    )
    votes = usable.select(
        pl.col(source.row_column).alias("line"),
        pl.col(source.device_column).alias("device"),
        pl.col(kind.time_column).dt.epoch("us").alias("time"),
        pl.when(verdict == FALSE_POSITIVE)
        .then(_NO)
        .when(verdict == TRUE_POSITIVE)
        .then(_YES)
        .otherwise(unconfirmed)
        .cast(pl.Int8)
        .alias("vote"),
        number.alias("type"),
        pl.col(source.score_column).alias("score"),
    )
    return votes, {place: orjson.dumps(text).decode() for place, text in enumerate(types)}


def _source(kind: Kind) -> LabelSource:
    """Return where the findings of a kind are. Raises ValueError for a kind that has none."""
    if kind.labels_from is None:
        raise ValueError(f"kind {kind.name!r} declares no labels_from")
    return kind.labels_from


def _places(known: Ints, ids: Ints) -> Ints:
    """Return the place of each id in `known`, which ascends; -1: it is not there."""
    if not len(known):
        return np.full(len(ids), -1, np.int64)
    places = np.searchsorted(known, ids).clip(max=len(known) - 1)
    return np.where(known[places] == ids, places, -1)
