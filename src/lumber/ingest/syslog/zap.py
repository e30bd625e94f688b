"""The console layout of zap, as etcd and the operators of Kubernetes write it, with tabs between its parts.

The parts are level, logger, caller, message, and fields as a JSON object. Logger, caller and fields may be
missing.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
import polars as pl

from lumber.ingest.limits import is_too_deep
from lumber.ingest.records import values

# Rows without it need not be compared with the layouts.
MARK = r"^[A-Za-z]+\t"
_LEVEL = r"(?P<level>(?i:DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL))"
_LOGGER = r"(?P<logger>[\w./-]+)"
_CALLER = r"(?P<caller>[^\s:]+\.go:[0-9]+)"
_FIELDS = r"\t(?P<fields>\{[^\n]*\})"
# A trace of the stack, in lines of their own.
_STACK = r"(?P<stack>\n.*)?$"
# A text between two tabs is a logger only if a message follows, which the fields are not.
LAYOUTS = (
    rf"(?s)^{_LEVEL}\t(?:{_LOGGER}\t)?{_CALLER}\t(?P<message>[^\n]*?)(?:{_FIELDS})?{_STACK}",
    rf"(?s)^{_LEVEL}\t(?P<message>[^\t\n]*){_FIELDS}{_STACK}",
    rf"(?s)^{_LEVEL}\t{_LOGGER}\t(?P<message>[^\n]*?)(?:{_FIELDS})?{_STACK}",
    rf"(?s)^{_LEVEL}\t(?P<message>[^\n]*){_STACK}",
)


def with_fields(found: pl.DataFrame, data: pl.Series) -> pl.DataFrame:
    """Return message and structured_data of rows with message, fields and stack.

    `data` is the structured_data that they have already. Fields that are no JSON object stay in the message.
    """
    messages: list[str] = []
    texts: list[str | None] = []
    for message, fields, stack, known in zip(
        found["message"], found["fields"], found["stack"], data, strict=True
    ):
        merged = _merged(fields, known) if fields is not None else known
        kept = fields is not None and merged is None
        messages.append(message + (f"\t{fields}" if kept else "") + (stack or ""))
        texts.append(known if kept else merged)
    return pl.DataFrame(
        {"message": messages, "structured_data": texts},
        schema={"message": pl.String, "structured_data": pl.String},
    )


def _merged(fields: str, known: str | None) -> str | None:
    """Return both as one object, with the fields in one of their own if both have a name; None if no JSON."""
    if is_too_deep(fields):
        return None
    try:
        orjson.loads(fields)  # rejects NaN and half of a character, which json accepts
        own: dict[str, Any] = json.loads(fields)  # keeps the digits of long numbers
    except ValueError:
        return None
    if not own:
        return None
    data: dict[str, Any] = json.loads(known) if known is not None else {}
    if own.keys() & data.keys():
        own = {"fields": own}
    return values.dumped({**own, **data})
