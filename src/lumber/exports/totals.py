"""Merges the results of partitions into the totals of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lumber.dataset.totals import KindTotals
from lumber.engine.output import Made
from lumber.engine.plan import Plan
from lumber.engine.result import PartitionResult

if TYPE_CHECKING:
    from lumber.exports.folding import FoldedResults


def merge_results(plan: Plan, results: FoldedResults, made: Mapping[str, Made]) -> dict[str, KindTotals]:
    """Return the totals of each kind, with the files that were made after its partitions."""
    found = {}
    for item in plan.kinds:
        totals = found[item.kind] = results.totals(item.kind)
        if (of_kind := made.get(item.kind)) is not None:
            totals.shards.extend(of_kind.shards)
            totals.changes.update(of_kind.changes)
            totals.shards = [of_kind.replaced.get(file.name, file) for file in totals.shards]
            totals.json_text = of_kind.json_text
    return found


def add_result(totals: KindTotals, result: PartitionResult) -> None:
    """Add the result of the next partition."""
    totals.merge(
        KindTotals(
            result.read,
            result.written,
            result.rejected,
            result.deduplicated,
            result.sampled_out,
            result.rules,
            result.changes,
            result.quality,
            [*result.shards],
            [] if result.rejects is None else [result.rejects],
            result.splits,
            privacy=result.privacy,
            unmatched=result.unmatched,
            # Those of earlier versions come before the first.
            own_unmatched=result.unmatched if result.ordinal >= 0 else 0,
            json_shapes=result.json_shapes,
        )
    )
