"""Decides whether the first word after a time is a host. What is doubtful stays in the message."""

from __future__ import annotations

import polars as pl

from lumber.catalog.severity import LEVEL_BY_SPELLING
from lumber.ingest.abbreviations import OFFSETS, UNCLEAR

# Letters, digits, dots, dashes, underscores, and the colons of IPv6.
_HOST = r"^([\w.:-]+)(?:[ \t]|$)"
_STREAMS = ("stdout", "stderr")
# Words that are also names of hosts and programs.
_NAMES = ("log", "note", "system")
LEVELS = tuple(word for word in LEVEL_BY_SPELLING if word not in _NAMES)
_IPV4 = r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$"
_IPV6 = r"^(?:[0-9A-Fa-f.:]*::[0-9A-Fa-f.:]*|(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4})$"


def with_host(frame: pl.DataFrame) -> pl.DataFrame:
    """Add host_name, the first word of the column `rest`; null if it can't be a host."""
    frame = frame.with_columns(pl.col("rest").str.extract(_HOST).alias("host_name"))
    # A file has few hosts: the rules run once for each.
    words = frame["host_name"].unique().drop_nulls()
    others = words.filter(~_can_be_host(words))
    if others.is_empty():
        return frame
    host = pl.col("host_name")
    return frame.with_columns(pl.when(~host.is_in(others.to_list())).then(host).alias("host_name"))


def _can_be_host(words: pl.Series) -> pl.Series:
    word = pl.col("host_name")
    is_name = word.str.contains(r"^\w[\w.-]*$") & word.str.contains(r"\p{L}")
    is_address = word.str.contains(_IPV4) | word.str.contains(_IPV6)
    taken = [*LEVELS, *_STREAMS]
    is_taken = word.str.to_lowercase().is_in(taken) | word.is_in([*OFFSETS, *UNCLEAR])
    return words.to_frame("host_name").select((is_name | is_address) & ~is_taken).to_series()


def without_level_as_process(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep a level that stands in the place of a tag, `ERROR:` or `(notice):`, in the message."""
    names = frame["process_name"].unique().drop_nulls()
    if not names.str.strip_chars("()").str.to_lowercase().is_in(LEVELS).any():
        return frame
    process = pl.col("process_name")
    is_level = process.str.strip_chars("()").str.to_lowercase().is_in(LEVELS)
    return frame.with_columns(
        pl.when(~is_level).then(process).alias("process_name"),
        pl.when(is_level).then("body").otherwise("message").alias("message"),
        pl.when(~is_level).then("tag").alias("tag"),
        pl.when(~is_level).then("process_id").alias("process_id"),
    )
