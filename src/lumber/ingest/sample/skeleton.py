"""Draws the line, device, time and incident of every row of a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lumber.ingest.sample.chance import Ints, Weighted, whole
from lumber.ingest.sample.devices import ROLES, World
from lumber.ingest.sample.incidents import Incident, incident_times
from lumber.ingest.sample.templates import Process, Template, load_incident_types, load_processes

# Lines reach the collector up to this much after they were written; a few devices buffer them.
_DELAY_US = 5_000_000
_BUFFERED_DELAY_US = 180_000_000
_BUFFERED_PERCENT = 2


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Of each row: position in the line catalog, device, time in microseconds since 1970, incident or -1."""

    line: Ints
    device: Ints
    time_us: Ints
    incident: Ints


class LineCatalog:
    """Every line that can be written, by position, and how often each device writes it."""

    def __init__(self, world: World) -> None:
        self.lines: list[tuple[Process, Template]] = []
        self._by_incident_type: dict[str, tuple[Ints, Weighted]] = {}
        by_process = {process.name: self._add(process, process.templates) for process in load_processes()}
        processes = {process.name: process for process in load_processes()}
        for kind in load_incident_types():
            positions = self._add(processes[kind.process], kind.templates)
            weights = Weighted([template.weight for template in kind.templates])
            self._by_incident_type[kind.name] = (positions, weights)
        self._device, self._line, self._pairs = self._ordinary(world, by_process)

    def draw_ordinary(self, random: np.random.Generator, count: int) -> tuple[Ints, Ints]:
        """Draw device and line of ordinary rows."""
        pair = self._pairs.draw(random, count)
        return self._device[pair], self._line[pair]

    def draw_incident(self, random: np.random.Generator, incident: Incident) -> Ints:
        """Draw the lines of an incident."""
        positions, weights = self._by_incident_type[incident.type.name]
        return positions[weights.draw(random, incident.rows)]

    def _add(self, process: Process, templates: tuple[Template, ...]) -> Ints:
        first = len(self.lines)
        self.lines += [(process, template) for template in templates]
        return np.arange(first, len(self.lines), dtype=np.int64)

    def _ordinary(self, world: World, by_process: dict[str, Ints]) -> tuple[Ints, Ints, Weighted]:
        """Return device, line and weight of everything that happens on an ordinary day."""
        pairs: list[tuple[int, int, int]] = []
        for device in world.devices:
            load, processes = ROLES[device.role]
            for name, share in processes.items():
                positions = by_process[name].tolist()
                weights = [self.lines[position][1].weight for position in positions]
                pairs += [
                    (device.number, position, load * share * weight * 1_000 // sum(weights))
                    for position, weight in zip(positions, weights, strict=True)
                ]
        table = np.array(pairs, dtype=np.int64)
        return table[:, 0], table[:, 1], Weighted(table[:, 2])


def draw_skeleton(
    random: np.random.Generator, catalog: LineCatalog, incidents: Sequence[Incident], times: Ints
) -> Skeleton:
    """Replace some of the ordinary rows, for which `times` were drawn, by incident rows.

    The rows are in the order in which the lines reached the collector.
    """
    number, incident_us = incident_times(random, incidents)
    ordinary = len(times) - len(number)
    kept = np.sort(random.choice(len(times), ordinary, replace=False))
    device, line = catalog.draw_ordinary(random, ordinary)
    incident_device = np.array([incident.device for incident in incidents], dtype=np.int64)
    incident_line = [catalog.draw_incident(random, incident) for incident in incidents]
    time_us = np.concatenate([times[kept], incident_us])
    order = np.argsort(time_us + _delays(random, len(time_us)), kind="stable")
    return Skeleton(
        np.concatenate([line, *incident_line])[order],
        np.concatenate([device, incident_device[number]])[order],
        time_us[order],
        np.concatenate([np.full(ordinary, -1, dtype=np.int64), number])[order],
    )


def _delays(random: np.random.Generator, count: int) -> Ints:
    is_buffered = whole(random, 0, 99, count) < _BUFFERED_PERCENT
    short, long = whole(random, 0, _DELAY_US, count), whole(random, 0, _BUFFERED_DELAY_US, count)
    return np.where(is_buffered, long, short)
