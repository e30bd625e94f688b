"""Decides whether a version that was just committed is held. It reads manifests and sketches, no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.dataset.sketches.document import read_sketches
from lumber.engine.plan import VersionPlan
from lumber.errors import DatasetDamaged, DatasetMissing
from lumber.exports.folding import FoldedResults
from lumber.exports.gates.facts import VersionFacts
from lumber.exports.gates.freezing import find_test_set
from lumber.exports.gates.gate import Gate, parse_gate
from lumber.exports.gates.judging import HeldBecause, judge
from lumber.exports.gates.sketching import SketchFacts
from lumber.exports.versions.reserving import VersionState
from lumber.settings import Settings
from lumber.store.models import DatasetVersion, ExportStatus, NamedDataset

_MOST_VERSIONS = 100


@dataclass(frozen=True, slots=True)
class VersionGate:
    """The gate of an export that is a version; without conditions it holds nothing.

    `earlier_rows` are what the exports of the published versions wrote, by data type, the latest first.
    """

    gate: Gate | None
    earlier_rows: Sequence[Mapping[str, int]] = field(default=())

    @classmethod
    async def find(cls, session: AsyncSession, export_id: str, dataset: str) -> VersionGate:
        """Return the gate that the export was created with, or else that of its dataset."""
        own = await session.scalar(sa.select(ExportStatus.gate).where(ExportStatus.id == export_id))
        row = await session.scalar(sa.select(NamedDataset).where(NamedDataset.name_key == dataset.lower()))
        stored = own if own is not None else None if row is None else row.gate
        if stored is None:
            return cls(None)
        gate = parse_gate(stored)
        if row is None or gate.rows is None:
            return cls(gate)
        counts = await session.scalars(
            sa.select(DatasetVersion.counts)
            .where(DatasetVersion.dataset_id == row.id, DatasetVersion.state == VersionState.PUBLISHED)
            .order_by(DatasetVersion.number.desc())
            .limit(_MOST_VERSIONS)
        )
        return cls(gate, [_written(each) for each in counts if each is not None])

    def sketch_facts(
        self, settings: Settings, version: VersionPlan | None, parent: Path | None
    ) -> SketchFacts:
        """Return what the version's sketches are made of, apart from its rows.

        `parent` is the folder of the version that it adds to. Raises DatasetDamaged if its sketches can't be
        read, and DatasetMissing if the gate's test set can't.
        """
        test_set = None
        if self.gate is not None and self.gate.test_set is not None:
            test_set = find_test_set(settings, self.gate.test_set.name)
            test_set.read()
        appended = [] if version is None else [kind for kind in version.modes if version.is_append(kind)]
        known = read_sketches(parent) if appended and parent is not None else None
        return SketchFacts(appended, known, test_set)

    def judge(self, folder: Path, results: FoldedResults, parent: Path | None) -> list[HeldBecause]:
        """Return why the version in `folder` is held; nothing if it is published.

        `results` are those of its partitions, also inherited ones; `parent` is the folder of the last
        published version.
        """
        if self.gate is None:
            return []
        new = VersionFacts.read(folder, own_counts(results))
        try:
            before = None if parent is None else VersionFacts.read(parent)
            return judge(self.gate, new, before, self.earlier_rows)
        except (DatasetMissing, DatasetDamaged) as error:
            text = f"The version can't be compared with the one before: {error}"
            return [HeldBecause("schema_change", "version before", "not compared", "hold", text)]


def own_counts(results: FoldedResults) -> dict[str, dict[str, int]]:
    """Return the rows that an export read itself, and what it wrote and rejected of them, by data type."""
    found: dict[str, dict[str, int]] = {}
    for part in results:
        counts = found.setdefault(part.kind, {"read": 0, "written": 0, "rejected": 0})
        for name in counts if part.ordinal >= 0 else ():
            counts[name] += getattr(part, name)
    return found


def _written(counts: Mapping[str, Mapping[str, int | str]]) -> dict[str, int]:
    """Return what a version's export wrote: the rows that it added, or all rows that it read again."""
    return {
        kind: int(each["added"] if each.get("mode") == "append" else each["rows"])
        for kind, each in counts.items()
    }
