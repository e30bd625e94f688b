"""Reads what processes and incidents write, from `processes.toml` and `incidents.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from lumber.catalog.severity import SEVERITIES, Severity

_NUMBER = re.compile(r"\d+[-~]\d+|\d+(\|\d+)*")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value to fill in: its name, how to draw it, and whether it is structured data as well."""

    name: str
    spec: str
    is_data: bool

    @property
    def is_number(self) -> bool:
        """Say whether the value is a whole number."""
        return bool(_NUMBER.fullmatch(self.spec))


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of line: how often, its severity, and its text, split into literals and placeholders."""

    weight: int
    severity: Severity
    parts: tuple[str | Placeholder, ...]

    @property
    def data(self) -> tuple[Placeholder, ...]:
        """The values that are structured data as well."""
        return tuple(part for part in self.parts if isinstance(part, Placeholder) and part.is_data)


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its name, its syslog facility, how its pid behaves, and its lines."""

    name: str
    facility: int
    pid: str
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class IncidentType:
    """A type of incident: the process that logs it, its attacker, and how detectors report it."""

    name: str
    process: str
    attacker: str
    severity: str
    detector: str
    score_max: int
    rows: tuple[int, int]
    minutes: tuple[int, int]
    description: str
    templates: tuple[Template, ...]


@cache
def load_processes() -> tuple[Process, ...]:
    """Return every process, in the order of the file."""
    return tuple(
        Process(name, entry["facility"], entry["pid"], _templates(entry["lines"]))
        for name, entry in _read("processes.toml").items()
    )


@cache
def load_incident_types() -> tuple[IncidentType, ...]:
    """Return every type of incident, in the order of the file."""
    return tuple(
        IncidentType(
            name=name,
            process=entry["process"],
            attacker=entry["attacker"],
            severity=entry["severity"],
            detector=entry["detector"],
            score_max=entry["score_max"],
            rows=(entry["rows"][0], entry["rows"][1]),
            minutes=(entry["minutes"][0], entry["minutes"][1]),
            description=entry["description"],
            templates=_templates(entry["lines"]),
        )
        for name, entry in _read("incidents.toml").items()
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _templates(lines: str) -> tuple[Template, ...]:
    return tuple(parse_template(line) for line in lines.strip().splitlines())


def parse_template(line: str) -> Template:
    """Parse `WEIGHT SEVERITY TEXT`; the head of `processes.toml` describes the text."""
    weight, word, text = line.split(maxsplit=2)
    severity = next(severity for severity in SEVERITIES if word in severity.spellings)
    parts: list[str | Placeholder] = []
    for literal, name, spec, conversion in Formatter().parse(text):
        if literal:
            parts.append(literal)
        if name is not None:
            parts.append(Placeholder(name, spec or "", conversion == "d"))
    return Template(int(weight), severity, tuple(parts))
