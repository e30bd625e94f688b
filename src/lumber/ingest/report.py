"""What one run did with one source: counts, rejects by reason, and how much is known of the loaded rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lumber.ingest.chunks import Chunk
from lumber.ingest.forms import recognition_of
from lumber.ingest.patterns.explain import NO_MATCH
from lumber.ingest.recognition import FormatCount, Recognition
from lumber.ingest.records import values
from lumber.ingest.rejects import Reject

# In fewer lines, the share of rejects says little.
FEWEST_LINES = 20
OTHER_REASONS = "other reasons"

_MOST_GROUPS = 20
_EXAMPLE_CHARACTERS = 200
_SHOWN_CHARACTERS = 200  # of a value in a reason: see `records/build.py`
_VALUE = "\N{HORIZONTAL ELLIPSIS}"
_VARYING = (
    (
        re.compile(rf"^({NO_MATCH})(?: after .*)?(: expected .* \(column [0-9]+\)), .*$", re.DOTALL),
        r"\1\2",
    ),
    (re.compile(rf"^({NO_MATCH}: the pattern ends before) .*$", re.DOTALL), r"\1 the line"),
    (re.compile(r"^(\w+: )'.*'(?= )", re.DOTALL), rf"\1{_VALUE}"),
    (re.compile(r"(^|(?<=[\s:(=]))'[^']*'(?=[\s,.;:)]|$)"), _VALUE),
    (re.compile(r"^PRI: [0-9]+"), f"PRI: {_VALUE}"),
    (re.compile(r"^has [0-9,]+ fields?"), f"has {_VALUE} fields"),
    (re.compile(r": line [0-9]+ column [0-9]+ \(char [0-9]+\)$"), ""),
)


@dataclass(slots=True)
class RejectGroup:
    """The rejects for one reason: the reason without varying values, their number, and the first of them."""

    reason: str
    count: int
    line: int
    example: str


@dataclass(slots=True)
class SourceReport:
    """What one run did with one source. loaded + rejected = lines.

    `skipped` lines were read by earlier runs, which loaded `loaded_before` rows of them. `formats`,
    `unrecognised` and `filled` are those of Recognition. `joined_lines` are lines that continue one of
    `joined_records`. They are not among `lines`.
    """

    source: str
    source_id: str
    lines: int = 0
    loaded: int = 0
    rejected: int = 0
    skipped: int = 0
    loaded_before: int = 0
    reject_file: str | None = None
    ignored_fields: list[str] = field(default_factory=list)
    reasons: list[RejectGroup] = field(default_factory=list)
    formats: list[FormatCount] = field(default_factory=list)
    unrecognised: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    are_years_guessed: bool = False
    joined_lines: int = 0
    joined_records: int = 0
    is_mostly_rejected: bool = False

    @property
    def is_all_rejected(self) -> bool:
        """Say whether nothing of the source could be loaded, now or before: a wrong kind or format."""
        return self.lines + self.skipped > 0 and self.loaded + self.loaded_before == 0

    @property
    def rejected_share(self) -> float:
        """The share of all lines, now and before, that were rejected."""
        lines = self.lines + self.skipped
        return 1 - (self.loaded + self.loaded_before) / lines if lines else 0.0

    def count(self, chunk: Chunk) -> None:
        """Count what was loaded or rejected of a chunk."""
        self.lines += chunk.lines
        self.loaded += len(chunk.rows)
        self.are_years_guessed |= chunk.are_years_guessed
        self.joined_records += len(chunk.continued)
        self.joined_lines += sum(chunk.continued.values())
        found = Recognition(self.formats, self.unrecognised, self.filled).plus(recognition_of(chunk))
        self.formats, self.unrecognised, self.filled = found.formats, found.unrecognised, found.filled
        self.count_rejects(chunk.rejects)

    def count_rejects(self, rejects: Sequence[Reject]) -> None:
        """Count rejects, grouped by reason. Above 20 reasons, the rest is one group."""
        self.rejected += len(rejects)
        groups = {group.reason: group for group in self.reasons}
        for reject in rejects:
            reason = reason_of(reject)
            if reason not in groups and len(groups) >= _MOST_GROUPS:
                reason = OTHER_REASONS
            if reason in groups:
                groups[reason].count += 1
            else:
                groups[reason] = RejectGroup(reason, 1, reject.line, reject.raw[:_EXAMPLE_CHARACTERS])
        self.reasons = sorted(groups.values(), key=lambda group: (-group.count, group.line))

    def judge(self, max_share: float) -> None:
        """Decide whether so much was rejected that the load counts as failed.

        A source of fewer than FEWEST_LINES lines fails only if every line was rejected.
        """
        is_measured = self.lines + self.skipped >= FEWEST_LINES
        self.is_mostly_rejected = self.is_all_rejected or (is_measured and self.rejected_share > max_share)


def reason_of(reject: Reject) -> str:
    """Return the reason of a reject without the values that vary from line to line."""
    reason = reject.reason
    if reject.field is not None and reject.value is not None:
        text = repr(reject.value) if isinstance(reject.value, str) else values.dumped(reject.value)
        before = f"{reject.field}: {text[:_SHOWN_CHARACTERS]} "
        if reason.startswith(before):
            return f"{reject.field}: {_VALUE} {reason[len(before) :]}"
    for pattern, replacement in _VARYING:
        reason = pattern.sub(replacement, reason)
    return reason
