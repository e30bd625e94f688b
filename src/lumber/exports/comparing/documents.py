"""Compares what the manifests and quality reports of two datasets say. Reads no data file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from lumber.dataset.diff.columns import columns_difference
from lumber.dataset.diff.settings import config_difference
from lumber.dataset.layout import QUALITY_REPORT
from lumber.dataset.manifest import KindSection, Manifest
from lumber.dataset.manifest_file import read_without_files
from lumber.dataset.quality import OTHER
from lumber.dataset.sketches.distance import column_distance
from lumber.dataset.sketches.document import ColumnSketch, TopValues
from lumber.errors import ExportFileNotFound
from lumber.exports.comparing.report import (
    ColumnChange,
    ComparedExport,
    Comparison,
    ConfigChange,
    CountPair,
    Distribution,
    KindComparison,
    SharePair,
    TimePair,
)
from lumber.exports.download import DatasetFiles
from lumber.exports.metadata import ExportMetadata
from lumber.files.json_text import DOCUMENT_BYTES, load_document

_MOST_VALUES = 10
_DIGITS = 6
_Of = Literal["levels", "processes", "labels"]
_DISTRIBUTIONS: Mapping[_Of, str] = {"levels": "levels", "processes": "processes", "labels": "labels"}
_OTHERS = "all others"


def compare_documents(
    exports: tuple[ExportMetadata, ExportMetadata], datasets: tuple[DatasetFiles, DatasetFiles]
) -> Comparison:
    """Compare two completed exports. Raises ExportFileNotFound or DatasetDamaged."""
    manifests = [_manifest(each) for each in datasets]
    notes: list[str] = []
    reports = [_quality(each, letter, notes) for each, letter in zip(datasets, "AB", strict=True)]
    kinds = list(dict.fromkeys(name for each in manifests for name in each.kinds))
    config = config_difference(manifests[0].config, manifests[1].config)
    return Comparison(
        a=ComparedExport.of(exports[0]),
        b=ComparedExport.of(exports[1]),
        kinds=[
            _kind(name, [each.kinds.get(name) for each in manifests], [_part(each, name) for each in reports])
            for name in kinds
        ],
        config=[ConfigChange(field=name, a=a, b=b) for name, (a, b) in config.items()],
        notes=notes,
    )


def _manifest(dataset: DatasetFiles) -> Manifest:
    with dataset.open_manifest() as file:
        return read_without_files(file)


def _quality(dataset: DatasetFiles, letter: str, notes: list[str]) -> Mapping[str, Any]:
    """Return the quality report; an empty one, and a note, if there is none that can be read."""
    try:
        entry = dataset.named(QUALITY_REPORT)
        with dataset.open(entry.path, entry.size_bytes) as file:
            found = load_document(file.read(DOCUMENT_BYTES + 1))
    except (ExportFileNotFound, OSError, ValueError, RecursionError):
        notes.append(f"{letter} has no quality report that can be read, so its values aren't compared.")
        return {}
    return _mapping(found)


def _kind(
    name: str, sections: Sequence[KindSection | None], reports: Sequence[Mapping[str, Any]]
) -> KindComparison:
    counts = [{} if each is None else each.counts() for each in sections]
    splits = [
        {} if each is None else {key: part.rows for key, part in each.splits.items()} for each in sections
    ]
    fields = [[] if each is None else each.fields for each in sections]
    differing = columns_difference(*fields) if all(fields) else None
    types = [{field.name: field.type for field in each} for each in fields]
    changed = [] if differing is None else [*differing.removed, *differing.added, *differing.retyped]
    return KindComparison(
        kind=name,
        counts=_pairs(*counts),
        splits=_pairs(*splits),
        times=_times(reports),
        columns=[ColumnChange(name=each, a=types[0].get(each), b=types[1].get(each)) for each in changed],
        same_columns=sum(types[1].get(column) == type_ for column, type_ in types[0].items()),
        filled=_filled(reports),
        distributions=[found for of in _DISTRIBUTIONS if (found := _distribution(of, reports)) is not None],
    )


def _pairs(a: Mapping[str, int], b: Mapping[str, int]) -> list[CountPair]:
    return [CountPair(what=name, a=a.get(name), b=b.get(name)) for name in dict.fromkeys((*a, *b))]


def _times(reports: Sequence[Mapping[str, Any]]) -> list[TimePair]:
    times = [_part(each, "time") for each in reports]
    medians = [_text(_part(each, "quantiles").get("q50")) for each in times]
    found = [
        TimePair(what="first", a=_text(times[0].get("first")), b=_text(times[1].get("first"))),
        TimePair(what="median", a=medians[0], b=medians[1]),
        TimePair(what="last", a=_text(times[0].get("last")), b=_text(times[1].get("last"))),
    ]
    return [each for each in found if each.a is not None or each.b is not None]


def _filled(reports: Sequence[Mapping[str, Any]]) -> list[SharePair]:
    shares = [
        {name: _share(_mapping(field).get("completeness")) for name, field in _part(each, "fields").items()}
        for each in reports
    ]
    pairs = [
        SharePair(value=name, a=shares[0].get(name), b=shares[1].get(name))
        for name, each in shares[0].items()
        if None not in (each, shares[1].get(name)) and each != shares[1].get(name)
    ]
    return sorted(pairs, key=lambda pair: -abs((pair.a or 0.0) - (pair.b or 0.0)))


def _distribution(of: _Of, reports: Sequence[Mapping[str, Any]]) -> Distribution | None:
    """Compare the counts of values, if both reports have them."""
    counts = [_counts(each.get(of)) for each in reports]
    if not all(counts):
        return None
    totals = [sum(each.values()) for each in counts]
    sketches = [
        ColumnSketch(type="string", nulls=0, top=TopValues(capacity=len(each), error=0, counts=each))
        for each in counts
    ]
    distance = column_distance(sketches[0], totals[0], sketches[1], totals[1])
    names = sorted(
        dict.fromkeys(name for each in counts for name in each),
        key=lambda name: -sum(each.get(name, 0) / total for each, total in zip(counts, totals, strict=True)),
    )
    shown = [name for name in names if name != OTHER][:_MOST_VALUES]
    shares = [
        [each.get(name, 0) / total for name in shown] for each, total in zip(counts, totals, strict=True)
    ]
    pairs = [
        SharePair(value=name, a=round(a, _DIGITS), b=round(b, _DIGITS))
        for name, a, b in zip(shown, *shares, strict=True)
    ]
    if len(shown) < len(names):
        rest = [round(max(0.0, 1 - sum(each)), _DIGITS) for each in shares]
        pairs.append(SharePair(value=_OTHERS, a=rest[0], b=rest[1]))
    value = 0.0 if distance is None else round(distance.value, _DIGITS)
    return Distribution(of=of, distance=value, shares=pairs)


def _counts(value: Any) -> dict[str, int]:
    """Return counts by name, without zeros; the report of another program may hold anything."""
    return {
        str(name): count
        for name, count in _mapping(value).items()
        if isinstance(count, int) and not isinstance(count, bool) and count > 0
    }


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _mapping(value.get(name))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _share(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
