"""Joins the rows of a stack trace whose lines a container runtime wrote one by one, each with its own time.

Docker and Kubernetes (CRI) name the stream of each line. A line of a trace belongs to the line before it in
its stream. A row that would make a record too long stays a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from lumber.ingest.limits import Limits
from lumber.ingest.multiline.continuations import TRACE, OpenRecord

_STREAM = r'"stream":"(stdout|stderr)"'
# Records of one file are alike.
_FIRST = 10


def join_traces(rows: pl.DataFrame, limits: Limits) -> tuple[pl.DataFrame, dict[int, int]]:
    """Return the rows with each trace in one, and how many lines were joined: number -> lines."""
    if rows.is_empty() or not rows["structured_data"].head(_FIRST).str.contains(_STREAM).any():
        return rows, {}
    if not rows["message"].str.contains(f"^(?:{TRACE})").any():
        return rows, {}
    streams = rows["structured_data"].str.extract(_STREAM).to_list()
    messages, raws, numbers = (rows[name].to_list() for name in ("message", "raw_message", "number"))
    is_kept = [True] * len(rows)
    continued: dict[int, int] = {}
    for stream in ("stdout", "stderr"):
        places = [place for place, name in enumerate(streams) if name == stream]
        for owner, joined in _groups([messages[place] for place in places], limits):
            first = places[owner]
            for place in (places[index] for index in joined):
                is_kept[place] = False
            members = [first, *(places[index] for index in joined)]
            messages[first] = "\n".join(messages[place] for place in members)
            if raws[first] is not None:
                raws[first] = "\n".join(raws[place] for place in members)
            continued[numbers[first]] = sum(1 + (raws[place] or "").count("\n") for place in members[1:])
    changed = {"message": messages, "raw_message": raws}
    columns = (pl.Series(name, values, pl.String) for name, values in changed.items())
    return rows.with_columns(columns).filter(pl.Series(is_kept)), continued


def _groups(messages: Sequence[str], limits: Limits) -> Iterator[tuple[int, list[int]]]:
    """Yield the place of each message that others continue, and their places."""
    owner, joined, blanks = 0, list[int](), list[int]()
    record: OpenRecord | None = None
    for place, text in enumerate(messages):
        if record is not None and record.has_trace and not text.strip():
            blanks.append(place)
            continue
        following = messages[place + 1] if place + 1 < len(messages) else None
        if record is not None and text.strip() and record.takes(text, following):
            added = [*blanks, place]
            record.lines += len(added)
            record.size_bytes += sum(1 + len(messages[index].encode()) for index in added)
            if record.lines <= limits.record_lines and record.size_bytes <= limits.line_bytes:
                joined += added
                blanks = []
                continue
        if joined:
            yield owner, joined
        record = OpenRecord.begun_by(text, takes_indented=False)
        owner, joined, blanks = place, [], []
    if joined:
        yield owner, joined
