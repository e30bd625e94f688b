"""KindTotals: the merged counts of one kind, and what the manifest says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.dataset.manifest import (
    KindSection,
    PairSection,
    PrivacySection,
    ResidueScanSection,
    SplitSection,
    TableSection,
    field_entries,
)
from lumber.dataset.quality import Quality, class_balance, split_times
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


def kind_section(kind: Kind, totals: KindTotals, *, planned: int, schema_hash: str) -> KindSection:
    """Return the manifest's section of one kind."""
    proof = totals.privacy
    return KindSection(
        read=totals.read,
        written=totals.written,
        rejected=totals.rejected,
        deduplicated=totals.deduplicated,
        sampled_out=totals.sampled_out,
        balanced=totals.is_balanced,
        planned=planned,
        rejects_by_rule=dict(sorted(totals.rules.items())),
        changes=dict(sorted(totals.changes.items())),
        schema_hash=schema_hash,
        fields=field_entries(kind.schema),
        splits=split_sections(kind, totals),
        labels=class_balances(kind, totals),
        leakage=totals.leakage or None,
        privacy=None if proof is None else privacy_section(proof),
    )


def split_sections(kind: Kind, totals: KindTotals) -> dict[str, SplitSection]:
    """Return the manifest's section of each split: its rows, and the first and last of their times."""
    return {
        split: SplitSection(rows=quality.rows, **split_times(kind, quality))
        for split in SPLITS
        if (quality := totals.splits.get(split)) is not None
    }


def class_balances(kind: Kind, totals: KindTotals) -> dict[str, dict[str, int]] | None:
    """Return the rows with label 1, 0 and null of each split; None without a label column."""
    if kind.label_column not in kind.schema.names:
        return None
    splits = totals.splits or {TRAIN: totals.quality}
    found = {split: class_balance(kind, splits[split]) for split in SPLITS if split in splits}
    return {split: balance for split, balance in found.items() if balance}


def privacy_section(proof: PrivacyProof) -> PrivacySection:
    """Return the manifest's section of the values replaced in a kind."""
    scan = ResidueScanSection.model_validate(asdict(proof.residue_scan))
    return PrivacySection(replaced=dict(sorted(proof.replaced.items())), residue_scan=scan)


def table_section(schema: pa.Schema, shards: Mapping[str, Sequence[StagedFile]]) -> TableSection:
    """Return the manifest's section of a derived table; `shards` are those of each split."""
    rows = {split: sum(shard.rows for shard in found) for split, found in shards.items()}
    return TableSection(rows=sum(rows.values()), fields=field_entries(schema), splits=rows)
