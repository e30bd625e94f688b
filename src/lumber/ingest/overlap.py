"""Tells the two passes of the hour that the end of summer time repeats, by the order of the lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from lumber.ingest.zones import Zone

_DAY = 86_400_000_000
# Several writers of one log are seldom in order to the second.
_DISORDER = 60_000_000


@dataclass(frozen=True, slots=True)
class OrderedZone(Zone):
    """A zone whose local times come in the order of the lines. `seen` is the state from chunk to chunk.

    A time that goes back by more than a minute within the repeated hour begins the second pass.
    """

    seen: dict[str, int] = field(default_factory=dict)

    def to_utc(self, local: pl.Series) -> pl.Series:
        """Turn local microseconds since 1970 into UTC ones, as `Zone` does, but with both passes."""
        moments = Zone.to_utc(self, local)
        if self.offset_seconds is not None:
            return moments
        days = local // _DAY
        found = [day for day in days.unique().drop_nulls().to_list() if self._has_overlap(day)]
        if not found:
            return moments
        frame = pl.DataFrame({"local": local, "first": moments, "day": days}).with_row_index("row")
        inside = frame.filter(pl.col("day").is_in(found))
        aware = inside["local"].cast(pl.Datetime("us")).dt
        last = aware.replace_time_zone(self.name, ambiguous="latest", non_existent="null").dt.epoch("us")
        inside = inside.with_columns(last.alias("last")).filter(pl.col("last") > pl.col("first"))
        if inside.is_empty():
            return moments
        second = self._second_pass(inside)
        joined = frame.join(second, on="row", how="left", maintain_order="left")
        return joined.select(pl.coalesce("second", "first").alias("at")).to_series()

    def _has_overlap(self, day: int) -> bool:
        try:
            start = datetime(1970, 1, 1) + timedelta(days=day)  # noqa: DTZ001 -- a local time
            ends = [
                moment.replace(tzinfo=self.tzinfo).utcoffset() for moment in (start, start + timedelta(1))
            ]
        except OverflowError:
            return False
        return ends[0] is not None and ends[1] is not None and ends[0] > ends[1]

    def _second_pass(self, inside: pl.DataFrame) -> pl.DataFrame:
        """Return row and second, the UTC time of a line of the second pass or null."""
        day, local = pl.col("day"), pl.col("local")
        is_same = day == self.seen.get("day", -1)
        before = pl.when(is_same).then(pl.lit(self.seen.get("latest"), pl.Int64))
        latest = pl.max_horizontal(local.cum_max().over("day"), before)
        goes_back = latest - local > _DISORDER
        was_second = is_same & pl.lit(bool(self.seen.get("is_second", 0)))
        inside = inside.with_columns(
            latest.alias("latest"),
            ((goes_back | was_second).cast(pl.Int8).cum_max().over("day") == 1).alias("is_second"),
        )
        row = inside.row(-1, named=True)
        self.seen.update(day=row["day"], latest=row["latest"], is_second=int(row["is_second"]))
        return inside.select("row", pl.when("is_second").then("last").alias("second"))
