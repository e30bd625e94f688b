"""The sketches of a version, of those that its export made and those of the version that it adds to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lumber.dataset.sketches.columns import merged
from lumber.dataset.sketches.document import KindSketch, Sketches, TestSetRows
from lumber.dataset.sketches.shards import SketchedShards, SketchRule, joined, packed, read_sketch
from lumber.dataset.sketches.test_set import TestSet
from lumber.engine.output import Made
from lumber.formats.staged_file import StagedFile


@dataclass(frozen=True, slots=True)
class SketchFacts:
    """What the sketches of a version are made of, apart from its own rows.

    `appended` are the kinds of which only new rows were read; the others are in `parent`, the sketches of the
    version that this one adds to. `test_set` is what the new rows were compared with.
    """

    appended: Collection[str] = ()
    parent: Sketches | None = None
    test_set: TestSet | None = None

    def rule(self) -> SketchRule:
        """Return how shards are sketched. Raises DatasetMissing if the test set can't be read."""
        return SketchRule() if self.test_set is None else SketchRule(self.test_set, self.test_set.read()[1])


def version_sketches(own: Mapping[str, SketchedShards], facts: SketchFacts) -> Sketches:
    """Return the sketches of a version. `own` are those of the rows that its export read.

    If the parent has no sketches of a kind, nothing is known of all its rows. Raises DatasetDamaged if a
    sketch of the parent can't be read.
    """
    new = {kind: found.sketch for kind, found in own.items()}
    old = {} if facts.parent is None else facts.parent.kinds
    whole: dict[str, KindSketch] = {
        kind: _with(old[kind], sketch) if kind in facts.appended else sketch
        for kind, sketch in new.items()
        if kind not in facts.appended or kind in old
    }
    return Sketches(
        kinds=whole,
        added={kind: sketch for kind, sketch in new.items() if kind in facts.appended},
        test_set=None if facts.test_set is None else _in_test_set(own, facts.test_set),
    )


def _with(old: KindSketch, new: KindSketch) -> KindSketch:
    # Without rows it has no columns either.
    return merged(old, new) if new.rows else old


def _in_test_set(own: Mapping[str, SketchedShards], test_set: TestSet) -> TestSetRows:
    _, sha256 = test_set.read()
    matched = {kind: found.in_test_set for kind, found in own.items() if found.in_test_set is not None}
    return TestSetRows(
        name=test_set.name,
        sha256=sha256,
        rows={kind: own[kind].sketch.rows for kind in matched},
        matched=matched,
    )


def own_sketches(made: Mapping[str, Made], staging: Path) -> dict[str, SketchedShards]:
    """Return the sketches of the rows that the export read, by kind. Raises DatasetDamaged."""
    found = {}
    for kind, of_kind in made.items():
        sketched = joined(read_sketch(staging / name) for _, name in of_kind.sketches)
        # A kind without rows has no shards.
        found[kind] = SketchedShards(KindSketch(rows=0, columns={})) if sketched is None else sketched
    return found


def sketches_of_shards(made: Made, shards: Sequence[StagedFile], staging: Path) -> bytes | None:
    """Return the file with the sketches of the shards that the export wrote; None: it wrote none.

    `shards` are those of the version. Those that an earlier version has have their sketches there.
    """
    own = {shard.name: shard.sha256 for shard in shards if shard.since is None}
    final = {shard: replaced.name for shard, replaced in made.replaced.items()}
    named = [(final.get(shard, shard), name) for shard, name in made.sketches]
    listed = [(own[shard], name) for shard, name in named if shard in own]
    return packed((sha256, read_sketch(staging / name)) for sha256, name in listed) if listed else None
