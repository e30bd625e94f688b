"""The sketches of a version, of those that its export made and those of the version that it adds to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lumber.dataset.sketches.columns import merged
from lumber.dataset.sketches.document import KindSketch, Sketches, TestSetRows
from lumber.dataset.sketches.shards import SketchedShards
from lumber.dataset.sketches.test_set import TestSet


@dataclass(frozen=True, slots=True)
class SketchFacts:
    """What the sketches of a version are made of, apart from its own rows.

    `appended` are the kinds of which only new rows were read; the others are in `parent`, the sketches of the
    version that this one adds to. `test_set` is what the new rows were compared with.
    """

    appended: Collection[str] = ()
    parent: Sketches | None = None
    test_set: TestSet | None = None


def version_sketches(own: Mapping[str, SketchedShards], facts: SketchFacts) -> Sketches:
    """Return the sketches of a version. `own` are those of the rows that its export read.

    If the parent has no sketches of a kind, nothing is known of all its rows. Raises DatasetDamaged if a
    sketch of the parent can't be read.
    """
    new = {kind: found.sketch for kind, found in own.items()}
    old = {} if facts.parent is None else facts.parent.kinds
    whole: dict[str, KindSketch] = {
        kind: merged(old[kind], sketch) if kind in facts.appended else sketch
        for kind, sketch in new.items()
        if kind not in facts.appended or kind in old
    }
    return Sketches(
        kinds=whole,
        added={kind: sketch for kind, sketch in new.items() if kind in facts.appended},
        test_set=None if facts.test_set is None else _in_test_set(own, facts.test_set),
    )


def _in_test_set(own: Mapping[str, SketchedShards], test_set: TestSet) -> TestSetRows:
    _, sha256 = test_set.read()
    matched = {kind: found.in_test_set for kind, found in own.items() if found.in_test_set is not None}
    return TestSetRows(
        name=test_set.name,
        sha256=sha256,
        rows={kind: own[kind].sketch.rows for kind in matched},
        matched=matched,
    )
