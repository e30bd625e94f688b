"""Windows: one row for each slice of events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import polars as pl

from lumber.engine.sequences.slices import row_numbers
from lumber.steps.lists import cut_into_lists

_TIME = pl.Datetime("us", "UTC")


def windows_of(events: pl.DataFrame, slices: pl.DataFrame, *, has_lanes: bool) -> pl.DataFrame:
    """Return one row of the sequence table for each slice, in the order of completion."""
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
    """Return a non-null key for each device; events without a device share one key."""
    return ("d" + device_ids.cast(pl.String)).fill_null("")


def device_ids(keys: pl.Series) -> pl.Series:
    """Return the device ids of the keys."""
    return keys.replace("", None).str.slice(1)


def _ids(slices: pl.DataFrame, first_ids: pl.Series, *, has_lanes: bool) -> Iterator[str]:
    """Hash split, device and first event, and the window number: windows over seconds can share these."""
    columns = (slices["split"], slices["device"], slices["lane"], first_ids)
    for split, device, lane, first_id in zip(*columns, strict=True):
        text = f"{split}\0{first_id}\0{lane if has_lanes else ''}\0{device}"
        yield f"s_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
