"""The manifest: the files of a dataset with rows, bytes and sha256, and the proof that its rows balance.

Writing it commits the dataset. One model declares its shape, for the writer and for every reader. `lumber
verify` trusts nothing in it: it reads the files again.
"""

from __future__ import annotations

import json
from operator import not_
from typing import Annotated, Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from lumber.catalog.kind import Kind, is_json_field, is_json_text
from lumber.dataset.reproducibility import hash_json

MANIFEST_VERSION = 1

# Keys whose values differ between two exports of the same rows.
VOLATILE = (
    "export_id",
    "created_at",
    "started_at",
    "finished_at",
    "duration_seconds",
    "plan.cutoff",
    "json documents: export_metadata.created_at and export_id, and with them bytes and sha256",
)
# Only in manifests with policies.
VOLATILE_POLICIES = "policies, also in README.md"
# Only in manifests of versions.
VOLATILE_DATASET = "dataset, also in README.md"

Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# Microseconds since 1970 UTC, then the id.
KeyPair = Annotated[list[int], Field(min_length=2, max_length=2)]


def _is_none(value: object) -> bool:
    return value is None


class _Section(BaseModel):
    """A part of the manifest. Unknown keys are kept: another program may have added them."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="allow", protected_namespaces=(), validate_by_name=True
    )

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values. After reading, these are the values of the file."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class FieldEntry(_Section):
    """A column of a record. `type` is the text of its Arrow type; `content` is "json" for columns of JSON.

    `stored` is "text" for a column of JSON that is text in a format that could hold JSON as values.
    """

    name: str
    type: str
    nullable: bool
    content: str | None = Field(default=None, exclude_if=_is_none)
    stored: str | None = Field(default=None, exclude_if=_is_none)

    @property
    def is_json(self) -> bool:
        """Say whether the column holds JSON."""
        return self.content == "json"

    @property
    def is_json_text(self) -> bool:
        """Say whether the column holds JSON as text in every format."""
        return self.is_json and self.stored == "text"


class FileEntry(_Section):
    """A file. `kind`, `split` and the keys are null for files about the dataset."""

    path: str
    kind: str | None
    split: str | None
    rows: Count | None
    size_bytes: Count = Field(alias="bytes")
    sha256: Hash
    # The hash without the export's own metadata, which differs from run to run.
    content_sha256: Hash | None = Field(default=None, exclude_if=_is_none)
    first_key: KeyPair | None
    last_key: KeyPair | None
    # The version of a dataset that the file came with.
    since: Count | None = Field(default=None, exclude_if=_is_none)


class SplitSection(_Section):
    """A split of a kind: its rows, and the first and last of the times that decide about the split.

    `column` names the column of these times, if it isn't the kind's time column.
    """

    rows: Count
    column: str | None = Field(default=None, exclude_if=_is_none)
    first: str | None
    last: str | None


class SharedRows(_Section):
    """What two splits share by one measure: the columns, the distinct values, and rows of the later split."""

    columns: list[str]
    values: Count
    rows: Count
    share: float


class TimeGap(_Section):
    """Whether the times of two splits overlap, and the seconds between them if they don't."""

    columns: list[str]
    overlap: bool
    gap_seconds: float


class PairSection(_Section):
    """The leakage certificate of two splits. A measure that wasn't taken is null; `not_checked` says why."""

    a: str
    b: str
    rows_a: Count
    rows_b: Count
    exact: SharedRows | None = None
    near: SharedRows | None = None
    template: SharedRows | None = None
    groups: SharedRows | None = None
    time: TimeGap | None = None
    not_checked: dict[str, str] = Field(default_factory=dict, exclude_if=not_)


class ResidueScanSection(_Section):
    """The scan of the finished files of a private dataset."""

    files: Count
    rows: Count
    residues: Count
    judges_addresses: bool


class AnonymitySection(_Section):
    """k-anonymity of some columns: the rows of the smallest group with the same values in them.

    `groups` is the number of groups, and `unique_rows` that of groups of one row.
    """

    columns: list[str]
    k: Count
    groups: Count
    unique_rows: Count


