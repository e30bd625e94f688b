"""The manifest: the list of a dataset's files with rows, bytes and sha256, and the proof that it balances.

Nothing exists before it: writing it is the commit.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import Kind, is_json_field
from lumber.dataset.quality import Quality, class_balance, split_times
from lumber.engine.partition import PartitionResult
from lumber.engine.plan import KindPlan, Plan
from lumber.formats.staged_file import Key, StagedFile
from lumber.privacy.proof import PrivacyProof
from lumber.steps.split import NO_SPLIT, SPLITS, TRAIN

MANIFEST_VERSION = 1
# The balance: what was read is the sum of the others.
COUNTS = ("read", "written", "rejected", "deduplicated", "sampled_out")

# What differs between two runs over the same rows; everything else is the same, byte for byte.
VOLATILE = (
    "export_id",
    "created_at",
    "started_at",
    "finished_at",
    "duration_seconds",
    "plan.cutoff",
    "json documents: export_metadata.created_at and export_id, and with them bytes and sha256",
)


@dataclass(frozen=True, slots=True)
class ShardEntry:
    """One file as the manifest lists it; kind and split are null for files about the dataset."""

    path: str
    kind: str | None
    split: str | None
    rows: int | None
    size_bytes: int
    sha256: str
    first_key: Key | None = None
    last_key: Key | None = None
    content_sha256: str | None = None  # where the bytes tell one run from another: of what does not

    def as_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values."""
        return {
            "path": self.path,
            "kind": self.kind,
            "split": self.split,
            "rows": self.rows,
            "bytes": self.size_bytes,
            "sha256": self.sha256,
            **({} if self.content_sha256 is None else {"content_sha256": self.content_sha256}),
            "first_key": None if self.first_key is None else list(self.first_key),
            "last_key": None if self.last_key is None else list(self.last_key),
        }


@dataclass(slots=True)
class KindTotals:
    """Everything that the partitions of one kind counted, merged in order."""

    read: int = 0
    written: int = 0
    rejected: int = 0
    deduplicated: int = 0
    sampled_out: int = 0  # of the choice of rows or of no split
    rules: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    quality: Quality = field(default_factory=Quality)
    shards: list[StagedFile] = field(default_factory=list)
    rejects: list[StagedFile] = field(default_factory=list)
    splits: dict[str, Quality] = field(default_factory=dict)  # where there is more than one
    leakage: list[dict[str, Any]] = field(default_factory=list)  # the certificate, of the files as written
    privacy: PrivacyProof | None = None

    def add(self, result: PartitionResult) -> None:
        """Add the next partition's result."""
        self.read += result.read
        self.written += result.written
        self.rejected += result.rejected
        self.deduplicated += result.deduplicated
        self.sampled_out += result.sampled_out
        self.rules.update(result.rules)
        self.changes.update(result.changes)
        self.quality.merge(result.quality)
        for split, quality in result.splits.items():
            self.splits.setdefault(split, Quality()).merge(quality)
        self.shards.extend(result.shards)
        if result.rejects is not None:
            self.rejects.append(result.rejects)
        if result.privacy is not None:
            self.privacy = self.privacy or PrivacyProof()
            self.privacy.merge(result.privacy)

    @property
    def is_balanced(self) -> bool:
        """Say whether every row read is accounted for."""
        return self.read == self.written + self.rejected + self.deduplicated + self.sampled_out

    def shards_by_split(self) -> dict[str, list[StagedFile]]:
        """Return the shards of every split that has any, the splits in their order."""
        found: dict[str, list[StagedFile]] = {}
        for split in SPLITS:
            shards = [shard for shard in self.shards if (shard.split or TRAIN) == split]
            if shards:
                found[split] = shards
        return found

    def counts(self) -> dict[str, int]:
        """Return the balance; what only some exports do is in it where it was done."""
        return {
            "read": self.read,
            "written": self.written,
            "rejected": self.rejected,
            "deduplicated": self.deduplicated,
            **({"sampled_out": self.sampled_out} if self.sampled_out else {}),
        }


