"""Damages a small share of the rows, each in a way that validation must find.

NUL characters are not among them: PostgreSQL can't store them.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from lumber.ingest.sample.chance import Ints, whole
from lumber.store.types import to_microseconds

_SMALLEST_FRAME = 50
_YEAR_2099_US = to_microseconds(datetime(2099, 1, 1, tzinfo=UTC))
_YEAR_US = 365 * 86_400_000_000
_NO_ADDRESS = ("10.0.0.256", "192.168.1", "not-an-address", "fe80::g1")


def damage_logs(random: np.random.Generator, logs: pl.DataFrame, share: float) -> pl.DataFrame:
    """Damage the severity, address, time, structured data or message of a share of the log rows."""
    chosen = _choose(random, logs.height, share)
    severity, address, time, structured, message = (chosen[kind::5] for kind in range(5))
    logs = _overwrite(logs, "severity_text", severity, "LOUD")
    logs = _overwrite(logs, "device_ip", address, "999.10.0.1")
    logs = _overwrite(logs, "structured_data", structured, '{"broken":')
    logs = _overwrite(logs, "message", message, "")
    return _in_2099(random, logs, time)


def damage_anomalies(random: np.random.Generator, anomalies: pl.DataFrame, share: float) -> pl.DataFrame:
    """Make scores exceed their scale, or point to log rows that do not exist."""
    chosen = _choose(random, anomalies.height, share)
    scores, rows = chosen[0::2], chosen[1::2]
    factor = anomalies["score_max"].fill_null(1.0).gather(pl.Series(scores)) * 1.7
    return _overwrite(_overwrite(anomalies, "score", scores, factor), "row", rows, 9_000_000_000_000)


def damage_addresses(random: np.random.Generator, addresses: pl.DataFrame, share: float) -> pl.DataFrame:
    """Add rows with an invalid address, or whose times are swapped; the other rows stay unchanged."""
    chosen = _choose(random, addresses.height, share)
    copies = addresses[chosen].with_row_index("number")
    is_swapped = pl.col("number") % 2 == 0
    names = [_NO_ADDRESS[number % len(_NO_ADDRESS)] for number in range(copies.height)]
    broken = copies.with_columns(
        pl.when(is_swapped)
        .then(pl.format("30.255.{}.{}", pl.col("number") // 250, pl.col("number") % 250 + 1))
        .otherwise(pl.format("{}#{}", pl.Series(names, dtype=pl.String), "number"))
        .alias("address"),
        pl.when(is_swapped)
        .then(pl.col("last_seen").dt.offset_by("1d"))
        .otherwise("first_seen")
        .alias("first_seen"),
    )
    return pl.concat([addresses, broken.drop("number")])


def _choose(random: np.random.Generator, rows: int, share: float) -> Ints:
    """Choose the rows to damage: the share, but at least one if there are enough rows."""
    if share <= 0 or rows < _SMALLEST_FRAME:
        return np.zeros(0, dtype=np.int64)
    count = min(rows, max(1, round(rows * share)))
    return random.choice(rows, count, replace=False).astype(np.int64)


def _overwrite(frame: pl.DataFrame, column: str, rows: Ints, value: str | int | pl.Series) -> pl.DataFrame:
    return frame.with_columns(frame[column].clone().scatter(pl.Series(rows), value)) if len(rows) else frame


def _in_2099(random: np.random.Generator, logs: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    times = pl.Series(_YEAR_2099_US + whole(random, 0, _YEAR_US - 1, len(rows)))
    return _overwrite(logs, "timestamp", rows, times.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
