"""`lumber ingest --dry-run`: shows the first rows of each source as they would be stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from lumber.cli.first_rows import show_rows
from lumber.cli.ingest_summary import Failed, described, name_of, say_failed, say_first_lines
from lumber.cli.output import Output
from lumber.errors import IngestError
from lumber.ingest.dry_run import DryRun, dry_run
from lumber.ingest.options import IngestOptions
from lumber.ingest.sources import Source


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
        # The summary comes last: many rows would push it off the screen.
        show_rows(output, options.kind, name_of(each.report), each.rows)
        say_first_lines(output, options, each.report, has_more=each.has_more)
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
