"""What an export has, in one line: data types, filters, range, split, options and format."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from lumber.text import counted

_SEPARATOR = " · "
_MOST_FILTERS, _MOST_VALUES, _MOST_CHARACTERS = 3, 3, 40
_SIGNS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "ne": "≠"}
_MIDNIGHT, _LAST_MOMENT = time(0), time.max


def summary_of(config: Any) -> str:
    """Return a stored config in one line. Fields that it lacks have their defaults; times are UTC.

    Configs of any age are summed up, so nothing is taken for granted.
    """
    if not isinstance(config, Mapping):
        return ""
    parts = [_kinds(config), *_filters(config), _range(config), _split(config), *_options(config)]
    return _SEPARATOR.join(part for part in (*parts, _format(config), *_places(config)) if part)


def _kinds(config: Mapping[str, Any]) -> str:
    kinds = config.get("data_types")
    return ", ".join(map(str, kinds)) if isinstance(kinds, Sequence) else ""


def _filters(config: Mapping[str, Any]) -> Iterator[str]:
    filters = config.get("filters")
    conditions = list(filters.items()) if isinstance(filters, Mapping) else []
    found = [text for column, value in conditions for text in _conditions(str(column), value)]
    if processes := config.get("processes"):
        found.append(f"processes {_values(processes, 'or')}")
    yield from found[:_MOST_FILTERS]
    if len(found) > _MOST_FILTERS:
        yield f"{counted(len(found) - _MOST_FILTERS, 'more filter')}"


def _conditions(column: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{column} = {_values(value, 'or')}"
        return
    for operator, wanted in value.items():
        if operator == "is_null":
            yield f"{column} is {'null' if wanted else 'not null'}"
        elif operator == "not_in":
            yield f"{column} ≠ {_values(wanted, 'or')}"
        else:
            sign = _SIGNS.get(str(operator), str(operator).replace("_", " "))
            yield f"{column} {sign} {_values(wanted, 'or')}"


def _values(value: Any, word: str) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    shown = [_value(each) for each in values[:_MOST_VALUES]]
    if len(values) > _MOST_VALUES:
        return f"{', '.join(shown)} {word} {len(values) - _MOST_VALUES:,} more"
    return f" {word} ".join(shown)


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    shown = "".join(each if each.isprintable() else " " for each in text[: _MOST_CHARACTERS + 1])
    return shown if len(shown) <= _MOST_CHARACTERS else f"{shown[:_MOST_CHARACTERS]}…"


def _range(config: Mapping[str, Any]) -> str:
    start, end, before = (_moment(config.get(name)) for name in ("start_date", "end_date", "end_before"))
    first = None if start is None else _text(start, _MIDNIGHT)
    last = None if end is None else _text(end, _LAST_MOMENT)
    if last is None and before is not None:
        last = f"before {_text(before, _MIDNIGHT)}"
    if first and last:
        return f"{first} to {last}" if end is not None else f"from {first}, {last}"
    if first:
        return f"from {first}"
    if last:
        return f"until {last}" if end is not None else last
    named = config.get("date_range")
    return named if isinstance(named, str) else "all time"


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _text(moment: datetime, edge: time) -> str:
    """Return a moment: only its day if it is at this edge of it."""
    if moment.time() == edge:
        return moment.date().isoformat()
    return moment.strftime("%Y-%m-%d %H:%M" if moment.second == 0 else "%Y-%m-%d %H:%M:%S")


def _split(config: Mapping[str, Any]) -> str:
    split = config.get("split")
    mode = split.get("mode") if isinstance(split, Mapping) else split
    if mode in (None, "none", False):
        return ""
    by = split.get("by", "device_id") if isinstance(split, Mapping) else "device_id"
    named = {"group": by, "time_group": f"time and {by}"}
    return "random split" if mode == "random" else f"split by {named.get(mode, mode)}"


def _options(config: Mapping[str, Any]) -> Iterator[str]:
    sample = config.get("sample")
    if isinstance(sample, Mapping):
        share, rows = sample.get("share"), sample.get("rows")
        if isinstance(share, float):
            yield f"sample of {100 * share:g}%"
        elif isinstance(rows, int):
            yield f"sample of {counted(rows, 'row')}"
    for name, text in {
        "labels": "labels",
        "templates": "templates",
        "sequences": "sequences",
        "privacy": "private",
    }.items():
        if config.get(name):
            yield text


def _format(config: Mapping[str, Any]) -> str:
    name, compression = str(config.get("output_format") or "json"), config.get("compression")
    return f"{name} {compression}" if isinstance(compression, str) and compression != "none" else name


def _places(config: Mapping[str, Any]) -> Iterator[str]:
    for name, text in {"source": "from", "dataset": "into", "destination": "to"}.items():
        if place := config.get(name):
            yield f"{text} {place}"
