"""`lumber ingest --dry-run`: shows the first rows of each source as they would be stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from lumber.catalog.registry import get_kind
from lumber.cli.ingest_summary import Failed, described, say_failed, say_first_lines
from lumber.cli.output import Output, printable
from lumber.errors import IngestError
from lumber.ingest.dry_run import DryRun, dry_run
from lumber.ingest.options import IngestOptions
from lumber.ingest.sources import Source

_CELL_CHARACTERS = 60
_MESSAGE_WIDTH = 20


def run_dry(
    output: Output, options: IngestOptions, names: Sequence[str], failed: Failed, dialect: str, lines: int
) -> bool:
    """Print what a load of the sources would store, from their first lines. Return whether all is well."""
    done: list[DryRun] = []
    for name in names:
        try:
            done.append(dry_run(Source.find(name), options, dialect, lines))
        except IngestError as error:
            if len(names) + len(failed) == 1:
                raise
            failed.append((name, error))
    output.result(_as_json(options, done, failed))
    for each in done:
        say_first_lines(output, options, each.report, has_more=each.has_more)
        _show_rows(output, options.kind, each.rows)
    say_failed(output, failed, len(done))
    output.say("dry run: nothing was written.")
    return not failed and not any(each.report.is_mostly_rejected for each in done)


def _as_json(options: IngestOptions, done: Sequence[DryRun], failed: Failed) -> dict[str, Any]:
    reports = [each.report for each in done]
    counts = {
        name: sum(getattr(report, name) for report in reports) for name in ("lines", "loaded", "rejected")
    }
    return {
        "kind": options.kind,
        "is_dry_run": True,
        **counts,
        "sources": [{**asdict(each.report), "has_more": each.has_more, "rows": each.rows} for each in done],
        "failed": described(failed),
    }


def _show_rows(output: Output, kind: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print a table of the columns that have a value. The raw line would only repeat the others."""
    found = get_kind(kind)
    raw = "raw_message" if found.message_column else None
    names = [name for name in (rows[0] if rows else ()) if name != raw]
    names = [name for name in names if any(row[name] is not None for row in rows)]
    if not names:
        return
    table = Table(box=None)
    for name in names:
        # A narrow terminal cuts no time, and leaves the message more than the other texts.
        width = _MESSAGE_WIDTH if name == found.message_column else None
        table.add_column(name, no_wrap=name == found.time_column, min_width=width, overflow="fold")
    for row in rows:
        table.add_row(*(printable(_cell(row[name])) for name in names))
    output.table(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _CELL_CHARACTERS else f"{text[: _CELL_CHARACTERS - 1]}\N{HORIZONTAL ELLIPSIS}"
