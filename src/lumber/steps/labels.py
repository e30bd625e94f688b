"""Labels log lines by the anomalies that were found in them: 1, 0 or null, with the reason beside it.

An anomaly concerns the line whose id it names, and with a window, where it names a device and no line, the
lines of that device in a span of time around it. Each anomaly says 1, or 0 where a person called it a
false positive; with `confirmed_only` one that nobody confirmed says nothing. 1 beats 0. A line that no
anomaly concerns has no label, for a detector that is silent proves nothing; `assume_normal` makes it 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import pyarrow as pa

from lumber.catalog.detections import DETECTIONS, FALSE_POSITIVE, TRUE_POSITIVE
from lumber.catalog.kind import Kind, Level, Storage, json_field, optional
from lumber.steps.cast import cast_batch
from lumber.steps.label_windows import NO_VOTE, DeviceWindows, Said, decided
from lumber.steps.step import AddedColumn, Form, RunningStep, SideInput, Step, StepContext

# The kind that is labelled.
LABELLED = "logs"
LABEL, TYPES, SCORE, SOURCE = "label", "anomaly_types", "anomaly_score", "label_source"
LOG_ENTRY, DEVICE_WINDOW, ASSUMED_NORMAL = "log_entry", "device_window", "assumed_normal"

LABEL_FIELDS = (
    optional(LABEL, pa.int8()),
    json_field(TYPES),
    optional(SCORE, pa.float64()),
    optional(SOURCE, pa.string()),
)
LABEL_DESCRIPTIONS = {
    LABEL: "1: an anomaly was found here. 0: what was found is a false positive, or normality is assumed. "
    "Null: nothing is known.",
    TYPES: "The types of the anomalies that decided the label, sorted, as JSON.",
    SCORE: "The highest score of the anomalies that decided the label, 0 to 1.",
    SOURCE: "How the label was found: log_entry, device_window or assumed_normal.",
}

# What an anomaly says; the highest decides.
_YES, _NO, _UNSETTLED, _NOTHING = 1, 0, -1, NO_VOTE

Ints = npt.NDArray[np.int64]

_POLARS = {Storage.INTEGER: pl.Int64, Storage.REAL: pl.Float64, Storage.TEXT: pl.String}
NO_ANOMALIES = pl.DataFrame(
    schema={
        column.name: pl.Datetime("us", "UTC") if column.storage is Storage.TIME else _POLARS[column.storage]
        for column in DETECTIONS.columns
    }
)


@dataclass(frozen=True, slots=True)
class LabelRule(Step):
    """How lines are labelled. `window_us`: microseconds before and after an anomaly; None: by id only.

    `detectors` names those whose anomalies count; none: all do.
    """

    name = "labels"
    takes, gives = Form.ROWS, Form.ROWS

    window_us: tuple[int, int] | None = None
    assume_normal: bool = False
    confirmed_only: bool = False
    detectors: tuple[str, ...] = ()

    def applies_to(self, kind: Kind) -> bool:
        """Say whether anomalies are about rows of this kind."""
        return kind.name == LABELLED

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        """Return the label and its reasons."""
        return tuple(
            AddedColumn(field, LABEL_DESCRIPTIONS[field.name], is_label=field.name == LABEL)
            for field in LABEL_FIELDS
        )

    def side_input(self, kind: Kind) -> SideInput:
        """Return the anomalies that label the rows of a partition."""
        return SideInput(self.window_us)

    def start(self, context: StepContext) -> RunningStep[pl.DataFrame, pl.DataFrame]:
        """Read the anomalies that label the rows of a partition. Raises ExportError."""
        return _Labelling(Labeler(self, read_anomalies(context.side_input(self.name))))


class _Labelling(RunningStep[pl.DataFrame, pl.DataFrame]):
    def __init__(self, labeler: Labeler) -> None:
        self._labeler = labeler

    def add(self, rows: pl.DataFrame) -> pl.DataFrame:
        return self._labeler.apply(rows)


class Labeler:
    """Labels the lines of one partition, whatever the batches, by the anomalies that concern it."""

    def __init__(self, rule: LabelRule, anomalies: pl.DataFrame) -> None:
        """Take the anomalies: columns of DETECTIONS, in the types that `cast_batch` gives them.

        More anomalies than concern the lines do no harm; their order does not matter.
        """
        votes, self._types = _votes(rule, anomalies)
        of_lines = decided(votes.filter(pl.col("line").is_not_null()), "line").sort("line")
        self._line_ids = of_lines["line"].to_numpy()
        self._lines = Said(of_lines)
        self._line_texts = self._json(self._lines.types)
        self._windows = None
        if rule.window_us is not None:
            alone = votes.filter(pl.col("line").is_null()).drop_nulls(["device", "time"])
            self._windows = DeviceWindows(alone, rule.window_us)
            self._window_texts = self._json(self._windows.said.types)
        # By what is said, from _NOTHING to _YES; an array's last places are also those below 0.
        normal = _NO if rule.assume_normal else None
        self._labels = pl.Series(LABEL, [normal, None, _NO, _YES], dtype=pl.Int8)
        normal_source = ASSUMED_NORMAL if rule.assume_normal else None
        self._sources = pl.Series(SOURCE, [normal_source, None, DEVICE_WINDOW, LOG_ENTRY], dtype=pl.String)

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows (`id`, `timestamp`, `device_id` and others) with the four label columns."""
        lines = _places(self._line_ids, frame["id"].to_numpy())
        if self._windows is None:
            said = self._lines.votes[lines]
            lines = np.where(said >= _NO, lines, -1)
            is_found = lines >= 0
            texts = self._line_texts.gather(lines)
            scores = self._lines.scores[lines]
        else:
            devices = self._windows.devices(frame["device_id"])
            times = frame["timestamp"].dt.epoch("us").to_numpy()
            windows = self._windows.places(devices, times)
            of_line, of_window = self._lines.votes[lines], self._windows.said.votes[windows]
            said = np.maximum(of_line, of_window)
            # Only anomalies that say what the label says are its reasons.
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


