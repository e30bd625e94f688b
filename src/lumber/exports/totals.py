"""Merges the results of partitions into the totals of each kind."""

from __future__ import annotations

from collections.abc import Mapping

from lumber.dataset.quality import Quality
from lumber.dataset.totals import KindTotals
from lumber.engine.output import Made
from lumber.engine.plan import Plan
from lumber.engine.result import PartitionResult, iter_results
from lumber.exports.running import Results
from lumber.privacy.proof import PrivacyProof


def merge_results(plan: Plan, results: Results, made: Mapping[str, Made]) -> dict[str, KindTotals]:
    """Merge the results of each kind in the order of its partitions."""
    totals = {}
    for item in plan.kinds:
        totals[item.kind] = KindTotals()
        for result in iter_results(results, item.kind):
            add_result(totals[item.kind], result)
        if (of_kind := made.get(item.kind)) is not None:
            totals[item.kind].shards.extend(of_kind.shards)
            totals[item.kind].changes.update(of_kind.changes)
            replaced = of_kind.replaced
            totals[item.kind].shards = [replaced.get(file.name, file) for file in totals[item.kind].shards]
            totals[item.kind].json_text = of_kind.json_text
    return totals


def add_result(totals: KindTotals, result: PartitionResult) -> None:
    """Add the result of the next partition."""
    totals.read += result.read
    totals.written += result.written
    totals.rejected += result.rejected
    totals.deduplicated += result.deduplicated
    totals.sampled_out += result.sampled_out
    totals.unmatched = _sum(totals.unmatched, result.unmatched)
    # Those of earlier versions come before the first.
    if result.ordinal >= 0:
        totals.own_unmatched = _sum(totals.own_unmatched, result.unmatched)
    totals.rules.update(result.rules)
    totals.changes.update(result.changes)
    totals.quality.merge(result.quality)
    for split, quality in result.splits.items():
        totals.splits.setdefault(split, Quality()).merge(quality)
    totals.shards.extend(result.shards)
    if result.rejects is not None:
        totals.rejects.append(result.rejects)
    if result.privacy is not None:
        totals.privacy = totals.privacy or PrivacyProof()
        totals.privacy.merge(result.privacy)


def _sum(one: int | None, two: int | None) -> int | None:
    return None if one is None or two is None else one + two
