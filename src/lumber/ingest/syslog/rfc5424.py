"""RFC 5424: `<34>1 2003-10-11T22:14:15.003Z host app procid msgid [id name="value"] message`."""

from __future__ import annotations

import re

import orjson
import polars as pl

from lumber.ingest import isotime
from lumber.ingest.syslog.lines import after, finished, with_severity
from lumber.ingest.zones import Zone

START = r"^1 (?:-|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt])"
_HEADER = r"^1 (\S+) (\S+) (\S+) (\S+) (\S+) (?:-|\[)"
_HEADER_LENGTH = r"^(1 \S+ \S+ \S+ \S+ \S+ )(?:-|\[)"
_ELEMENT = r'\[(?:[^"\]\\]|"(?:[^"\\]|\\.)*")*\]'
_DATA = rf"(?s)^(-|(?:{_ELEMENT})+)(?: |$)"
_PARAMETER = re.compile(r'([^\s="\]]{1,}) *= *"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ELEMENT_PARTS = re.compile(r'\[([^\s="\]]+)((?:[^"\]\\]|"(?:[^"\\]|\\.)*")*)\]', re.DOTALL)
_EXACT = re.compile(rf"(?:\[[^\s=\"\]]+(?: +{_PARAMETER.pattern})* *\])+", re.DOTALL)
# Only these three are escaped (6.3.3); any other backslash is literal.
_ESCAPE = re.compile(r'\\(["\\\]])')


def parse(frame: pl.DataFrame, zone: Zone) -> pl.DataFrame:
    """Parse rows of number, line, text (without PRI) and code."""
    names = ("stamp", "host_name", "process_name")
    header = pl.col("text").str.extract(_HEADER_LENGTH)
    frame = frame.with_columns(
        header.alias("header"),
        *(pl.col("text").str.extract(_HEADER, index).alias(name) for index, name in enumerate(names, 1)),
    )
    frame = frame.with_columns(after(pl.col("text"), pl.col("header"), 0).alias("rest"))
    frame = frame.with_columns(pl.col("rest").str.extract(_DATA).alias("data"))
    frame = frame.with_columns(_as_json(frame["data"]).alias("structured_data"))
    # What isn't exactly structured data stays in the message, with all values.
    is_read = pl.col("structured_data").is_not_null() | (pl.col("data") == "-")
    message = after(pl.col("rest"), pl.when(is_read).then("data")).str.strip_prefix("\ufeff")
    frame = frame.with_columns(
        isotime.timestamps(frame["stamp"], zone),
        *(pl.when(pl.col(name) != "-").then(pl.col(name)).alias(name) for name in names[1:]),
        message.alias("message"),
        pl.col("line").alias("raw_message"),
    )
    return finished(with_severity(frame).with_columns(_reason()))


def _reason() -> pl.Expr:
    shown = pl.format("timestamp: '{}' is not a time", pl.col("stamp"))
    return (
        pl.when(pl.col("header").is_null())
        .then(pl.lit("the RFC 5424 header is not complete: time, host, app, procid, msgid, data"))
        .when(pl.col("data").is_null())
        .then(pl.lit("the RFC 5424 structured data is not closed or not followed by a space"))
        .when(pl.col("stamp") == "-")
        .then(pl.lit("timestamp: the line has none"))
        .when(pl.col("timestamp").is_null())
        .then(shown)
        .alias("reason")
    )


def _as_json(data: pl.Series) -> pl.Series:
    unique = data.unique().drop_nulls()
    texts = [structured_data(text) for text in unique.to_list()]
    return data.replace_strict(
        unique, pl.Series(texts, dtype=pl.String), default=None, return_dtype=pl.String
    )


def structured_data(text: str) -> str | None:
    """Return RFC 5424 structured data as canonical JSON: {id: {name: value}}.

    None for `-`, and for a text with something that is neither an element nor a parameter. A name that an
    element has several times becomes a list, and so does a repeated element.
    """
    if not _EXACT.fullmatch(text):
        return None
    elements: dict[str, object] = {}
    for id_, parameters in _ELEMENT_PARTS.findall(text):
        values: dict[str, object] = {}
        for name, value in _PARAMETER.findall(parameters):
            _add(values, name, _ESCAPE.sub(r"\1", value))
        _add(elements, id_, values)
    return orjson.dumps(elements, option=orjson.OPT_SORT_KEYS).decode()


def _add(into: dict[str, object], name: str, value: object) -> None:
    if name not in into:
        into[name] = value
        return
    before = into[name]
    into[name] = [*before, value] if isinstance(before, list) else [before, value]
