"""What the anomalies of a device say of each moment: steps in time, made once, looked up for every line.

An anomaly speaks for a span of time around it. Where spans begin and end, what is said together changes; from
one such edge to the next it is the same. There are at most twice as many edges as anomalies, so that neither
a wide window nor many lines cost more than the lists of types that are their result.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# What nobody says.
NO_VOTE = -2


def decided(votes: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return what is said of each `key`: the highest vote, and of those who say it types and best score.

    `votes` has the columns `key`, vote Int8, type UInt32 or null, score Float64 or null; `types` is a list of
    unique types, ascending.
    """
    winning = votes.filter(pl.col("vote") == pl.col("vote").max().over(key))
    return winning.group_by(key).agg(
        pl.col("vote").first(),
        pl.col("type").drop_nulls().unique().sort().alias("types"),
        pl.col("score").max(),
    )


class Said:
    """What is said in each of several places, and of the place -1, which is the last one: nothing."""

    def __init__(self, table: pl.DataFrame) -> None:
        """Take vote, types and score as `decided` gives them; nulls where nothing is said."""
        none = pl.DataFrame([[None]] * 3, schema=table.select("vote", "types", "score").schema)
        table = pl.concat([table.select("vote", "types", "score"), none])
        self.votes: Ints = table["vote"].fill_null(NO_VOTE).cast(pl.Int64).to_numpy()
        self.types = table["types"]
        self.scores: Floats = table["score"].fill_null(float("nan")).to_numpy()


class DeviceWindows:
    """The anomalies that name a device, each with a window of time around it."""

    def __init__(self, votes: pl.DataFrame, window_us: tuple[int, int]) -> None:
        """Take device, time (microseconds since 1970), vote, type and score of each anomaly.

        The window is in microseconds before and after it, both ends included.
        """
        self._numbers = _Numbers(votes["device"])
        numbered = votes.select(
            self._numbers.of(votes["device"]).alias("device"),
            (pl.col("time") - window_us[0]).alias("start"),
            # The first microsecond after it.
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
        """Return the numbers that stand for devices here; -1 for one that has no anomalies."""
        return self._numbers.of(names).to_numpy()

    def places(self, devices: Ints, times_us: Ints) -> Ints:
        """Return for each line the place in `said` of what is said of it; -1: nothing is."""
        return self._steps.places(devices, times_us)

    def top_scores(self, devices: Ints, times_us: Ints, votes: Ints) -> Floats:
        """Return for each line the highest score of those anomalies that give it that vote; NaN: none has."""
        return self._scores[self._score_steps.places(_channel(devices, votes), times_us)]


class _Numbers:
    """Numbers that stand for texts, from 0; -1 for a text that has none."""

    def __init__(self, texts: pl.Series) -> None:
        self._texts = texts.unique().drop_nulls()
        self._numbers = pl.int_range(len(self._texts), dtype=pl.Int64, eager=True)

    def of(self, texts: pl.Series) -> pl.Series:
        return texts.replace_strict(self._texts, self._numbers, default=-1, return_dtype=pl.Int64)


class _Steps:
    """For each number, moments from which on something holds, until the next one."""

    def __init__(self, numbers: pl.Series, moments: pl.Series) -> None:
        """Take both, ordered by number and moment."""
        self._numbers = numbers.to_numpy()
        self._moments = np.unique(moments.to_numpy())
        self._keys = self._key(self._numbers, moments.to_numpy())

    def places(self, numbers: Ints, moments: Ints) -> Ints:
        """Return the place of the step that holds for a number at a moment; -1: none has begun."""
        places = np.searchsorted(self._keys, self._key(numbers, moments), side="right") - 1
        has_begun = places >= 0
        has_begun[has_begun] = self._numbers[places[has_begun]] == numbers[has_begun]
        return np.where(has_begun, places, -1)

    def _key(self, numbers: Ints, moments: Ints) -> Ints:
        """Return one number for both, in their order: the moment's place keeps it within 64 bits."""
        later = np.searchsorted(self._moments, moments, side="right")
        key: Ints = numbers * (len(self._moments) + 1) + later
        return key


def _spans(numbered: pl.DataFrame) -> pl.DataFrame:
    """Return the spans in which a device has anomalies of one vote and type: those that meet are one."""
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
    """Return every device's edges in order, with vote and types from there to the next edge."""
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
    """Return the edges of those anomalies that have a score, with the highest one from there on.

    All windows are equally long, so that those open at a moment follow each other in the order of time.
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
    """Return the maximum of each values[start:stop]; NaN for an empty one.

    A sparse table: maxima of runs of 1, 2, 4 ... values, two of which cover any range.
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
    """Return one number for a device and a vote; below 0 where the device has none."""
    channel: Ints = np.where(devices < 0, -1, devices * 4 + votes.astype(np.int64) + 1)
    return channel
