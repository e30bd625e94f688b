"""Label windows: which label the anomalies of a device give to a line at each moment.

Each anomaly labels the lines within a window of time around it. The label can change only where a window
starts or ends; between two such edges it is constant. The edges are computed once and each line is looked up
by binary search. There are at most twice as many edges as anomalies, so wide windows and many lines cost no
more than their result.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# No anomaly sets a label.
NO_VOTE = -2


def decided(votes: pl.DataFrame, key: str) -> pl.DataFrame:
    """Combine the votes of each `key`: the highest vote, with the types and highest score of its anomalies.

    `votes` has the columns `key`, vote Int8, type UInt32 or null, score Float64 or null. The result has
    `key`, vote, types (list of unique types, ascending) and score.
    """
    winning = votes.filter(pl.col("vote") == pl.col("vote").max().over(key))
    return winning.group_by(key).agg(
        pl.col("vote").first(),
        pl.col("type").drop_nulls().unique().sort().alias("types"),
        pl.col("score").max(),
    )


class Said:
    """The combined label of each of several places. The last one, which index -1 reaches, has no label."""

    def __init__(self, table: pl.DataFrame) -> None:
        """Take vote, types and score as `decided` returns them; null where no anomaly sets a label."""
        none = pl.DataFrame([[None]] * 3, schema=table.select("vote", "types", "score").schema)
        table = pl.concat([table.select("vote", "types", "score"), none])
        self.votes: Ints = table["vote"].fill_null(NO_VOTE).cast(pl.Int64).to_numpy()
        self.types = table["types"]
        self.scores: Floats = table["score"].fill_null(float("nan")).to_numpy()


class DeviceWindows:
    """The anomalies that have a device, each with the window of time that it labels."""

    def __init__(self, votes: pl.DataFrame, window_us: tuple[int, int]) -> None:
        """Take device, time (microseconds since 1970 UTC), vote, type and score of each anomaly.

        `window_us` is the length of the window before and after the anomaly in microseconds, ends included.
        """
        self._numbers = _Numbers(votes["device"])
        numbered = votes.select(
            self._numbers.of(votes["device"]).alias("device"),
            (pl.col("time") - window_us[0]).alias("start"),
            # The first microsecond after the window.
            (pl.col("time") + window_us[1] + 1).alias("stop"),
            "vote",
            "type",
            "score",
        )
        spoken = _spoken(_spans(numbered))
        self._steps = _Steps(spoken["device"], spoken["at"])
        self.said = Said(spoken)
        scores = _top_scores(numbered)
        self._score_steps = _Steps(scores["channel"], scores["at"])
        self._scores: Floats = np.append(scores["score"].to_numpy(), np.nan)

    def devices(self, names: pl.Series) -> Ints:
        """Return the number of each device; -1 for a device without anomalies."""
        return self._numbers.of(names).to_numpy()

    def places(self, devices: Ints, times_us: Ints) -> Ints:
        """Return the index of each line's label in `said`; -1 if no anomaly labels the line."""
        return self._steps.places(devices, times_us)

    def top_scores(self, devices: Ints, times_us: Ints, votes: Ints) -> Floats:
        """Return the highest score of the anomalies that give each line its vote; NaN if none has a score."""
        return self._scores[self._score_steps.places(_channel(devices, votes), times_us)]


class _Numbers:
    """A number from 0 for each unique text; -1 for texts that were not in the input."""

    def __init__(self, texts: pl.Series) -> None:
        self._texts = texts.unique().drop_nulls()
        self._numbers = pl.int_range(len(self._texts), dtype=pl.Int64, eager=True)

    def of(self, texts: pl.Series) -> pl.Series:
        return texts.replace_strict(self._texts, self._numbers, default=-1, return_dtype=pl.Int64)


