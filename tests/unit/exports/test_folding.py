"""Results that are merged as they come give what they give all together, whatever their order."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lumber.dataset.quality import Quality
from lumber.dataset.times import GAPS_KEPT, QUANTILES, TimeBins
from lumber.dataset.totals import KindTotals
from lumber.engine.result import PartitionResult
from lumber.exports.folding import FoldedResults
from lumber.exports.totals import add_result
from lumber.formats.json_shapes import JsonShape
from lumber.formats.staged_file import Key, StagedFile
from lumber.privacy.proof import PrivacyProof, ResidueScan

PARTITIONS = 60
SECOND_US = 1_000_000


def results_of(seed: int) -> list[PartitionResult]:
    """Return the results of neighbouring partitions; some have no rows."""
    chance = random.Random(seed)
    found, now = [], 0
    for ordinal in range(PARTITIONS):
        rows = chance.choice([0, 1, 40, 700])
        times = np.cumsum([chance.randrange(0, 40 * SECOND_US) for _ in range(rows)], dtype=np.int64) + now
        if rows:
            now = int(times[-1])
        found.append(result(ordinal, times, chance))
    return found


def result(ordinal: int, times: Any, chance: random.Random) -> PartitionResult:
    rows = len(times)
    names = [f"p{chance.randrange(30)}" for _ in range(rows)]
    quality = Quality(rows=rows, filled=Counter({"message": rows}), processes=Counter(names))
    if rows:
        quality.first_us, quality.last_us = int(times[0]), int(times[-1])
        quality.times.add(times)
        quality.late_us = (chance.randrange(100), chance.randrange(100, 200))
    shard = StagedFile(f"s{ordinal}", rows, 10 * rows, "aa", Key(ordinal, 1), Key(ordinal, 9), "train")
    kinds: tuple[dict[str, Any], ...] = ({"type": "int"}, {"type": "float"}, {"type": "str"}, {})
    shape = JsonShape({"type": "object", "members": {f"m{ordinal % 7}": chance.choice(kinds)}})
    return PartitionResult(
        kind="logs",
        ordinal=ordinal,
        read=rows + 2,
        written=rows,
        rejected=1,
        shards=(shard,) if rows else (),
        rejects=StagedFile(f"r{ordinal}", 1, 10, "bb"),
        rules=Counter({f"rule {chance.randrange(5)}": 1}),
        changes=Counter({f"change {chance.randrange(5)}": 3}),
        quality=quality,
        deduplicated=1,
        splits={chance.choice(["train", "test"]): replace(quality, times=TimeBins())},
        privacy=PrivacyProof(Counter({f"type {ordinal % 3}": rows}), ResidueScan(files=1, rows=rows)),
        json_shapes={"data": shape},
        fit_digest="d" * 64,
        unmatched=ordinal % 4,
    )


def whole(results: Sequence[PartitionResult]) -> KindTotals:
    """Return the totals of all results, one after the other."""
    totals = KindTotals()
    for each in results:
        add_result(totals, each)
    return totals


def reported(totals: KindTotals) -> Any:
    """Return all that a dataset shows of the totals; also the order of what was counted."""
    times = totals.quality.times
    return (
        [getattr(totals, name) for name in KindTotals.__slots__ if name not in ("quality", "splits")],
        [list(counter.items()) for counter in (totals.rules, totals.changes, totals.quality.processes)],
        (totals.quality.first_us, totals.quality.last_us, totals.quality.late_us, totals.quality.filled),
        (times.level, times.bins, times.longest_gaps(times.bins), [times.quantile(q) for q in QUANTILES]),
        sorted(totals.splits.items()) if totals.splits else None,
        list(totals.json_shapes["data"].tree.items()),
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_fold_in_any_order_is_the_whole(seed: int) -> None:
    results = results_of(seed)
    expected = reported(whole(results))
    shuffled = list(results)
    random.Random(seed).shuffle(shuffled)
    for order in (results, results[::-1], shuffled):
        folded = FoldedResults(order)
        assert reported(folded.totals("logs")) == expected
        assert folded.of_kind("logs") == [each.finished for each in results]
        assert folded.keys == {("logs", ordinal) for ordinal in range(PARTITIONS)}
        assert folded.json_shapes("data") == {}
        assert folded.json_shapes("logs") == whole(results).json_shapes


def test_what_is_added_and_what_is_returned_share_nothing() -> None:
    results = results_of(1)
    before = [replace(each, quality=replace(each.quality)) for each in results]
    folded = FoldedResults(results)
    folded.totals("logs").shards.clear()
    folded.totals("logs").quality.processes.clear()
    assert len(folded.totals("logs").shards) == sum(bool(each.shards) for each in results)
    assert folded.totals("logs").quality.processes
    assert results == before


def test_neighbours_leave_one_run_however_many_they_are() -> None:
    """The memory of an export doesn't grow with its partitions: their counts are those of one."""
    folded = FoldedResults()
    for place, each in enumerate(results_of(2)):
        folded.add(each)
        assert len(folded._runs["logs"]) == 1, place
    (run,) = folded._runs["logs"]
    assert len(run.totals.quality.times.bins) <= 512
    assert GAPS_KEPT <= len(run.totals.quality.times.gaps) <= 2_000


def test_counts_of_an_earlier_version_come_first_and_are_not_its_own() -> None:
    results = results_of(3)
    inherited = replace(results[-1], ordinal=-1)
    folded = FoldedResults([*results, inherited])
    assert folded.of_kind("logs")[0] == inherited.finished
    totals = folded.totals("logs")
    assert totals.shards[: len(inherited.shards)] == list(inherited.shards)
    assert inherited.unmatched is not None
    assert totals.own_unmatched == (totals.unmatched or 0) - inherited.unmatched


def test_a_partition_counts_once() -> None:
    (first, *_) = results_of(4)
    folded = FoldedResults([first])
    with pytest.raises(ValueError, match="partition 0 of logs has two results"):
        folded.add(first)
    assert (("logs", 0) in folded, ("logs", 1) in folded, ("ips", 0) in folded, len(folded)) == (
        True,
        False,
        False,
        1,
    )


def test_results_without_times_are_noticed() -> None:
    results = results_of(5)
    old = [replace(each, quality=replace(each.quality, times=TimeBins())) for each in results]
    assert not FoldedResults(results).lacks_times
    assert FoldedResults(old).lacks_times
