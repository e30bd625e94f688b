"""KindTotals: the merged counts and files of one kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lumber.dataset.manifest import AnonymitySection, PairSection
from lumber.dataset.quality import Quality
from lumber.formats.json_shapes import JsonShape
from lumber.formats.staged_file import StagedFile
from lumber.privacy.proof import PrivacyProof
from lumber.steps.split import SPLITS, TRAIN


@dataclass(slots=True)
class KindTotals:
    """The counts and files of all partitions of one kind, merged in order."""

    read: int = 0
    written: int = 0
    rejected: int = 0
    deduplicated: int = 0
    sampled_out: int = 0  # not in the sample, or in no split
    rules: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    quality: Quality = field(default_factory=Quality)
    shards: list[StagedFile] = field(default_factory=list)
    rejects: list[StagedFile] = field(default_factory=list)
    splits: dict[str, Quality] = field(default_factory=dict)  # empty if there is only one split
    leakage: list[PairSection] = field(default_factory=list)
    privacy: PrivacyProof | None = None
    k_anonymity: list[AnonymitySection] = field(default_factory=list)
    json_text: tuple[str, ...] = ()  # columns of JSON that are text in a format that could hold values
    # Written rows whose message matches no template, of all rows and of those that this export read itself;
    # None: not known.
    unmatched: int | None = 0
    own_unmatched: int | None = 0
    json_shapes: dict[str, JsonShape] = field(default_factory=dict)

    def merge(self, later: KindTotals) -> None:
        """Add the counts and files of partitions that follow. Of `later` nothing is changed or kept."""
        self.read += later.read
        self.written += later.written
        self.rejected += later.rejected
        self.deduplicated += later.deduplicated
        self.sampled_out += later.sampled_out
        self.rules.update(later.rules)
        self.changes.update(later.changes)
        self.quality.merge(later.quality)
        self.shards.extend(later.shards)
        self.rejects.extend(later.rejects)
        for split, quality in later.splits.items():
            self.splits.setdefault(split, Quality()).merge(quality)
        if later.privacy is not None:
            self.privacy = self.privacy or PrivacyProof()
            self.privacy.merge(later.privacy)
        self.unmatched = _sum(self.unmatched, later.unmatched)
        self.own_unmatched = _sum(self.own_unmatched, later.own_unmatched)
        for name, shape in later.json_shapes.items():
            self.json_shapes.setdefault(name, JsonShape()).merge(shape)

    @property
    def is_balanced(self) -> bool:
        """Say whether every row read is accounted for."""
        return self.read == self.written + self.rejected + self.deduplicated + self.sampled_out

    def shards_by_split(self) -> dict[str, list[StagedFile]]:
        """Return the shards of each split that has any, in the order of the splits."""
        found: dict[str, list[StagedFile]] = {}
        for split in SPLITS:
            shards = [shard for shard in self.shards if (shard.split or TRAIN) == split]
            if shards:
                found[split] = shards
        return found

    def counts(self) -> dict[str, int]:
        """Return the balance. `sampled_out` is left out if no row was."""
        return {
            "read": self.read,
            "written": self.written,
            "rejected": self.rejected,
            "deduplicated": self.deduplicated,
            **({"sampled_out": self.sampled_out} if self.sampled_out else {}),
        }


def _sum(one: int | None, two: int | None) -> int | None:
    return None if one is None or two is None else one + two