class PrivacyProofSection(_Section):
    """The values replaced in a kind, by type and by column and type, and the scan afterwards."""

    replaced: dict[str, Count]
    replaced_by_column: dict[str, dict[str, Count]] = Field(default_factory=dict, exclude_if=not_)
    residue_scan: ResidueScanSection
    # Hosts and users that were replaced in all texts (`taken`), users among them, and those left out.
    known_values: dict[str, Count] | None = Field(default=None, exclude_if=_is_none)
    k_anonymity: list[AnonymitySection] = Field(default_factory=list, exclude_if=not_)


class KindSection(_Section):
    """The balance and the record of a kind. A kind without `splits` has one split."""

    read: Count
    written: Count
    rejected: Count
    deduplicated: Count
    sampled_out: Count = Field(default=0, exclude_if=not_)
    balanced: bool
    planned: Count
    rejects_by_rule: dict[str, Count]
    changes: dict[str, Count] | None = None
    schema_hash: Hash
    fields: list[FieldEntry] = Field(alias="schema", min_length=1)
    splits: dict[str, SplitSection] = Field(default_factory=dict, exclude_if=not_)
    labels: dict[str, dict[str, Count]] | None = Field(default=None, exclude_if=_is_none)
    leakage: list[PairSection] | None = Field(default=None, exclude_if=_is_none)
    privacy: PrivacyProofSection | None = Field(default=None, exclude_if=_is_none)

    @property
    def split_column(self) -> str | None:
        """The column whose times are those of the splits; None: the kind's time column."""
        return next((split.column for split in self.splits.values() if split.column is not None), None)

    def counts(self) -> dict[str, int]:
        """Return the balance: the rows read, and what became of them."""
        return {
            "read": self.read,
            "written": self.written,
            "rejected": self.rejected,
            "deduplicated": self.deduplicated,
            **({"sampled_out": self.sampled_out} if self.sampled_out else {}),
        }


class TableSection(_Section):
    """A table derived from the rows of a kind: its rows, its record, and the rows of each split."""

    rows: Count
    fields: list[FieldEntry] = Field(alias="schema", min_length=1)
    splits: dict[str, Count]


class PartitionEntry(_Section):
    """A partition of the plan: a half-open range of keys. Null: no limit on that side."""

    lower: KeyPair | None = None
    upper: KeyPair | None = None
    rows: Count


class KindPlanSection(_Section):
    """The plan of a kind. `inherited` rows were read for earlier versions of the dataset."""

    rows: Count
    inherited: Count = Field(default=0, exclude_if=not_)
    partitions: list[PartitionEntry]


class PlanSection(_Section):
    """The plan: what the export froze, how it splits rows, and the partitions of each kind."""

    cutoff: dict[str, Any] | None = None
    database: str | None = None
    source: dict[str, Any] | None = Field(default=None, exclude_if=_is_none)
    split: dict[str, Any] | None = Field(default=None, exclude_if=_is_none)
    kinds: dict[str, KindPlanSection]


class OwnRulesSection(_Section):
    """The owner's own rules. What is always replaced is named by its types only."""

    allow_values: list[str] = []
    allow_patterns: list[str] = []
    deny_types: list[str] = []
    columns: dict[str, str] = {}
    json_paths: dict[str, str] = {}


class PrivacyRuleSection(_Section):
    """What a private export replaced, and how. `key_id` names the key and doesn't reveal it."""

    addresses: str
    method: str | None = Field(default=None, exclude_if=_is_none)
    ipv4_prefix: int | None = Field(default=None, exclude_if=_is_none)
    ipv6_prefix: int | None = Field(default=None, exclude_if=_is_none)
    tokens: list[str]
    secrets: str
    key_id: str | None = None
    context: str | None = Field(default=None, exclude_if=_is_none)
    own_rules: OwnRulesSection | None = Field(default=None, exclude_if=_is_none)
    scope: str | None = Field(default=None, exclude_if=_is_none)
    row_ids: str | None = Field(default=None, exclude_if=_is_none)
    # Which other times the rows have, and the group of exports that have the same shift.
    times: str | None = Field(default=None, exclude_if=_is_none)
    shift_group: str | None = Field(default=None, exclude_if=_is_none)
    # What the dataset still reveals: a sentence by topic.
    risks: dict[str, str] = Field(default_factory=dict, exclude_if=not_)