class _Steps:
    """Step functions of time, one for each number: a step holds from its moment until the next one."""

    def __init__(self, numbers: pl.Series, moments: pl.Series) -> None:
        """Take the number and the moment of each step, sorted by both."""
        self._numbers = numbers.to_numpy()
        self._moments = np.unique(moments.to_numpy())
        self._keys = self._key(self._numbers, moments.to_numpy())

    def places(self, numbers: Ints, moments: Ints) -> Ints:
        """Return the index of the step that holds for each number at its moment; -1 before the first step."""
        places = np.searchsorted(self._keys, self._key(numbers, moments), side="right") - 1
        has_begun = places >= 0
        has_begun[has_begun] = self._numbers[places[has_begun]] == numbers[has_begun]
        return np.where(has_begun, places, -1)

    def _key(self, numbers: Ints, moments: Ints) -> Ints:
        """Combine number and moment into one sortable key. The rank of the moment keeps it within 64 bits."""
        later = np.searchsorted(self._moments, moments, side="right")
        key: Ints = numbers * (len(self._moments) + 1) + later
        return key


def _spans(numbered: pl.DataFrame) -> pl.DataFrame:
    """Merge the overlapping or touching windows of each device, vote and type into spans."""
    same = ["device", "vote", "type"]
    ordered = numbered.sort(*same, "start")
    begins = (pl.col("start") > pl.col("stop").shift()) | ~pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(name).shift()) for name in same
    )
    numbers = ordered.with_columns(begins.fill_null(True).cum_sum().alias("span"))
    return numbers.group_by("span").agg(
        *(pl.col(name).first() for name in same), pl.col("start").min(), pl.col("stop").max()
    )


def _spoken(spans: pl.DataFrame) -> pl.DataFrame:
    """Return the edges of each device in order, with vote and types from the edge to the next one."""
    edges = (
        pl.concat([spans.select("device", pl.col(name).alias("at")) for name in ("start", "stop")])
        .unique()
        .sort("device", "at")
        .with_row_index("edge")
        .with_columns(pl.col("edge").cast(pl.Int64))
    )
    placed = spans
    for name in ("start", "stop"):
        where = edges.rename({"at": name, "edge": f"{name}_edge"})
        placed = placed.join(where, on=["device", name], how="left")
    covered = placed.select(
        pl.int_ranges("start_edge", "stop_edge").alias("edge"),
        "vote",
        "type",
        pl.lit(None, pl.Float64).alias("score"),
    ).explode("edge")
    said = decided(covered, "edge")
    return edges.join(said, on="edge", how="left", maintain_order="left").select(
        "device", "at", "vote", "types", "score"
    )


def _top_scores(numbered: pl.DataFrame) -> pl.DataFrame:
    """Return the edges of the anomalies that have a score, with the highest score from the edge on.

    All windows are equally long, so the windows open at a moment are a contiguous range in order of time.
    """
    channel = pl.Series("channel", _channel(numbered["device"].to_numpy(), numbered["vote"].to_numpy()))
    scored = numbered.with_columns(channel).drop_nulls("score").sort("channel", "start")
    edges = (
        pl.concat(
            [
                scored.select("channel", at="start", opened=1, closed=0),
                scored.select("channel", at="stop", opened=0, closed=1),
            ]
        )
        .group_by("channel", "at")
        .agg(pl.col("opened").sum(), pl.col("closed").sum())
        .sort("channel", "at")
        .with_columns(pl.col("opened", "closed").cum_sum().cast(pl.Int64))
    )
    top = range_maxima(scored["score"].to_numpy(), edges["closed"].to_numpy(), edges["opened"].to_numpy())
    return edges.select("channel", "at", pl.Series("score", top))


def range_maxima(values: Floats, starts: Ints, stops: Ints) -> Floats:
    """Return the maximum of each values[start:stop]; NaN for an empty range.

    Uses a sparse table: maxima of runs of 1, 2, 4, ... values; two runs cover any range.
    """
    maxima = np.full(len(starts), np.nan)
    lengths = stops - starts
    level, width = values, 1
    while len(level):
        fits = (lengths >= width) & (lengths < 2 * width)
        maxima[fits] = np.maximum(level[starts[fits]], level[stops[fits] - width])
        level = np.maximum(level[:-width], level[width:]) if len(level) > width else level[:0]
        width *= 2
    return maxima


def _channel(devices: Ints, votes: Ints) -> Ints:
    """Return one number for a device and a vote; negative for a device without anomalies."""
    channel: Ints = np.where(devices < 0, -1, devices * 4 + votes.astype(np.int64) + 1)
    return channel
