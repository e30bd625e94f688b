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
from lumber.catalog.kind import Level, Storage, json_field, optional
from lumber.pipeline.cast import cast_batch
from lumber.pipeline.label_windows import DeviceWindows, decided

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
_YES, _NO, _UNSETTLED, _NOTHING = 1, 0, -1, -2

Ints = npt.NDArray[np.int64]

_POLARS = {Storage.INTEGER: pl.Int64, Storage.REAL: pl.Float64, Storage.TEXT: pl.String}
NO_ANOMALIES = pl.DataFrame(
    schema={
        column.name: pl.Datetime("us", "UTC") if column.storage is Storage.TIME else _POLARS[column.storage]
        for column in DETECTIONS.columns
    }
)


@dataclass(frozen=True, slots=True)
class LabelRule:
    """How lines are labelled. `window_us`: microseconds before and after an anomaly; None: by id only.

    `detectors` names those whose anomalies count; none: all do.
    """

    window_us: tuple[int, int] | None = None
    assume_normal: bool = False
    confirmed_only: bool = False
    detectors: tuple[str, ...] = ()


class Labeler:
    """Labels the lines of one partition, whatever the batches, by the anomalies that concern it."""

    def __init__(self, rule: LabelRule, anomalies: pl.DataFrame) -> None:
        """Take the anomalies: columns of DETECTIONS, in the types that `cast_batch` gives them.

        More anomalies than concern the lines do no harm; their order does not matter.
        """
        self._assume_normal = rule.assume_normal
        votes, self._type_texts = _votes(rule, anomalies)
        self._lines = _by_line(votes.filter(pl.col("line").is_not_null()))
        self._line_ids = self._lines["line"].to_numpy()
        self._line_votes = self._lines["vote"].cast(pl.Int64).to_numpy()
        self._windows = None
        if rule.window_us is not None:
            alone = votes.filter(pl.col("line").is_null()).drop_nulls(["device", "time"])
            self._windows = DeviceWindows(alone, rule.window_us)

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows (`id`, `timestamp`, `device_id` and others) with the four label columns."""
        of_line = _places(self._line_ids, frame["id"].to_numpy())
        said_of_line = _gathered(self._line_votes, of_line)
        of_window = np.full(frame.height, -1, np.int64)
        said_of_window = np.full(frame.height, _NOTHING, np.int64)
        if self._windows is not None:
            times = frame["timestamp"].dt.epoch("us").to_numpy()
            of_window = self._windows.places(frame["device_id"], times)
            said_of_window = _gathered(self._windows.votes, of_window)
        said = np.maximum(said_of_line, said_of_window)
        rows = np.flatnonzero(said >= _NO)
        # Only anomalies that say what the label says are its reasons.
        lines = np.where(said_of_line == said, of_line, -1)[rows]
        windows = np.where(said_of_window == said, of_window, -1)[rows]
        reasons = self._reasons(frame[rows], said[rows], lines, windows)
        row_of = np.full(frame.height, -1, np.int64)
        row_of[rows] = np.arange(len(rows))
        columns = [_taken(column, row_of) for column in reasons]
        label = pl.Series(LABEL, said.astype(np.int8)).set(pl.Series(said < _NO), None)
        if self._assume_normal:
            silent = pl.Series(said == _NOTHING)
            label = label.set(silent, _NO)
            columns[-1] = columns[-1].set(silent, ASSUMED_NORMAL)
        return frame.with_columns(label, *columns)

    def _reasons(self, frame: pl.DataFrame, said: Ints, lines: Ints, windows: Ints) -> list[pl.Series]:
        """Return types, score and source of rows with a label; -1 in `lines` or `windows`: not by that."""
        types = _taken(self._lines["types"], lines)
        score = _taken(self._lines["score"], lines)
        source = pl.Series(SOURCE, np.where(lines >= 0, LOG_ENTRY, DEVICE_WINDOW), dtype=pl.String)
        found = pl.DataFrame({TYPES: types, SCORE: score, SOURCE: source})
        if self._windows is not None:
            times = frame["timestamp"].dt.epoch("us").to_numpy()
            top = self._windows.top_scores(frame["device_id"], times, said)
            top = top.set(pl.Series(windows < 0), None)
            found = found.with_columns(_taken(self._windows.types, windows).alias("more"), top.alias("top"))
            both = pl.concat_list(pl.col(TYPES, "more").fill_null([]))
            found = found.select(
                both.list.unique().list.sort().alias(TYPES),
                pl.max_horizontal(SCORE, "top").alias(SCORE),
                SOURCE,
            )
        return [self._json(found[TYPES]), found[SCORE], found[SOURCE]]

    def _json(self, types: pl.Series) -> pl.Series:
        """Write lists of numbers of types as JSON arrays of the types, in their order."""
        if types.is_empty():
            return pl.Series(TYPES, [], dtype=pl.String)
        texts = pl.element().replace_strict(self._type_texts, return_dtype=pl.String)
        joined = pl.col(TYPES).list.eval(texts).list.join(",")
        return types.to_frame(TYPES).select(pl.format("[{}]", joined).alias(TYPES)).to_series()


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


def _by_line(votes: pl.DataFrame) -> pl.DataFrame:
    """Return what the anomalies of each line say together, by the lines' ids, ascending."""
    return decided(votes, "line").sort("line")


def _places(known: Ints, ids: Ints) -> Ints:
    """Return the place of each id in `known`, which ascends; -1: it is not there."""
    if not len(known):
        return np.full(len(ids), -1, np.int64)
    places = np.searchsorted(known, ids).clip(max=len(known) - 1)
    return np.where(known[places] == ids, places, -1)


def _gathered(votes: Ints, places: Ints) -> Ints:
    """Return the vote at each place; nothing for -1."""
    return np.append(votes, _NOTHING)[places]


def _taken(column: pl.Series, places: Ints) -> pl.Series:
    """Return the value at each place; null for -1."""
    return column.extend_constant(None, 1).gather(np.where(places < 0, len(column), places))