class PolicyEntry(_Section):
    """An export policy that allowed the export."""

    policy_id: str
    name: str
    version: int


class ParentSection(_Section):
    """The version that a version adds to."""

    number: Count
    data_version: str
    export_id: str
    manifest_sha256: Hash


class BeginningSection(_Section):
    """The first version of a major version: its number, and when its export was created."""

    number: Count
    created_at: str


class VersionTemplates(_Section):
    """How the template table of a version fits its messages. `since` is the version that mined it.

    `unmatched` rows match no template, `unmatched_added` of those that the version adds; null: not known.
    """

    since: Count
    unmatched: Count | None
    unmatched_added: Count | None


class VersionKindSection(_Section):
    """What a version adds, changes and removes in a kind; all rows of the kind are in `kinds`.

    `mode` is append if only new rows were read, and whole if all rows were read again, for this reason.
    """

    mode: str
    added: Count
    changed: Count
    removed: Count
    reason: str | None = Field(default=None, exclude_if=_is_none)
    templates: VersionTemplates | None = Field(default=None, exclude_if=_is_none)


class VersionSection(_Section):
    """The version of a dataset that this is: the whole dataset at its moment, and what it adds to its parent.

    `watermark` says which rows the version has seen. `reason`: why it doesn't continue the version before.
    `began`: the first of the versions with the same major number; null if it isn't known.
    """

    name: str
    number: Count
    data_version: str
    parent: ParentSection | None = None
    began: BeginningSection | None = Field(default=None, exclude_if=_is_none)
    is_major: bool = Field(default=False, exclude_if=not_)
    reason: str | None = Field(default=None, exclude_if=_is_none)
    watermark: dict[str, Any]
    kinds: dict[str, VersionKindSection]


class Manifest(_Section):
    """A manifest. Keys that only describe the run are optional for readers."""

    manifest_version: int
    export_id: str | None = None
    data_version: str | None = None
    created_at: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    duration_seconds: float | None = None
    versions: dict[str, str] | None = None
    dataset: VersionSection | None = Field(default=None, exclude_if=_is_none)
    config: dict[str, Any]
    config_hash: Hash
    privacy: PrivacyRuleSection | None = Field(default=None, exclude_if=_is_none)
    policies: list[PolicyEntry] = Field(default_factory=list, exclude_if=not_)
    reproducibility_hash: Hash | None = Field(default=None, exclude_if=_is_none)
    kinds: dict[str, KindSection]
    derived: dict[str, TableSection] = Field(default_factory=dict, exclude_if=not_)
    plan: PlanSection
    files: list[FileEntry]
    volatile: list[str] | None = None

    def as_bytes(self) -> bytes:
        """Return the content of the file."""
        return (json.dumps(self.as_json(), indent=2, ensure_ascii=False, default=str) + "\n").encode()


def field_entries(schema: pa.Schema) -> list[FieldEntry]:
    """Describe a record: the name and Arrow type of each column, and whether null is allowed."""
    return [
        FieldEntry(
            name=field.name,
            type=str(field.type),
            nullable=field.nullable,
            content="json" if is_json_field(field) else None,
            stored="text" if is_json_text(field) else None,
        )
        for field in schema
    ]


def hash_of_fields(fields: list[FieldEntry]) -> str:
    """Return a hash that changes when the record does."""
    return hash_json([field.as_json() for field in fields])


def schema_hash(kind: Kind) -> str:
    """Return a hash that changes when the kind's record does."""
    return hash_of_fields(field_entries(kind.schema))
