"""Judges what the splits of a dataset share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lumber.dataset.manifest import KindSection, Manifest, PairSection, SharedRows
from lumber.dataset.verdicts.thresholds import (
    BROKEN_GROUPS,
    BROKEN_TIMES,
    CONTENT,
    GROUPS,
    LEAST_ROWS,
    NEIGHBOURS,
    Threshold,
    VerdictLevel,
)
from lumber.dataset.verdicts.verdict import Finding, VerdictFix, percent, problem
from lumber.steps.split import TEST_UNSEEN, TRAIN, SplitMode

# Fields of a split that every mode but none takes.
_KEPT = ("ratios", "seed")


def judge_leakage(manifest: Manifest) -> Iterator[Finding]:
    """Yield what the splits share with train."""
    split = split_of(manifest)
    if split["mode"] == SplitMode.NONE:
        yield Finding(VerdictLevel.GREY, "The dataset has only one split, so there is nothing to compare.")
        return
    # A kind whose rows are all in one split has a certificate without pairs.
    if all(kind.leakage is None for kind in manifest.kinds.values()):
        several = any(len(kind.splits) > 1 for kind in manifest.kinds.values())
        reason = "wasn't counted when this dataset was made" if several else "can't be told of one split"
        yield Finding(VerdictLevel.GREY, f"What the splits share {reason}.")
        return
    is_judged = False
    for name, kind in manifest.kinds.items():
        for pair in _with_train(kind):
            is_judged = True
            yield from _judge_pair(name, pair, split, manifest.config)
    if is_judged:
        yield Finding(VerdictLevel.GREEN, "The splits share no more than this kind of split allows.")
    else:
        yield Finding(VerdictLevel.GREY, "All rows are in one split, so there is nothing to compare.")


def split_of(manifest: Manifest) -> Mapping[str, Any]:
    """Return the options of the split as the config states them; mode none without any."""
    split = manifest.config.get("split")
    if isinstance(split, dict):
        return {"mode": SplitMode.NONE, **split}
    return {"mode": split or SplitMode.NONE}


def resplit(split: Mapping[str, Any], mode: str, **fields: Any) -> dict[str, Any]:
    """Return the config field of a split by another mode, with the same shares and seed."""
    return {"split": {"mode": mode, **{name: split[name] for name in _KEPT if name in split}, **fields}}


def _with_train(kind: KindSection) -> list[PairSection]:
    return [pair for pair in kind.leakage or () if pair.a == TRAIN]


def _judge_pair(
    kind: str, pair: PairSection, split: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[Finding]:
    mode = split["mode"]
    if pair.time is not None and mode == SplitMode.RANDOM:
        text = f"{kind}: {pair.b} has the same times as train, so a model sees the neighbours of each row."
        by_time = VerdictFix(text="Split by time instead", changes=resplit(split, SplitMode.TIME))
        yield from problem(NEIGHBOURS.level(pair.time.overlap), text, by_time)
    keeps_groups = mode == SplitMode.GROUP or pair.b == TEST_UNSEEN
    if keeps_groups and pair.groups is not None:
        yield from _groups(BROKEN_GROUPS, kind, pair, pair.groups, None)
    elif pair.groups is not None and mode != SplitMode.TIME_GROUP and pair.rows_b >= LEAST_ROWS:
        column = pair.groups.columns[0]
        by_group = resplit(split, SplitMode.GROUP, by=column)
        yield from _groups(
            GROUPS, kind, pair, pair.groups, VerdictFix(text=f"Split by {column} instead", changes=by_group)
        )
    if pair.time is not None and mode in (SplitMode.TIME, SplitMode.TIME_GROUP):
        text = f"{kind}: the times of {pair.b} overlap with those of train."
        yield from problem(
            BROKEN_TIMES.level(pair.time.overlap), text, VerdictFix(text="Check it with lumber verify")
        )
    if pair.exact is not None and pair.rows_b >= LEAST_ROWS:
        level = CONTENT.level(pair.exact.share)
        text = (
            f"{kind}: {percent(pair.exact.share)} of the rows of {pair.b} have the content of a row of train."
        )
        yield from problem(level, text, _fewer_repeats(kind, config))


def _groups(
    threshold: Threshold, kind: str, pair: PairSection, shared: SharedRows, fix: VerdictFix | None
) -> Iterator[Finding]:
    column, level = shared.columns[0], threshold.level(shared.share)
    if shared.share == 1:
        text = f"{kind}: every {column} of {pair.b} is also in train."
    else:
        text = (
            f"{kind}: {percent(shared.share)} of the rows of {pair.b} have a {column} that is also in train."
        )
    yield from problem(level, text, fix)


def _fewer_repeats(kind: str, config: Mapping[str, Any]) -> VerdictFix:
    removes = config.get("deduplicate")
    is_off = not isinstance(removes, dict) or removes.get("mode", "off") != "burst"
    if kind == "logs" and is_off:
        return VerdictFix(text="Keep one line of each burst", changes={"deduplicate": {"mode": "burst"}})
    return VerdictFix(text="Measure a model also on rows whose content is not in train")
