"""Judges a new version of a dataset by its gate, from manifests and sketches alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from lumber.catalog.registry import all_kinds
from lumber.dataset.sketches.distance import column_distance, shares
from lumber.dataset.sketches.document import ColumnSketch, KindSketch
from lumber.exports.gates.facts import VersionFacts
from lumber.exports.gates.gate import ALL_COLUMNS, Gate
from lumber.steps.labels import LABEL
from lumber.text import counted

_COLUMNS_NAMED = 5
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class HeldBecause:
    """A condition that a version broke: the gate's field, where, what was found, and what it may be."""

    rule: str
    where: str
    found: float | str
    limit: float | str
    message: str

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def judge(
    gate: Gate,
    new: VersionFacts,
    before: VersionFacts | None = None,
    earlier_rows: Sequence[Mapping[str, int]] = (),
) -> list[HeldBecause]:
    """Return why a new version is held; nothing if it may be published.

    `before` is the last published version; the first version is judged without. `earlier_rows` are the rows
    of the published versions by data type, the latest first: of increments, those that they added. Raises
    DatasetDamaged if a sketch can't be read.
    """
    found = [*_rejects(gate, new), *_rows(gate, new, earlier_rows), *_test_set(gate, new)]
    if before is not None:
        found += [*_schema(gate, new, before), *_drift(gate, new, before), *_classes(gate, new, before)]
    order = list(Gate.model_fields)
    return sorted(found, key=lambda each: order.index(each.rule.split(".", 1)[0]))


def _rejects(gate: Gate, new: VersionFacts) -> Iterator[HeldBecause]:
    limit = gate.max_reject_ratio
    for kind, counts in new.counts.items() if limit is not None else ():
        read, rejected = counts.get("read", 0), counts.get("rejected", 0)
        ratio = rejected / read if read else 0.0
        assert limit is not None
        if ratio > limit:
            text = f"{rejected:,} of {counted(read, 'row')} of {kind} were rejected ({ratio:.2%})"
            yield _reason("max_reject_ratio", kind, ratio, limit, f"{text}; allowed are {limit:.2%}.")


def _rows(gate: Gate, new: VersionFacts, earlier: Sequence[Mapping[str, int]]) -> Iterator[HeldBecause]:
    limits = gate.rows
    if limits is None:
        return
    rows = new.rows()
    total = sum(rows.values())
    if limits.min is not None and total < limits.min:
        text = f"The version has {counted(total, 'row')}; at least {limits.min:,} are expected."
        yield _reason("rows.min", "rows", total, limits.min, text)
    if limits.max is not None and total > limits.max:
        text = f"The version has {counted(total, 'row')}; at most {limits.max:,} are expected."
        yield _reason("rows.max", "rows", total, limits.max, text)
    for kind, found in rows.items():
        known = [each[kind] for each in earlier[: limits.of_last] if kind in each]
        if known:
            yield from _ratios(gate, kind, found, known)


def _ratios(gate: Gate, kind: str, found: int, known: Sequence[int]) -> Iterator[HeldBecause]:
    assert gate.rows is not None
    usual = median(known)
    text = f"{kind} has {counted(found, 'row')}; the median of the last {counted(len(known), 'version')}"
    ratio = found / usual if usual else (1.0 if not found else float(found))
    least, most = gate.rows.min_ratio, gate.rows.max_ratio
    if least is not None and ratio < least:
        yield _reason(
            "rows.min_ratio", kind, ratio, least, f"{text} is {usual:,g}, and {least:g} of it the least."
        )
    if most is not None and ratio > most:
        yield _reason(
            "rows.max_ratio", kind, ratio, most, f"{text} is {usual:,g}, and {most:g} times it the most."
        )


def _test_set(gate: Gate, new: VersionFacts) -> Iterator[HeldBecause]:
    limit = gate.test_set
    if limit is None or not sum(new.rows().values()):
        return
    found = None if new.sketches is None else new.sketches.test_set
    if found is None or found.name != limit.name or not found.matched:
        text = f"The version wasn't compared with the test set {limit.name}."
        yield _reason("test_set", limit.name, "not compared", limit.max_share, text)
        return
    for kind, matched in found.matched.items():
        share = matched / found.rows[kind] if found.rows.get(kind) else 0.0
        if share > limit.max_share:
            text = f"{counted(matched, 'row')} of {kind} ({share:.2%}) occur in the test set {limit.name}"
            allowed = "none may" if not limit.max_share else f"allowed are {limit.max_share:.2%}"
            yield _reason("test_set.max_share", kind, share, limit.max_share, f"{text}; {allowed}.")


