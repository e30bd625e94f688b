"""RFC 5424: `<34>1 2003-10-11T22:14:15.003Z host app procid msgid [id name="value"] message`."""

from __future__ import annotations

import re

import orjson
import polars as pl

from lumber.ingest import isotime
from lumber.ingest.syslog.lines import after, as_json_scalar, finished, with_severity
from lumber.ingest.zones import Zone

START = r"^1 (?:-|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt])"
_HEADER = r"^1 \S+ \S+ \S+ \S+ \S+ (?:-|\[)"
_FIELDS = ("version", "stamp", "host_name", "process_name", "process_id", "message_id", "rest")
_ELEMENT = r'\[(?:[^"\]\\]|"(?:[^"\\]|\\.)*")*\]'
_DATA = rf"(?s)^(-|(?:{_ELEMENT})+)(?: |$)"
_PARAMETER = re.compile(r'([^\s="\]]{1,}) *= *"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ELEMENT_PARTS = re.compile(r'\[([^\s="\]]+)((?:[^"\]\\]|"(?:[^"\\]|\\.)*")*)\]', re.DOTALL)
_EXACT = re.compile(rf"(?:\[[^\s=\"\]]+(?: +{_PARAMETER.pattern})* *\])+", re.DOTALL)
_PROCESS_ID, _MESSAGE_ID = "process_id", "message_id"
# Only these three are escaped (6.3.3); any other backslash is literal.
_ESCAPE = re.compile(r'\\(["\\\]])')


def parse(frame: pl.DataFrame, zone: Zone) -> pl.DataFrame:
    """Parse rows of number, line, text (without PRI) and code."""
    # Fields are divided by single spaces. To split is several times cheaper than a group for each field.
    fields = pl.col("text").str.splitn(" ", len(_FIELDS)).struct.rename_fields(_FIELDS)
    is_header = pl.col("text").str.contains(_HEADER)
    frame = frame.with_columns(pl.when(is_header).then(fields).alias("fields")).unnest("fields")
    frame = frame.with_columns(
        isotime.timestamps(frame["stamp"], zone),
        *(pl.when(pl.col(name) != "-").then(pl.col(name)).alias(name) for name in _FIELDS[2:-1]),
        pl.col("line").alias("raw_message"),
    )
    frame = frame.with_columns(pl.col("rest").str.extract(_DATA).alias("data"))
    frame = _with_data(frame)
    # What isn't exactly structured data stays in the message, with all values.
    message = after(pl.col("rest"), pl.when(pl.col("is_read")).then("data")).str.strip_prefix("\ufeff")
    return finished(with_severity(frame.with_columns(message.alias("message"))).with_columns(_reason()))


def _reason() -> pl.Expr:
    shown = pl.format("timestamp: '{}' is not a time", pl.col("stamp"))
    return (
        pl.when(pl.col("rest").is_null())
        .then(pl.lit("the RFC 5424 header is not complete: time, host, app, procid, msgid, data"))
        .when(pl.col("data").is_null())
        .then(pl.lit("the RFC 5424 structured data is not closed or not followed by a space"))
        .when(pl.col("stamp") == "-")
        .then(pl.lit("timestamp: the line has none"))
        .when(pl.col("timestamp").is_null())
        .then(shown)
        .alias("reason")
    )


def _with_data(frame: pl.DataFrame) -> pl.DataFrame:
    """Add structured_data, and is_read: whether it has all of `data`.

    A file has few different data and message ids, but many process ids: those are inserted afterwards.
    """
    keys = ["data", "message_id"]
    unique = frame.select(keys).unique()
    # Each text costs: a file in which every data is another has as many as lines.
    nulls = frame["process_id"].null_count()
    has_ids, has_others = nulls < len(frame), nulls > 0
    read = [_texts(data, id_, has_ids, has_others) for data, id_ in unique.iter_rows()]
    names = ("is_read", "without", "before", "behind")
    types = (pl.Boolean, pl.String, pl.String, pl.String)
    columns = [
        pl.Series(name, [row[place] for row in read], type_)
        for place, (name, type_) in enumerate(zip(names, types, strict=True))
    ]
    frame = frame.join(
        unique.with_columns(columns), on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    with_id = pl.concat_str("before", as_json_scalar(frame["process_id"]), "behind")
    return frame.with_columns(pl.coalesce(with_id, "without").alias("structured_data"))


def _texts(
    data: str | None, message_id: str | None, has_ids: bool, has_others: bool
) -> tuple[bool, str | None, str | None, str | None]:
    """Return whether `data` is read, the JSON without a process id, and what is before and behind one.

    Only the texts that some row needs: `has_ids` says that some have a process id, `has_others` that not
    all have one.
    """
    elements = structured_data(data) if data not in (None, "-") else {}
    is_read = elements is not None and not elements.keys() & {_PROCESS_ID, _MESSAGE_ID}
    members: dict[str, object] = {**elements} if elements is not None and is_read else {}
    if message_id is not None:
        members[_MESSAGE_ID] = message_id
    without = _canonical(members) if members and has_others else None
    if not has_ids:
        return is_read, without, None, None
    # No text can hold these characters: JSON escapes the quotes in it.
    before, name, behind = _canonical({**members, _PROCESS_ID: None}).partition(f'"{_PROCESS_ID}":null')
    return is_read, without, before + name.removesuffix("null"), behind


def _canonical(members: dict[str, object]) -> str:
    return orjson.dumps(members, option=orjson.OPT_SORT_KEYS).decode()


def structured_data(text: str) -> dict[str, object] | None:
    """Return RFC 5424 structured data as {id: {name: value}}.

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
    return elements


def _add(into: dict[str, object], name: str, value: object) -> None:
    if name not in into:
        into[name] = value
        return
    before = into[name]
    into[name] = [*before, value] if isinstance(before, list) else [before, value]
