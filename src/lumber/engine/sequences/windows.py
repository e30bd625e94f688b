"""Windows: one row for each slice of events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP, optional, required
from lumber.engine.sequences.slices import row_numbers
from lumber.steps.lists import cut_into_lists

SEQUENCE_SCHEMA = pa.schema(
    [
        required("sequence_id", pa.string()),
        required("split", pa.string()),
        optional("device_id", pa.string()),
        required("start", TIMESTAMP),
        required("end", TIMESTAMP),
        required("first_id", pa.int64()),
        required("last_id", pa.int64()),
        required("template_ids", pa.list_(pa.string())),
        required("deltas_ms", pa.list_(pa.int64())),
        optional("label", pa.int8()),
        optional("labels", pa.list_(pa.int8())),
    ]
)
DESCRIPTIONS = {
    "sequence_id": "s_ and 16 hexadecimal digits: a hash of the split, the device and where it begins.",
    "split": "The split of all its events.",
    "device_id": "The device of all its events; null for events without one.",
    "start": "Time of the first event, UTC.",
    "end": "Time of the last event, UTC.",
    "first_id": "Id of the first event.",
    "last_id": "Id of the last event.",
    "template_ids": "The templates of the events in order.",
    "deltas_ms": "Whole milliseconds from the event before to each event; 0 for the first.",
    "label": "1 when an event is labelled 1; 0 when all are labelled 0; else null.",
    "labels": "The labels of the events in order.",
}
_TIME = pl.Datetime("us", "UTC")


def windows_of(events: pl.DataFrame, slices: pl.DataFrame, *, has_lanes: bool) -> pl.DataFrame:
    """Return a row of `SEQUENCE_SCHEMA` for each slice, in the order in which they were completed."""
    slices = slices.sort("at", "lane", "lo")
    inside = events[row_numbers(slices)]
    lengths = slices["hi"] - slices["lo"]
    starts = lengths.cum_sum().shift(1, fill_value=0)
    deltas = (inside["us"].diff() // 1_000).scatter(starts, 0)
    labels = cut_into_lists(inside["label"], lengths)
    first, last = events[slices["lo"]], events[slices["hi"] - 1]
    frame = pl.DataFrame(
        {
            "sequence_id": pl.Series(list(_ids(slices, first["id"], has_lanes=has_lanes)), dtype=pl.String),
            "split": slices["split"],
            "device_id": device_ids(slices["device"]),
            "start": first["us"].cast(_TIME),
            "end": last["us"].cast(_TIME),
            "first_id": first["id"],
            "last_id": last["id"],
            "template_ids": cut_into_lists(inside["template_id"], lengths),
            "deltas_ms": cut_into_lists(deltas, lengths),
        }
    )
    is_labelled = labels.list.drop_nulls().list.len() == labels.list.len()
    return frame.with_columns(
        label=pl.when(labels.list.max() == 1).then(1).when(is_labelled).then(0).cast(pl.Int8),
        labels=labels,
    )


def device_keys(device_ids: pl.Series) -> pl.Series:
    """Return a key for each device. It is never null: events without a device are a device of their own."""
    return ("d" + device_ids.cast(pl.String)).fill_null("")


def device_ids(keys: pl.Series) -> pl.Series:
    """Return the devices of keys."""
    return keys.replace("", None).str.slice(1)


def _ids(slices: pl.DataFrame, first_ids: pl.Series, *, has_lanes: bool) -> Iterator[str]:
    """Hash split, device and first event; windows over seconds may share these, so their number as well."""
    columns = (slices["split"], slices["device"], slices["lane"], first_ids)
    for split, device, lane, first_id in zip(*columns, strict=True):
        text = f"{split}\0{first_id}\0{lane if has_lanes else ''}\0{device}"
        yield f"s_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
