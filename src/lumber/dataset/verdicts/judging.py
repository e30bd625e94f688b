"""Judges a manifest: one verdict on each topic. Reads no rows and no other file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lumber.dataset.manifest import KindSection, Manifest
from lumber.dataset.verdicts.leakage import judge_leakage, resplit, split_of
from lumber.dataset.verdicts.thresholds import (
    BEST_EFFORT,
    LOST,
    MINORITY,
    NEGATIVES,
    NOTHING,
    OFF,
    POSITIVES,
    REJECTED,
    RESIDUES,
    SMALLEST,
    SMALLEST_GROUP,
    VerdictLevel,
    VerdictTopic,
)
from lumber.dataset.verdicts.verdict import Finding, Verdict, VerdictFix, percent, problem, unknown, verdict
from lumber.steps.split import TEST_UNSEEN, TRAIN, SplitMode
from lumber.text import counted

# The config fields that limit which rows are exported, without a limit.
_WITHOUT_LIMITS: Mapping[str, Any] = {
    "start_date": None,
    "end_date": None,
    "end_before": None,
    "date_range": None,
    "filters": {},
    "processes": [],
}


def judge(manifest: Manifest) -> list[Verdict]:
    """Return a verdict on each topic. The list of files may be empty."""
    if not manifest.kinds:
        return unknown("The manifest lists no data type.")
    return [verdict(topic, _JUDGES[topic](manifest)) for topic in VerdictTopic]


def _balance(manifest: Manifest) -> Iterator[Finding]:
    for name, kind in manifest.kinds.items():
        lost = abs(kind.read - sum(rows for each, rows in kind.counts().items() if each != "read"))
        if lost or not kind.balanced:
            text = f"{name}: {counted(lost, 'row')} of {kind.read:,} are in no count."
            yield Finding(LOST.level(lost or 1), text, VerdictFix(text="Run it again", changes={}))
    written = sum(kind.written for kind in manifest.kinds.values())
    read = sum(kind.read for kind in manifest.kinds.values())
    limits = {name: empty for name, empty in _WITHOUT_LIMITS.items() if manifest.config.get(name)}
    fix = (
        VerdictFix(text="Export all times and rows", changes=limits)
        if limits
        else VerdictFix(text="Load rows first")
    )
    yield from problem(NOTHING.level(written), f"{counted(read, 'row')} read, and none written.", fix)
    yield Finding(VerdictLevel.GREEN, f"All {counted(read, 'row')} read are accounted for.")


def _splits(manifest: Manifest) -> Iterator[Finding]:
    split = split_of(manifest)
    by_time = VerdictFix(text="Split by time", changes=resplit(split, SplitMode.TIME))
    if split["mode"] == SplitMode.NONE:
        text = "All rows are in train. A model needs rows that it hasn't seen to be measured."
        yield Finding(VerdictLevel.GREY, text, by_time)
        return
    name, kind = max(manifest.kinds.items(), key=lambda item: item[1].written)
    if not kind.splits:
        yield Finding(VerdictLevel.GREY, "This dataset doesn't say how many rows each split has.")
        return
    ratios, dates = split.get("ratios") or {}, split.get("dates") or {}
    asked = [TRAIN, *dates] if dates else [each for each, share in ratios.items() if share]
    asked = asked or list(kind.splits)
    rows = {each: kind.splits[each].rows if each in kind.splits else 0 for each in asked}
    smallest = min(rows, key=lambda each: rows[each])
    fix = by_time if split["mode"] == SplitMode.GROUP else None
    if manifest.config.get("sample"):
        fix = VerdictFix(text="Export without a sample", changes={"sample": None})
    text = f"{name}: {smallest} has {counted(rows[smallest], 'row') if rows[smallest] else 'no rows'}."
    yield from problem(SMALLEST.level(rows[smallest]), text, fix)
    total = sum(rows.values())
    if total and ratios and not dates:
        off = {each: abs(rows[each] / total - ratios[each]) for each in asked}
        far = max(off, key=lambda each: off[each])
        text = (
            f"{name}: {far} has {percent(rows[far] / total)} of the rows instead of {percent(ratios[far])}."
        )
        yield from problem(OFF.level(round(off[far], 6)), text, fix)
    yield Finding(VerdictLevel.GREEN, f"{name}: {_shares(kind)}.")


def _shares(kind: KindSection) -> str:
    total = sum(split.rows for split in kind.splits.values()) or 1
    return ", ".join(f"{name} {percent(split.rows / total)}" for name, split in kind.splits.items())


def _classes(manifest: Manifest) -> Iterator[Finding]:
    config = manifest.config
    if config.get("labels") in (None, False):
        can = "logs" in manifest.kinds and not config.get("source")
        fix = VerdictFix(text="Label log lines", changes={"labels": {"assume_normal": True}}) if can else None
        yield Finding(VerdictLevel.GREY, "The rows have no labels: the export didn't ask for them.", fix)
        return
    found = {name: kind.labels for name, kind in manifest.kinds.items() if kind.labels}
    if not found:
        yield Finding(VerdictLevel.GREY, "This dataset doesn't say how many rows have each label.")
    for name, labels in found.items():
        yield from _judge_labels(name, labels, manifest)


def _judge_labels(
    name: str, labels: Mapping[str, Mapping[str, int]], manifest: Manifest
) -> Iterator[Finding]:
    split = split_of(manifest)
    ones = {each: counts.get("1", 0) for each, counts in labels.items() if each != TEST_UNSEEN}
    fewest = min(ones.values(), default=0)
    where = [each for each in ones if ones[each] == fewest]
    fix = VerdictFix(text="Load anomalies of these rows")
    can_spread = split["mode"] not in (SplitMode.NONE, SplitMode.RANDOM) and split.get("stratify") != "label"
    if any(ones.values()) and can_spread:
        even = resplit(split, SplitMode.GROUP, by=split.get("by", "device_id"), stratify="label")
        fix = VerdictFix(text="Spread the labels over the splits", changes=even)
    if any(ones.values()):
        rows = f"only {counted(fewest, 'row')}" if fewest else "no row"
        text = f"{name}: {' and '.join(where)} {'has' if len(where) == 1 else 'have'} {rows} with label 1."
    else:
        text = f"{name}: no row has label 1."
    yield from problem(POSITIVES.level(fewest), text, fix)
    train = labels.get(TRAIN, {})
    one, zero = train.get("1", 0), train.get("0", 0)
    options = manifest.config["labels"]
    normal = VerdictFix(text="Export more time without anomalies")
    if isinstance(options, dict) and not options.get("assume_normal"):
        normal = VerdictFix(
            text="Give other lines label 0", changes={"labels": {**options, "assume_normal": True}}
        )
    rows = f"only {counted(zero, 'row')}" if zero else "no row"
    text = f"{name}: train has {rows} with label 0."
    yield from problem(NEGATIVES.level(zero), text, normal)
    if one and zero:
        share = min(one, zero) / (one + zero)
        rare = "1" if one <= zero else "0"
        text = f"{name}: {percent(share)} of the labelled rows of train have label {rare}."
        yield from problem(MINORITY.level(share), text, VerdictFix(text="Weight the classes when you train"))
        yield Finding(VerdictLevel.GREEN, text)


def _privacy(manifest: Manifest) -> Iterator[Finding]:
    if manifest.config.get("privacy") in (None, False):
        text = "Values are as they were: whoever gets the dataset can recognise people and devices."
        changes = {"privacy": {"addresses": "prefix_preserving"}}
        yield Finding(
            VerdictLevel.GREY, text, VerdictFix(text="Pseudonymise people and devices", changes=changes)
        )
        return
    proofs = {name: kind.privacy for name, kind in manifest.kinds.items() if kind.privacy is not None}
    if not proofs:
        yield Finding(VerdictLevel.GREY, "This dataset doesn't say what a scan of its files found.")
        return
    for name, proof in proofs.items():
        found = proof.residue_scan.residues
        text = f"{name}: the scan found {counted(found, 'residue')}. Don't share this dataset."
        yield from problem(RESIDUES.level(found), text, VerdictFix(text="Run it again", changes={}))
        for each in proof.k_anonymity:
            if not each.groups:
                continue
            columns, rows = ", ".join(each.columns), counted(each.k, "row")
            text = f"{name}: the smallest group with the same {columns} has {rows}."
            yield from problem(
                SMALLEST_GROUP.level(each.k), text, VerdictFix(text="Drop or coarsen one of these columns")
            )
    scanned = sum(proof.residue_scan.rows for proof in proofs.values())
    yield Finding(
        VerdictLevel.GREEN, f"A scan of {counted(scanned, 'written row')} found nothing left to replace."
    )


def _rejects(manifest: Manifest) -> Iterator[Finding]:
    is_strict = manifest.config.get("validation_level") == "strict"
    fix = VerdictFix(text="Correct the rows where they come from")
    if is_strict:
        fix = VerdictFix(text="Validate with basic rules", changes={"validation_level": "basic"})
    total = 0
    for name, kind in manifest.kinds.items():
        total += kind.rejected
        share = kind.rejected / kind.read if kind.read else 0.0
        rule = max(kind.rejects_by_rule.items(), key=lambda item: item[1], default=("", 0))[0]
        most = f", most often {rule}" if rule else ""
        text = (
            f"{name}: {kind.rejected:,} of {counted(kind.read, 'row')} ({percent(share)}) broke a rule{most}."
        )
        level = REJECTED.level(share)
        # Of green ones, those with rejects say so.
        if level is not VerdictLevel.GREEN:
            yield Finding(level, text, fix)
        elif kind.rejected:
            yield Finding(level, text)
    if total == 0:
        yield Finding(VerdictLevel.GREEN, "No row was rejected.")


def _reproducible(manifest: Manifest) -> Iterator[Finding]:
    if manifest.reproducibility_hash is None:
        yield Finding(VerdictLevel.GREY, "This dataset has no reproducibility hash.")
        return
    source = manifest.plan.source or {}
    is_weak = source.get("guarantee") == "best_effort"
    text = "The source gives no guarantee: rows may have changed while they were read."
    fix = VerdictFix(text="Map the source with the guarantee snapshot or append_only")
    yield from problem(BEST_EFFORT.level(is_weak), text, fix)
    short = manifest.reproducibility_hash[:12]
    yield Finding(VerdictLevel.GREEN, f"The same config over the same rows gives the same hash, {short}.")


_JUDGES: Mapping[VerdictTopic, Callable[[Manifest], Iterator[Finding]]] = {
    VerdictTopic.BALANCE: _balance,
    VerdictTopic.SPLITS: _splits,
    VerdictTopic.LEAKAGE: judge_leakage,
    VerdictTopic.CLASSES: _classes,
    VerdictTopic.PRIVACY: _privacy,
    VerdictTopic.REJECTS: _rejects,
    VerdictTopic.REPRODUCIBLE: _reproducible,
}
