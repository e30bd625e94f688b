"""The parts of a private dataset's manifest that name rows or tell their times, as they may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np

from lumber.dataset.manifest import PartitionEntry, PlanSection, VersionSection
from lumber.privacy.rule import PrivacyRule

# The id of bounds that lie before all rows of a moment.
_FIRST_ID = -(2**63)


class Disguise:
    """Replaces ids and times of rows as its records do. Without such a rule, all stays."""

    def __init__(self, rule: PrivacyRule | None) -> None:
        self._rule = rule if rule is not None and (rule.renumbers_ids or rule.shifts_times) else None

    def plan(self, section: PlanSection) -> PlanSection:
        """Return the section of a plan."""
        if self._rule is None:
            return section
        kinds = {
            name: kind.model_copy(
                update={"partitions": [self._partition(name, each) for each in kind.partitions]}
            )
            for name, kind in section.kinds.items()
        }
        split = section.split
        if split is not None and split.get("cuts"):
            split = {**split, "cuts": [[name, self._time(time_us)] for name, time_us in split["cuts"]]}
        return section.model_copy(
            update={"cutoff": self.mark(section.cutoff), "split": split, "kinds": kinds}
        )

    def cuts(self, cuts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
        """Return the times at which splits begin, in microseconds since 1970 UTC."""
        return tuple((name, self._time(time_us)) for name, time_us in cuts)

    def version(self, section: VersionSection) -> VersionSection:
        """Return the section of a version."""
        return section.model_copy(update={"watermark": self.mark(section.watermark)})

    def mark(self, mark: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return a cutoff or a watermark. Two of them agree if they did before."""
        if mark is None:
            return None
        shown = dict(mark)
        if self._rule is None:
            return shown
        if mark.get("max_ids"):
            shown["max_ids"] = {name: self._id(name, id_) for name, id_ in mark["max_ids"].items()}
        if mark.get("since"):
            shown["since"] = {
                name: {
                    **since,
                    "max_id": self._id(name, since.get("max_id")),
                    **{edge: self._time(since.get(edge)) for edge in ("first_us", "end_us") if edge in since},
                }
                for name, since in mark["since"].items()
            }
        if mark.get("ranges"):
            shown["ranges"] = {name: [*map(self._time, edges)] for name, edges in mark["ranges"].items()}
        return shown

    def _partition(self, kind: str, partition: PartitionEntry) -> PartitionEntry:
        bounds = {"lower": partition.lower, "upper": partition.upper}
        return partition.model_copy(
            update={
                name: None if pair is None else [self._time(pair[0]), self._id(kind, pair[1])]
                for name, pair in bounds.items()
            }
        )

    def _id(self, kind: str, id_: int | None) -> int | None:
        if id_ is None or id_ == _FIRST_ID or self._rule is None or not self._rule.renumbers_ids:
            return id_
        # Slow to load, and most exports don't need it.
        from lumber.privacy.row_ids import permutation

        return int(permutation(self._rule, kind).of(np.array([id_], np.int64))[0])

    @overload
    def _time(self, time_us: int) -> int: ...

    @overload
    def _time(self, time_us: None) -> None: ...

    def _time(self, time_us: int | None) -> int | None:
        if time_us is None or self._rule is None or not self._rule.shifts_times:
            return time_us
        # Slow to load, and most exports don't need it.
        from lumber.privacy.time_shift import shifted_us

        return shifted_us(self._rule, time_us)