def read_anomalies(batches: Iterable[pa.RecordBatch]) -> pl.DataFrame:
    """Return the anomalies that the database answered, as `Labeler` takes them.

    A value that the anomalies' rules refuse is null here: the anomaly stands, its type or its score is
    not known. A line is never taken for normal because the finding in it was badly written down.
    """
    frames = [cast_batch(batch, DETECTIONS).frame for batch in batches]
    return pl.concat([NO_ANOMALIES, *frames])


def _votes(rule: LabelRule, anomalies: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, str]]:
    """Return what each anomaly says, and the JSON text of every type by the number that stands for it."""
    if rule.detectors:
        anomalies = anomalies.filter(pl.col("detector").is_in(list(rule.detectors)))
    usable = anomalies.with_columns(**DETECTIONS.transform(anomalies).columns)
    for broken in (rule for rule in DETECTIONS.rules if Level.BASIC.includes(rule.level)):
        rows = broken.violations(anomalies)
        usable = usable.with_columns(usable[broken.column].set(rows, None))
    verdict = pl.col("verdict")
    unconfirmed = pl.lit(_UNSETTLED if rule.confirmed_only else _YES)
    types = usable["anomaly_type"].unique().drop_nulls().sort()
    number = pl.col("anomaly_type").replace_strict(
        types, pl.int_range(len(types), dtype=pl.UInt32, eager=True)
    )
    votes = usable.select(
        pl.col("log_entry_id").alias("line"),
        pl.col("device_id").alias("device"),
        pl.col("timestamp").dt.epoch("us").alias("time"),
        pl.when(verdict == FALSE_POSITIVE)
        .then(_NO)
        .when(verdict == TRUE_POSITIVE)
        .then(_YES)
        .otherwise(unconfirmed)
        .cast(pl.Int8)
        .alias("vote"),
        number.alias("type"),
        "score",
    )
    return votes, {place: orjson.dumps(text).decode() for place, text in enumerate(types)}


def _places(known: Ints, ids: Ints) -> Ints:
    """Return the place of each id in `known`, which ascends; -1: it is not there."""
    if not len(known):
        return np.full(len(ids), -1, np.int64)
    places = np.searchsorted(known, ids).clip(max=len(known) - 1)
    return np.where(known[places] == ids, places, -1)
