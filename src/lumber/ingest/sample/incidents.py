"""Places incidents in a block: time, device, attacker, and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl

from lumber.ingest.sample.chance import Ints, Weighted
from lumber.ingest.sample.devices import World, outside_addresses
from lumber.ingest.sample.templates import IncidentType, load_incident_types

_Item = TypeVar("_Item")

ROWS_PER_INCIDENT = 2_000
_SMALLEST_BLOCK = 100

# Verdict -> how often in 100, the attacker's risk score, and the status of the incident.
_VERDICTS: dict[str, tuple[int, tuple[int, int], tuple[str, ...]]] = {
    "true_positive": (84, (70, 98), ("open", "acknowledged", "resolved", "resolved")),
    "false_positive": (9, (15, 40), ("dismissed",)),
    "unknown": (7, (45, 70), ("open",)),
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. Its position in the block's list is its number there."""

    type: IncidentType
    device: int
    attacker: str | None
    start_us: int
    duration_us: int
    rows: int
    verdict: str
    status: str
    risk: float
    base_score: int  # thousandths

    @property
    def minutes(self) -> int:
        """The length in minutes, at least one."""
        return max(1, round(self.duration_us / 60_000_000))

    @property
    def description(self) -> str:
        """A sentence about the incident."""
        return self.type.description.format(rows=self.rows, source=self.attacker, minutes=self.minutes)


def place_incidents(
    random: np.random.Generator, world: World, block: int, block_rows: int, span: tuple[int, int]
) -> list[Incident]:
    """Draw the incidents of a block of `block_rows` rows within `span` (microseconds since 1970).

    Each lies in a part of the span of its own, so every part of a split in time has some. The kinds come in
    no order, so a later part can have kinds that the earlier ones don't know.
    """
    possible = [kind for kind in load_incident_types() if world.devices_with(kind.process)]
    count = max(block_rows // ROWS_PER_INCIDENT, int(block_rows >= _SMALLEST_BLOCK))
    most_rows = block_rows // max(4 * count, 1)
    return [
        _incident(random, world, possible[(block * 3 + index) % len(possible)], most_rows, part)
        for index, part in enumerate(random.permutation(_parts(span, count)).tolist())
    ]


def _parts(span: tuple[int, int], count: int) -> list[tuple[int, int]]:
    """Cut a span of time into parts of one length."""
    width = span[1] - span[0]
    return [
        (span[0] + width * place // count, span[0] + width * (place + 1) // count) for place in range(count)
    ]


def _incident(
    random: np.random.Generator, world: World, kind: IncidentType, most_rows: int, span: tuple[int, int]
) -> Incident:
    device = _one_of(random, world.devices_with(kind.process))
    duration = min(_between(random, *kind.minutes) * 60_000_000, (span[1] - span[0]) // 2)
    verdict = list(_VERDICTS)[int(Weighted([share for share, _, _ in _VERDICTS.values()]).draw(random, 1)[0])]
    _, risk, statuses = _VERDICTS[verdict]
    return Incident(
        kind,
        device,
        _attacker(random, world, kind, device),
        start_us=_between(random, span[0], span[1] - duration),
        duration_us=duration,
        rows=min(_between(random, *kind.rows), most_rows),
        verdict=verdict,
        status=_one_of(random, statuses),
        risk=_between(random, risk[0] * 10, risk[1] * 10) / 10,
        base_score=_between(random, 620, 860) if verdict == "true_positive" else _between(random, 400, 640),
    )


def _attacker(random: np.random.Generator, world: World, kind: IncidentType, device: int) -> str | None:
    if kind.attacker == "outside":
        return outside_addresses(random, 1)[0]
    if kind.attacker == "lan":
        network = world.devices[device].address.rsplit(".", 1)[0]
        return f"{network}.{_between(random, 200, 250)}"
    return None


def attacker_table(incidents: Sequence[Incident], world: World) -> pl.DataFrame:
    """Return address, device, risk and tags of each incident's attacker."""
    is_local = [incident.type.attacker == "lan" for incident in incidents]
    return pl.DataFrame(
        {
            "ip": pl.Series([incident.attacker for incident in incidents], dtype=pl.String),
            "device_id": pl.Series(
                [
                    world.devices[incident.device].device_id if local else None
                    for incident, local in zip(incidents, is_local, strict=True)
                ],
                dtype=pl.String,
            ),
            "risk": pl.Series([incident.risk for incident in incidents], dtype=pl.Float64),
            "tags": pl.Series([f'["{incident.type.name}"]' for incident in incidents], dtype=pl.String),
        }
    )


def incident_times(random: np.random.Generator, incidents: Sequence[Incident]) -> tuple[Ints, Ints]:
    """Return the number of the incident and the time (microseconds since 1970) of every incident row."""
    rows = np.array([incident.rows for incident in incidents], dtype=np.int64)
    number = np.repeat(np.arange(len(incidents), dtype=np.int64), rows)
    start = np.array([incident.start_us for incident in incidents], dtype=np.int64)
    length = np.array([max(incident.duration_us, 1) for incident in incidents], dtype=np.int64)
    return number, start[number] + random.integers(0, length[number], dtype=np.int64)


def _between(random: np.random.Generator, low: int, high: int) -> int:
    return int(random.integers(low, high + 1))


def _one_of(random: np.random.Generator, items: Sequence[_Item]) -> _Item:
    return items[_between(random, 0, len(items) - 1)]
