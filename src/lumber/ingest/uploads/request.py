"""A client's description of a file that it wants to send, checked before the first byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from lumber.errors import ConfigError, FieldProblem
from lumber.ingest import options as checks
from lumber.ingest.options import FIRST_YEAR, LAST_YEAR, Format, IngestOptions
from lumber.ingest.records.mapping import FieldMapping
from lumber.ingest.source_ids import check_source_id
from lumber.ingest.targets import TARGETS
from lumber.ingest.zones import UTC_ZONE, Zone

LONGEST_NAME = 255

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """A file and how to read it, as the client describes them."""

    kind: str
    name: str
    size_bytes: int | None = None
    modified_at: datetime | None = None
    format: str = "auto"
    timezone: str | None = None
    year: int | None = None
    default_level: str | None = None
    derive_ips: bool = True
    source_id: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None
    pattern: str | None = None
    multiline: str = "auto"
    # Name of the saved format that some of the options come from.
    saved_format: str | None = None

    def checked(self) -> IngestOptions:
        """Return the options of the load. Raises ConfigError with every field that is wrong."""
        problems: list[FieldProblem] = []

        def check(call: Callable[[], T], instead: T) -> T:
            try:
                return call()
            except ConfigError as error:
                problems.extend(error.problems)
                return instead

        check(lambda: _check_name(self.name), None)
        check(lambda: _check_modified_at(self.modified_at), None)
        kind = check(lambda: checks.check_kind(self.kind), next(iter(TARGETS)))
        format_ = check(lambda: checks.check_format(self.format, kind), Format.AUTO)
        mapping = check(lambda: checks.check_mapping(self.map, kind, format_), FieldMapping())
        pattern = check(lambda: checks.check_pattern(self.pattern, kind, format_, mapping), None)
        time_format = check(lambda: checks.check_time_format(self.time_format, format_), None)
        options = IngestOptions(
            kind=kind,
            format=format_,
            zone=check(lambda: Zone.parse(self.timezone or "UTC"), UTC_ZONE),
            year=check(lambda: checks.check_year(self.year), None),
            default_level=check(lambda: checks.check_level(self.default_level), None),
            is_deriving_addresses=self.derive_ips,
            source_id=check(lambda: check_source_id(self.source_id), None),
            mapping=mapping,
            time_format=time_format or checks.time_format_of(pattern, mapping, kind),
            pattern=pattern,
            saved_format=self.saved_format,
            is_joining_lines=check(lambda: checks.check_multiline(self.multiline), True),
        )
        if problems:
            raise ConfigError(problems)
        return options


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        allowed = (f"1 to {LONGEST_NAME} printable characters",)
        raise ConfigError([FieldProblem("name", name, "cannot name a file", allowed)])


def _check_modified_at(moment: datetime | None) -> None:
    if moment is not None and not FIRST_YEAR <= moment.year < LAST_YEAR:
        message = f"{moment.isoformat()} is not a plausible time for a file"
        raise ConfigError(
            [FieldProblem("modified_at", str(moment), message, (f"{FIRST_YEAR} to {LAST_YEAR}",))]
        )
