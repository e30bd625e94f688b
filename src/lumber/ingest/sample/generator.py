"""Makes a sample block by block. A block depends on the plan and its number, and on nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from lumber.ingest.sample.anomalies import anomalies_of
from lumber.ingest.sample.chance import Ints, Weighted, whole
from lumber.ingest.sample.damage import damage_addresses, damage_anomalies, damage_logs
from lumber.ingest.sample.devices import ROLES, World, build_world
from lumber.ingest.sample.incident_types import INCIDENT_TYPES
from lumber.ingest.sample.incidents import Incident, attacker_table, incident_times, place_incidents
from lumber.ingest.sample.plan import SamplePlan
from lumber.ingest.sample.render import render, subjects_of
from lumber.ingest.sample.rhythm import Timeline
from lumber.ingest.sample.sightings import Sightings
from lumber.ingest.sample.templates import PROCESSES, Process, Template
from lumber.ingest.sample.values import Rows, Values

# Lines reach the collector up to this much after they were written; a few devices buffer them.
_DELAY_US = 5_000_000
_BUFFERED_DELAY_US = 180_000_000
_BUFFERED_PERCENT = 2


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """One block: log rows in the order of their ids, anomalies (`row` is a log row's position), addresses."""

    number: int
    logs: pl.DataFrame
    anomalies: pl.DataFrame
    addresses: pl.DataFrame
    incidents: Counter[str]


@dataclass(frozen=True, slots=True)
class _Skeleton:
    """Of each row: template, device, time in microseconds since 1970, incident (-1: none)."""

    template: Ints
    device: Ints
    time_us: Ints
    incident: Ints


class SampleGenerator:
    """Generates the blocks of a plan."""

    def __init__(self, plan: SamplePlan) -> None:
        self.plan = plan
        self._world: World = build_world(plan)
        self._timeline = Timeline(plan.start, plan.days)
        self._catalog = _template_catalog()
        self._pair_device, self._pair_template, self._pairs = _ordinary_pairs(self._world, self._catalog)

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
        skeleton = self._skeleton(random, positions, incidents)
        logs, sightings = self._render(random, skeleton, incidents)
        rows = logs.select("timestamp", "device_id").with_columns(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), pl.Series("incident", skeleton.incident)
        )
        share = self.plan.damaged_share
        anomalies = anomalies_of(random, incidents, rows)
        addresses = sightings.frame()
        return SampleBlock(
            number,
            damage_logs(random, logs, share),
            damage_anomalies(random, anomalies, share),
            # The addresses of later blocks are mostly the same ones again.
            damage_addresses(random, addresses, share if number == 0 else 0),
            Counter(incident.type.name for incident in incidents),
        )

    def _skeleton(
        self, random: np.random.Generator, positions: range, incidents: list[Incident]
    ) -> _Skeleton:
        """Draw what each row is, in the order in which the lines reached the collector."""
        number, incident_us = incident_times(random, incidents)
        ordinary = len(positions) - len(number)
        pair = self._pairs.draw(random, ordinary)
        times = self._timeline.times(positions, self.plan.rows, random)
        kept = np.sort(random.choice(len(positions), ordinary, replace=False))
        time_us = np.concatenate([times[kept], incident_us])
        order = np.argsort(time_us + _delays(random, len(time_us)), kind="stable")
        device = np.array([incident.device for incident in incidents], dtype=np.int64)
        return _Skeleton(
            np.concatenate([self._pair_template[pair], self._incident_templates(random, incidents)])[order],
            np.concatenate([self._pair_device[pair], device[number]])[order],
            time_us[order],
            np.concatenate([np.full(ordinary, -1, dtype=np.int64), number])[order],
        )

    def _incident_templates(self, random: np.random.Generator, incidents: list[Incident]) -> Ints:
        """Draw the template of every incident row."""
        drawn = [np.zeros(0, dtype=np.int64)]
        for incident in incidents:
            templates = incident.type.templates
            local = Weighted([template.weight for template in templates]).draw(random, incident.rows)
            positions = [self._catalog.index((PROCESSES[incident.type.process], t)) for t in templates]
            drawn.append(np.array(positions, dtype=np.int64)[local])
        return np.concatenate(drawn)

    def _render(
        self, random: np.random.Generator, skeleton: _Skeleton, incidents: list[Incident]
    ) -> tuple[pl.DataFrame, Sightings]:
        """Write the rows template by template and put them back into the order of the skeleton."""
        subjects = subjects_of(self._world, attacker_table(incidents, self._world))
        sightings = Sightings(subjects)
        sightings.add({("device", "ip"): skeleton.device}, skeleton.time_us)
        frames, places = [], []
        for index, (process, template) in enumerate(self._catalog):
            place = np.flatnonzero(skeleton.template == index)
            if not len(place):
                continue
            rows = Rows(skeleton.device[place], skeleton.time_us[place], skeleton.incident[place])
            values = Values(random, self._world, subjects, rows, self._timeline.start_us)
            frames.append(render(random, self._world, process, template, rows, values))
            sightings.add(values.picks, rows.time_us)
            places.append(place)
        order = np.argsort(np.concatenate(places), kind="stable")
        return pl.concat(frames)[order], sightings


def _delays(random: np.random.Generator, count: int) -> Ints:
    is_buffered = whole(random, 0, 99, count) < _BUFFERED_PERCENT
    short, long = whole(random, 0, _DELAY_US, count), whole(random, 0, _BUFFERED_DELAY_US, count)
    return np.where(is_buffered, long, short)


def _template_catalog() -> list[tuple[Process, Template]]:
    """Return every template with its process, the ordinary ones first."""
    ordinary = [(process, template) for process in PROCESSES.values() for template in process.templates]
    return ordinary + [
        (PROCESSES[kind.process], template) for kind in INCIDENT_TYPES for template in kind.templates
    ]


def _ordinary_pairs(world: World, catalog: list[tuple[Process, Template]]) -> tuple[Ints, Ints, Weighted]:
    """Return device, template and weight of everything that can happen on an ordinary day."""
    devices, templates, weights = [], [], []
    for device in world.devices:
        load, processes = ROLES[device.role]
        for process_name, share in processes.items():
            process = PROCESSES[process_name]
            total = sum(template.weight for template in process.templates)
            for template in process.templates:
                devices.append(device.number)
                templates.append(catalog.index((process, template)))
                weights.append(load * share * template.weight * 1_000 // total)
    return np.array(devices, dtype=np.int64), np.array(templates, dtype=np.int64), Weighted(weights)
