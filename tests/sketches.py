"""Sketches of frames, and versions that have sketches and a manifest only, for tests of gates."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.dataset.manifest import FieldEntry, KindSection, Manifest, PlanSection
from lumber.dataset.sketches.columns import ColumnSketcher
from lumber.dataset.sketches.document import KindSketch, Sketches, TestSetRows
from lumber.exports.gates.facts import VersionFacts


def sketch_of(frame: pl.DataFrame, batch_rows: int = 10_000) -> KindSketch:
    """Sketch the columns of a frame, a batch at a time."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    types = {field.name: str(field.type).removeprefix("large_") for field in table.schema}
    sketchers = {name: ColumnSketcher(name, type_) for name, type_ in types.items()}
    for batch in table.to_batches(max_chunksize=batch_rows):
        for name, sketcher in sketchers.items():
            sketcher.add(batch.column(name))
    columns = {name: sketcher.finish() for name, sketcher in sketchers.items()}
    return KindSketch(rows=frame.height, columns=columns)


def version(
    frame: pl.DataFrame,
    *,
    rejected: int = 0,
    fields: Mapping[str, str] | None = None,
    kind: str = "logs",
    added: pl.DataFrame | None = None,
    in_test_set: tuple[str, int] | None = None,
) -> VersionFacts:
    """Return what is known of a version with these rows; of an increment `added` are its rows alone."""
    own = frame if added is None else added
    test_set = None
    if in_test_set is not None:
        name, matched = in_test_set
        test_set = TestSetRows(name=name, sha256="0" * 64, rows={kind: own.height}, matched={kind: matched})
    sketches = Sketches(
        kinds={kind: sketch_of(frame)},
        added={} if added is None else {kind: sketch_of(added)},
        test_set=test_set,
    )
    counts = {"read": own.height + rejected, "written": own.height, "rejected": rejected, "deduplicated": 0}
    return VersionFacts(manifest(fields or {"id": "int64"}, counts, kind), sketches, {kind: counts})


def manifest(fields: Mapping[str, str], counts: Mapping[str, Any], kind: str = "logs") -> Manifest:
    """Return a manifest of one kind with these columns. A type that ends with ! is never null."""
    listed = [
        FieldEntry(name=name, type=type_.rstrip("!"), nullable=not type_.endswith("!"))
        for name, type_ in fields.items()
    ]
    section = KindSection.model_construct(**counts, fields=listed, splits={})
    return Manifest.model_construct(
        manifest_version=1,
        config={},
        config_hash="",
        kinds={kind: section},
        plan=PlanSection(kinds={}),
        files=[],
    )


def batches(frame: pl.DataFrame, rows: int) -> list[pa.RecordBatch]:
    """Return the rows of a frame in batches."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches(max_chunksize=rows)
