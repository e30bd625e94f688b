"""Makes the manifest's sections from what an export counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.dataset.manifest import (
    AnonymitySection,
    KindSection,
    OwnRulesSection,
    PrivacyProofSection,
    PrivacyRuleSection,
    ResidueScanSection,
    SplitSection,
    TableSection,
    field_entries,
)
from lumber.dataset.privacy_risks import privacy_risks
from lumber.dataset.quality import class_balance, split_times
from lumber.dataset.totals import KindTotals
from lumber.formats.staged_file import StagedFile
from lumber.privacy.proof import PrivacyProof
from lumber.privacy.rule import AddressMode, PrivacyRule
from lumber.steps.split import SPLITS, TRAIN


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
        privacy=None if proof is None else proof_section(proof, totals.k_anonymity),
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


def proof_section(proof: PrivacyProof, k_anonymity: Sequence[AnonymitySection] = ()) -> PrivacyProofSection:
    """Return the manifest's section of the values replaced in a kind."""
    scan = ResidueScanSection.model_validate(asdict(proof.residue_scan))
    by_column = {column: dict(sorted(counts.items())) for column, counts in sorted(proof.by_column.items())}
    return PrivacyProofSection(
        replaced=dict(sorted(proof.replaced.items())),
        replaced_by_column=by_column,
        residue_scan=scan,
        known_values=proof.known_values,
        k_anonymity=list(k_anonymity),
    )


def table_section(schema: pa.Schema, shards: Mapping[str, Sequence[StagedFile]]) -> TableSection:
    """Return the manifest's section of a derived table; `shards` are those of each split."""
    rows = {split: sum(shard.rows for shard in found) for split, found in shards.items()}
    return TableSection(rows=sum(rows.values()), fields=field_entries(schema), splits=rows)


def rule_section(rule: PrivacyRule, kinds: Iterable[Kind] = ()) -> PrivacyRuleSection:
    """Return the manifest's section of the privacy rule: everything except the key.

    `kinds` have the columns that are written; of them it says what they still reveal.
    """
    is_truncated = rule.addresses is AddressMode.TRUNCATE
    return PrivacyRuleSection(
        addresses=rule.addresses.value,
        method="ipcrypt-pfx" if rule.addresses is AddressMode.PREFIX_PRESERVING else None,
        ipv4_prefix=rule.ipv4_prefix if is_truncated else None,
        ipv6_prefix=rule.ipv6_prefix if is_truncated else None,
        tokens=[str(identifier) for identifier in sorted(rule.identifiers)],
        secrets="removed" if rule.removes_secrets else "kept",
        key_id=rule.key_id,
        context=rule.context,
        own_rules=_own_section(rule) if rule.own else None,
        scope="dropped" if rule.drops_scope else None,
        row_ids="renumbered" if rule.renumbers_ids else None,
        times="shifted_weeks" if rule.shifts_times else None,
        shift_group=rule.shift_group,
        risks=privacy_risks(rule, kinds),
    )


def _own_section(rule: PrivacyRule) -> OwnRulesSection:
    return OwnRulesSection(
        allow_values=[each.value for each in rule.own.allow if each.value is not None],
        allow_patterns=[each.pattern for each in rule.own.allow if each.pattern is not None],
        deny_types=sorted({each.type for each in rule.own.deny}),
        columns={name: action.value for name, action in rule.own.columns},
        json_paths={path: action.value for path, action in rule.own.json_paths},
    )
