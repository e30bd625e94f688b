"""The thresholds of all verdicts, in one table. docs/datasets.md and the pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lumber.text import counted


class VerdictLevel(StrEnum):
    """How good something is. Grey: it can't be told, or the export didn't ask for it."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


class VerdictTopic(StrEnum):
    """What a verdict is about, in the order in which verdicts are shown."""

    BALANCE = "balance"
    SPLITS = "splits"
    LEAKAGE = "leakage"
    CLASSES = "classes"
    PRIVACY = "privacy"
    REJECTS = "rejects"
    REPRODUCIBLE = "reproducible"


TITLES: Mapping[VerdictTopic, str] = {
    VerdictTopic.BALANCE: "Rows balance",
    VerdictTopic.SPLITS: "Splits",
    VerdictTopic.LEAKAGE: "Leakage",
    VerdictTopic.CLASSES: "Class balance",
    VerdictTopic.PRIVACY: "Privacy",
    VerdictTopic.REJECTS: "Rejects",
    VerdictTopic.REPRODUCIBLE: "Reproducible",
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """The limits of one measure. `is_low_bad`: values below the limits are bad, not those above them.

    A value that equals a limit isn't past it. Shares are from 0 to 1. None: no value gives this level.
    """

    topic: VerdictTopic
    meaning: str
    amber: float | None = None
    red: float | None = None
    is_share: bool = False
    is_low_bad: bool = False

    def level(self, value: float) -> VerdictLevel:
        """Return the level of a value."""
        if self._is_past(value, self.red):
            return VerdictLevel.RED
        return VerdictLevel.AMBER if self._is_past(value, self.amber) else VerdictLevel.GREEN

    def limit_text(self, limit: float | None) -> str:
        """Return a limit such as `above 5%`, `below 100` or `never`."""
        if limit is None:
            return "never"
        number = f"{limit * 100:g}%" if self.is_share else f"{limit:,.0f}"
        return f"{'below' if self.is_low_bad else 'above'} {number}"

    def _is_past(self, value: float, limit: float | None) -> bool:
        if limit is None:
            return False
        return value < limit if self.is_low_bad else value > limit


# Shares of content and groups say little about a split of fewer rows.
LEAST_ROWS = 30
_FROM = f"from {counted(LEAST_ROWS, 'row')}"

LOST = Threshold(VerdictTopic.BALANCE, "Rows read that are in no count", red=0)
NOTHING = Threshold(VerdictTopic.BALANCE, "Rows written, in all data types", amber=1, is_low_bad=True)
SMALLEST = Threshold(
    VerdictTopic.SPLITS,
    "Rows in the smallest split, of the data type with most rows",
    amber=100,
    red=1,
    is_low_bad=True,
)
OFF = Threshold(
    VerdictTopic.SPLITS,
    "Difference between the share of a split and the one asked for, of the same data type",
    amber=0.05,
    red=0.2,
    is_share=True,
)
BROKEN_GROUPS = Threshold(
    VerdictTopic.LEAKAGE,
    "Share of a split's rows whose group is also in train, if the split keeps groups apart",
    red=0,
    is_share=True,
)
BROKEN_TIMES = Threshold(
    VerdictTopic.LEAKAGE, "Pairs of train and a later split whose times overlap, with a split by time", red=0
)
NEIGHBOURS = Threshold(
    VerdictTopic.LEAKAGE, "Pairs of train and a later split whose times overlap, with a random split", amber=0
)
CONTENT = Threshold(
    VerdictTopic.LEAKAGE,
    f"Share of a split's rows whose content is also in train, {_FROM}",
    amber=0.2,
    red=0.8,
    is_share=True,
)
GROUPS = Threshold(
    VerdictTopic.LEAKAGE,
    f"Share of a split's rows whose group is also in train, with other splits, {_FROM}",
    amber=0.5,
    is_share=True,
)
POSITIVES = Threshold(
    VerdictTopic.CLASSES, "Rows with label 1, in the split with fewest", amber=10, red=1, is_low_bad=True
)
NEGATIVES = Threshold(VerdictTopic.CLASSES, "Rows with label 0, in train", amber=10, is_low_bad=True)
MINORITY = Threshold(
    VerdictTopic.CLASSES,
    "Share of the rarer label of the labelled rows in train",
    amber=0.01,
    is_share=True,
    is_low_bad=True,
)
RESIDUES = Threshold(VerdictTopic.PRIVACY, "Residues that the scan found in the written files", red=0)
SMALLEST_GROUP = Threshold(
    VerdictTopic.PRIVACY,
    "Rows in the smallest group of the k_anonymity columns",
    amber=5,
    red=2,
    is_low_bad=True,
)
REJECTED = Threshold(
    VerdictTopic.REJECTS, "Share of rejected rows of a data type", amber=0.01, red=0.05, is_share=True
)
BEST_EFFORT = Threshold(VerdictTopic.REPRODUCIBLE, "Sources whose guarantee is only best_effort", amber=0)

THRESHOLDS: tuple[Threshold, ...] = (
    LOST,
    NOTHING,
    SMALLEST,
    OFF,
    BROKEN_GROUPS,
    BROKEN_TIMES,
    NEIGHBOURS,
    CONTENT,
    GROUPS,
    POSITIVES,
    NEGATIVES,
    MINORITY,
    RESIDUES,
    SMALLEST_GROUP,
    REJECTED,
    BEST_EFFORT,
)
