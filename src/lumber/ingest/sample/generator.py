"""Generates a sample block by block. A block depends only on the plan and its number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from lumber.ingest.sample.anomalies import anomalies_of
from lumber.ingest.sample.damage import damage_addresses, damage_anomalies, damage_logs
from lumber.ingest.sample.devices import World, build_world
from lumber.ingest.sample.incidents import Incident, attacker_table, place_incidents
from lumber.ingest.sample.plan import SamplePlan
from lumber.ingest.sample.render import render, subjects_of
from lumber.ingest.sample.rhythm import Timeline
from lumber.ingest.sample.sightings import Sightings
from lumber.ingest.sample.skeleton import LineCatalog, Skeleton, draw_skeleton
from lumber.ingest.sample.values import Rows, Values


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """One block: log rows in the order of their ids, anomalies (`row` is a log row's position), addresses."""

    number: int
    logs: pl.DataFrame
    anomalies: pl.DataFrame
    addresses: pl.DataFrame
    incidents: Counter[str]


class SampleGenerator:
    """Generates the blocks of a plan."""

    def __init__(self, plan: SamplePlan) -> None:
        self.plan = plan
        self._world: World = build_world(plan)
        self._timeline = Timeline(plan.start, plan.days)
        self._catalog = LineCatalog(self._world)

    def blocks(self) -> Iterator[SampleBlock]:
        """Yield every block in order."""
        for number in self.plan.blocks():
            yield self.block(number)

    def block(self, number: int) -> SampleBlock:
        """Return one block."""
        random = self.plan.block_random(number)
        positions = self.plan.block_rows(number)
        span = self._timeline.span(positions, self.plan.rows)
        incidents = place_incidents(random, self._world, number, len(positions), span)
        times = self._timeline.times(positions, self.plan.rows, random)
        skeleton = draw_skeleton(random, self._catalog, incidents, times)
        logs, addresses = self._render(random, skeleton, incidents)
        rows = logs.select("timestamp", "device_id").with_columns(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), pl.Series("incident", skeleton.incident)
        )
        anomalies = anomalies_of(random, incidents, rows)
        share = self.plan.damaged_share
        return SampleBlock(
            number,
            damage_logs(random, logs, share),
            damage_anomalies(random, anomalies, share),
            # Later blocks mostly have the same addresses.
            damage_addresses(random, addresses, share if number == 0 else 0),
            Counter(incident.type.name for incident in incidents),
        )

    def _render(
        self, random: np.random.Generator, skeleton: Skeleton, incidents: list[Incident]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the log rows in the skeleton's order, and the addresses that were seen in them."""
        subjects = subjects_of(self._world, attacker_table(incidents, self._world))
        sightings = Sightings(subjects)
        sightings.add({("device", "ip"): skeleton.device}, skeleton.time_us)
        frames, places = [], []
        for index, (process, template) in enumerate(self._catalog.lines):
            place = np.flatnonzero(skeleton.line == index)
            if not len(place):
                continue
            rows = Rows(skeleton.device[place], skeleton.time_us[place], skeleton.incident[place])
            values = Values(random, self._world, subjects, rows, self._timeline.start_us)
            frames.append(render(random, self._world, process, template, rows, values))
            sightings.add(values.picks, rows.time_us)
            places.append(place)
        order = np.argsort(np.concatenate(places), kind="stable")
        return pl.concat(frames)[order], sightings.frame()