def schema_json(schema: pa.Schema) -> list[dict[str, Any]]:
    """Describe a canonical record: name, Arrow type and whether null is allowed."""
    return [
        {
            "name": field_.name,
            "type": str(field_.type),
            "nullable": field_.nullable,
            **({"content": "json"} if is_json_field(field_) else {}),
        }
        for field_ in schema
    ]


def hash_json(value: Any) -> str:
    """Return the sha256 of a value's canonical JSON text."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def split_section(kind: Kind, totals: KindTotals) -> dict[str, Any]:
    """Return what the manifest says of each split: its rows, and the first and last of their times."""
    return {
        split: {"rows": quality.rows, **split_times(kind, quality)}
        for split in SPLITS
        if (quality := totals.splits.get(split)) is not None
    }


def schema_hash(kind: Kind) -> str:
    """Return a hash that changes when the kind's canonical record does."""
    return hash_json(schema_json(kind.schema))


def kind_counts(kind: Kind, totals: KindTotals) -> dict[str, Any]:
    """Return what the manifest says of the balance of a kind and of its splits."""
    return {**totals.counts(), **({"splits": split_section(kind, totals)} if totals.splits else {})}


def kind_section(kind: Kind, plan: KindPlan, totals: KindTotals) -> dict[str, Any]:
    """Return the manifest's section of one kind."""
    return {
        **totals.counts(),
        "balanced": totals.is_balanced,
        "planned": plan.rows,
        "rejects_by_rule": dict(sorted(totals.rules.items())),
        "changes": dict(sorted(totals.changes.items())),
        "schema_hash": plan.schema_hash,
        "schema": schema_json(kind.schema),
        **({"splits": split_section(kind, totals)} if totals.splits else {}),
        **label_section(kind, totals),
        **({"leakage": totals.leakage} if totals.leakage else {}),
        **({"privacy": totals.privacy.as_json()} if totals.privacy else {}),
    }


def label_section(kind: Kind, totals: KindTotals) -> dict[str, Any]:
    """Return what the manifest says of labels: rows of 1, 0 and null in every split; {} without labels."""
    splits = totals.splits or {TRAIN: totals.quality}
    found = {split: class_balance(kind, splits[split]) for split in SPLITS if split in splits}
    balances = {split: balance for split, balance in found.items() if balance}
    return {"labels": balances} if kind.label_column in kind.schema.names else {}


def derived_section(schema: pa.Schema, shards: Mapping[str, Sequence[StagedFile]]) -> dict[str, Any]:
    """Return the manifest's section of a table made of a kind's rows; `shards` are those of each split."""
    rows = {split: sum(shard.rows for shard in found) for split, found in shards.items()}
    return {"rows": sum(rows.values()), "schema": schema_json(schema), "splits": rows}


def plan_section(plan: Plan) -> dict[str, Any]:
    """Return the manifest's section of the plan."""
    return {
        "cutoff": plan.cutoff,
        "database": plan.dialect,
        **({} if plan.split == NO_SPLIT else {"split": plan.split.as_json()}),
        "kinds": {
            item.kind: {
                "rows": item.rows,
                "partitions": [
                    {
                        "lower": None if part.lower is None else list(part.lower),
                        "upper": None if part.upper is None else list(part.upper),
                        "rows": part.rows,
                    }
                    for part in item.partitions
                ],
            }
            for item in plan.kinds
        },
    }


def manifest_bytes(
    head: Mapping[str, Any],
    plan: Plan,
    kinds: Mapping[str, Mapping[str, Any]],
    files: Sequence[ShardEntry],
    derived: Mapping[str, Mapping[str, Any]] | None = None,
) -> bytes:
    """Write the manifest. `head` is what the export knows of itself: id, config, times, versions.

    `derived` are the tables made of the rows of a kind, as `derived_section` describes them.
    """
    value = {
        "manifest_version": MANIFEST_VERSION,
        **head,
        "kinds": {name: dict(section) for name, section in kinds.items()},
        **({"derived": {name: dict(section) for name, section in derived.items()}} if derived else {}),
        "plan": plan_section(plan),
        "files": [entry.as_json() for entry in files],
        "volatile": list(VOLATILE),
    }
    return (json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n").encode()
