"""Draws the values of a template's placeholders, for all rows of that template at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from lumber.ingest.sample.chance import Ints, skewed, whole
from lumber.ingest.sample.devices import STATIONS, World
from lumber.ingest.sample.templates import Placeholder

_EVEN = re.compile(r"(\d+)-(\d+)")
_SKEWED = re.compile(r"(\d+)~(\d+)")
_HEX = re.compile(r"hex(\d+)")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one template: their devices, times (microseconds since 1970) and incidents (-1: none)."""

    device: Ints
    time_us: Ints
    incident: Ints

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.device)


class Values:
    """The values of one template's rows; the same name always gives the same values.

    `picks` has the properties that were shown: (subject, property) -> positions in the
    subject's table.
    """

    def __init__(
        self,
        random: np.random.Generator,
        world: World,
        subjects: Mapping[str, pl.DataFrame],
        rows: Rows,
        start_us: int,
    ) -> None:
        self.picks: dict[tuple[str, str], Ints] = {}
        self._random = random
        self._world = world
        self._subjects = subjects
        self._rows = rows
        self._start_us = start_us
        self._drawn: dict[str, pl.Series] = {}
        self._positions: dict[str, Ints] = {}

    def get(self, placeholder: Placeholder) -> pl.Series:
        """Return one value per row."""
        name = placeholder.name
        if name not in self._drawn:
            self._drawn[name] = self._property(name) if "." in name else self._draw(placeholder.spec)
        return self._drawn[name]

    def _property(self, name: str) -> pl.Series:
        subject, column = name.split(".")
        if subject == "time":
            return self._time(column)
        if subject not in self._positions:
            self._positions[subject] = self._who(subject)
        self.picks[(subject, column)] = self._positions[subject]
        return self._subjects[subject][column].gather(pl.Series(self._positions[subject]))

    def _who(self, subject: str) -> Ints:
        rows = self._rows
        if subject == "station":
            return rows.device * STATIONS + whole(self._random, 0, STATIONS - 1, rows.count)
        if subject == "outside":
            return self._world.outside_weights.draw(self._random, rows.count)
        return rows.incident if subject == "attacker" else rows.device

    def _time(self, column: str) -> pl.Series:
        if column == "clf":
            moments = pl.Series(self._rows.time_us).cast(pl.Datetime("us"))
            return moments.dt.strftime("%d/%b/%Y:%H:%M:%S +0000")
        uptime = pl.Series(
            "uptime", self._rows.time_us - self._start_us + (self._rows.device + 1) * 86_423_517_001
        )
        seconds = (uptime // 1_000_000).cast(pl.String)
        return seconds + "." + (uptime % 1_000_000).cast(pl.String).str.zfill(6)

    def _draw(self, spec: str) -> pl.Series:
        count = self._rows.count
        if even := _EVEN.fullmatch(spec):
            return pl.Series(whole(self._random, int(even[1]), int(even[2]), count))
        if small := _SKEWED.fullmatch(spec):
            return pl.Series(skewed(self._random, int(small[1]), int(small[2]), count))
        if digits := _HEX.fullmatch(spec):
            return self._hexadecimal(int(digits[1]))
        if spec == "mac":
            parts = [self._bytes() for _ in range(5)]
            return pl.select(pl.concat_str(pl.lit("02"), *parts, separator=":")).to_series()
        words = pl.Series(spec.split("|"))
        return words.gather(pl.Series(whole(self._random, 0, len(words) - 1, count)))

    def _hexadecimal(self, digits: int) -> pl.Series:
        parts = [self._bytes() for _ in range(-(-digits // 2))]
        return pl.select(pl.concat_str(*parts).str.slice(0, digits)).to_series()

    def _bytes(self) -> pl.Series:
        table = pl.Series([f"{value:02x}" for value in range(256)])
        return table.gather(pl.Series(whole(self._random, 0, 255, self._rows.count)))
