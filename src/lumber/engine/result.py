"""PartitionResult: what a partition did. Results of one kind merge into its totals; their files are kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lumber.dataset.quality import Quality
from lumber.formats.json_shapes import JsonShape
from lumber.formats.staged_file import StagedFile
from lumber.privacy.proof import PrivacyProof


@dataclass(frozen=True, slots=True)
class FinishedPartition:
    """The balance and the files of a partition, without its counts of values."""

    kind: str
    ordinal: int
    read: int
    written: int
    rejected: int
    shards: tuple[StagedFile, ...] = ()
    rejects: StagedFile | None = None
    runs: tuple[StagedFile, ...] = ()
    events: StagedFile | None = None
    fit_digest: str | None = None

    @property
    def staged(self) -> tuple[StagedFile, ...]:
        """All files of this partition in staging."""
        others = (self.rejects, self.events)
        return (*self.shards, *self.runs, *(file for file in others if file is not None))


@dataclass(frozen=True, slots=True)
class PartitionResult:
    """The balance, the files and the counts of a partition. The ledger keeps it as JSON."""

    kind: str
    ordinal: int
    read: int
    written: int
    rejected: int
    shards: tuple[StagedFile, ...]
    rejects: StagedFile | None
    rules: Counter[str]
    changes: Counter[str]
    quality: Quality
    deduplicated: int = 0
    sampled_out: int = 0
    # Input of later steps of the export: sorted runs to shuffle, and events of sequences.
    runs: tuple[StagedFile, ...] = ()
    events: StagedFile | None = None
    splits: dict[str, Quality] = field(default_factory=dict)  # empty if there is only one split
    privacy: PrivacyProof | None = None
    # Of the written columns of JSON, if the format holds them as values.
    json_shapes: dict[str, JsonShape] = field(default_factory=dict)
    # Of what first passes had found; None without one, and in results of earlier versions.
    fit_digest: str | None = None
    # Written rows whose message matches no template; None without templates, and in older results.
    unmatched: int | None = None

    @property
    def finished(self) -> FinishedPartition:
        """What is kept once its counts are merged."""
        return FinishedPartition(
            self.kind,
            self.ordinal,
            self.read,
            self.written,
            self.rejected,
            self.shards,
            self.rejects,
            self.runs,
            self.events,
            self.fit_digest,
        )