def _schema(gate: Gate, new: VersionFacts, before: VersionFacts) -> Iterator[HeldBecause]:
    if gate.schema_change == "allow":
        return
    kinds, old = new.manifest.kinds, before.manifest.kinds
    for kind in dict.fromkeys((*old, *kinds)):
        if kind not in kinds or kind not in old:
            what = "is no longer in the dataset" if kind in old else "is new in the dataset"
            yield _reason("schema_change", kind, what, "hold", f"{kind} {what}.")
            continue
        was, now = (
            {
                field.name: f"{field.type}{'' if field.nullable else ', never null'}"
                for field in section.fields
            }
            for section in (old[kind], kinds[kind])
        )
        changes = [f"{name} was removed" for name in was if name not in now]
        changes += [f"{name} was added" for name in now if name not in was]
        changes += [
            f"{name} was {was[name]} and is {now[name]}"
            for name in was
            if now.get(name, was[name]) != was[name]
        ]
        if changes:
            shown = ", ".join(changes[:_COLUMNS_NAMED])
            more = len(changes) - _COLUMNS_NAMED
            text = f"Columns of {kind} changed: {shown}{f' and {more:,} more' if more > 0 else ''}."
            yield _reason("schema_change", kind, "; ".join(changes), "hold", text)


def _drift(gate: Gate, new: VersionFacts, before: VersionFacts) -> Iterator[HeldBecause]:
    if not gate.max_drift:
        return
    reasons: list[HeldBecause] = []
    for kind, column, old, now in _pairs(gate, new, before, "max_drift", reasons):
        limit = _drift_limit(gate, kind, column, now[1])
        if limit is None:
            continue
        distance = column_distance(old[1], old[0].rows, now[1], now[0].rows)
        if distance is not None and distance.value > limit:
            text = f"The values of {kind}.{column} moved by {distance.value:.3f} ({distance.measure})"
            if distance.most is not None:
                name, was, is_ = distance.most
                text += f": {name} went from {was:.2%} to {is_:.2%}"
            where = f"{kind}.{column}"
            yield _reason("max_drift", where, distance.value, limit, f"{text}; allowed is {limit:g}.")
    yield from reasons


def _drift_limit(gate: Gate, kind: str, column: str, sketch: ColumnSketch) -> float | None:
    # Times of later rows are later.
    general = None if sketch.type.startswith("timestamp") else gate.max_drift.get(ALL_COLUMNS)
    return gate.max_drift.get(f"{kind}.{column}", general)


def _classes(gate: Gate, new: VersionFacts, before: VersionFacts) -> Iterator[HeldBecause]:
    limit = gate.max_class_change
    if limit is None:
        return
    reasons: list[HeldBecause] = []
    kinds = all_kinds()
    for kind, column, old, now in _pairs(gate, new, before, "max_class_change", reasons):
        if column not in (LABEL, kinds[kind].level_column if kind in kinds else None):
            continue
        was, is_ = shares(old[1]), shares(now[1])
        for value in dict.fromkeys((*was, *is_)):
            first, second = was.get(value, 0.0), is_.get(value, 0.0)
            change = round(abs(second - first), _DIGITS)
            if change > limit:
                text = f"The share of {column} {value} in {kind} went from {first:.2%} to {second:.2%}"
                where = f"{kind}.{column}={value}"
                yield _reason(
                    "max_class_change", where, change, limit, f"{text}; it may change by {limit:.2%}."
                )
    yield from reasons


Sketched = tuple[KindSketch, ColumnSketch]


def _pairs(
    gate: Gate, new: VersionFacts, before: VersionFacts, rule: str, reasons: list[HeldBecause]
) -> Iterator[tuple[str, str, Sketched, Sketched]]:
    """Yield the columns that both versions have, with their sketches.

    New rows are compared with all rows of the version before. Adds to `reasons` why nothing is compared.
    """
    if new.sketches is None or before.sketches is None:
        which = "The version" if new.sketches is None else "The version before"
        text = f"{which} has no sketches, so the two can't be compared."
        reasons.append(_reason(rule, "sketches", "not compared", "sketches of both", text))
        return
    for kind, now in new.sketches.new.items():
        if not new.rows().get(kind):
            # Nothing was added, and the sketches may be those that the parent has.
            continue
        old = before.sketches.kinds.get(kind)
        if old is None and kind in before.manifest.kinds:
            text = f"The version before has no sketches of {kind}, so the two can't be compared."
            reasons.append(_reason(rule, kind, "not compared", "sketches of both", text))
        if old is None or min(old.rows, now.rows) < max(1, gate.min_drift_rows):
            continue
        for column, sketch in now.columns.items():
            if column in old.columns and old.columns[column].type == sketch.type:
                yield kind, column, (old, old.columns[column]), (now, sketch)


def _reason(rule: str, where: str, found: float | str, limit: float | str, message: str) -> HeldBecause:
    rounded = round(found, _DIGITS) if isinstance(found, float) else found
    return HeldBecause(rule, where, rounded, limit, message)
