"""How the lines of a load were recognised, and which columns their rows have."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FormatCount:
    """The lines of one form: the format that `--format` names, the form's own name, and their number."""

    format: str
    name: str
    lines: int


@dataclass(frozen=True, slots=True)
class Recognition:
    """Lines by their form, the most frequent first, and those without one. Together they are all lines.

    `filled` has the number of loaded rows with a value, for each of the columns that are told.
    """

    formats: list[FormatCount] = field(default_factory=list)
    unrecognised: int = 0
    filled: dict[str, int] = field(default_factory=dict)

    @classmethod
    def counted(
        cls, counts: Mapping[tuple[str, str], int], unrecognised: int, filled: dict[str, int]
    ) -> Recognition:
        """Return it with the number of lines of each (format, name)."""
        found = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return cls([FormatCount(*form, lines) for form, lines in found], unrecognised, filled)

    @classmethod
    def read(cls, values: Mapping[str, Any] | None) -> Recognition:
        """Read it from the ledger. It is empty if an earlier version loaded the source."""
        values = values or {}
        formats = [FormatCount(**each) for each in values.get("formats", ())]
        return cls(formats, values.get("unrecognised", 0), dict(values.get("filled", {})))

    def plus(self, other: Recognition) -> Recognition:
        """Return both together."""
        counts: Counter[tuple[str, str]] = Counter()
        for each in (*self.formats, *other.formats):
            counts[each.format, each.name] += each.lines
        names = {**self.filled, **other.filled}
        filled = {name: self.filled.get(name, 0) + other.filled.get(name, 0) for name in names}
        return self.counted(counts, self.unrecognised + other.unrecognised, filled)

    def as_text(self) -> str:
        """Return it as the JSON that the ledger keeps."""
        return json.dumps(asdict(self), sort_keys=True)
