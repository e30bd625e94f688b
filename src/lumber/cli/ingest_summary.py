"""The summary of `lumber ingest`: for each source how much was loaded, and why the rest was not."""

from __future__ import annotations

from lumber.catalog.registry import get_kind
from lumber.cli.output import Output, printable
from lumber.ingest.options import IngestOptions
from lumber.ingest.report import SourceReport
from lumber.text import counted

_NOUNS = {"log_level": "level", "process_name": "process", "host_name": "host"}
_MOST_REASONS = 5
_EXAMPLE_CHARACTERS = 100


def say_report(output: Output, options: IngestOptions, report: SourceReport) -> None:
    """Print the summary of one source."""
    name = printable("standard input" if report.source == "-" else report.source)
    if report.skipped and not report.lines and not report.is_mostly_rejected:
        output.say(
            f"{name}: already loaded, {counted(report.skipped, 'line')} skipped. "
            "Use --source-id to load it again under another name"
        )
        return
    title = get_kind(options.kind).title.lower()
    skipped = f", {report.skipped:,} skipped because they were loaded before" if report.skipped else ""
    output.say(
        f"{name}: {counted(report.lines, 'line')}, {report.loaded:,} loaded as {title}, "
        f"{report.rejected:,} rejected{skipped} (source {printable(report.source_id)})"
    )
    _say_reasons(output, report)
    if report.reject_file:
        output.say(f"  rejected lines, with reasons: {printable(report.reject_file)}")
    say_quality(output, options, report)
    if report.is_mostly_rejected:
        output.note(f"[bold red]error:[/] {_failure(name, title, report)}")
    if report.ignored_fields:
        output.note(
            f"  ignored fields that {options.kind} don't have: {printable(', '.join(report.ignored_fields))}"
        )


def _say_reasons(output: Output, report: SourceReport) -> None:
    for group in report.reasons[:_MOST_REASONS]:
        example = f", for example line {group.line:,}"
        if group.example.strip():
            cut = group.example[:_EXAMPLE_CHARACTERS]
            example += f": {printable(cut.strip())}"
        output.say(f"  {group.count:,} rejected: {printable(group.reason)}{example}")
    others = sum(group.count for group in report.reasons[_MOST_REASONS:])
    if others:
        output.say(f"  {others:,} rejected for other reasons")


def say_quality(output: Output, options: IngestOptions, report: SourceReport) -> None:
    """Print which share of the loaded rows has a level, process and host, and what was guessed."""
    if report.loaded and report.filled:
        shares = [f"{_NOUNS[name]} {percent(n, report.loaded)}" for name, n in report.filled.items()]
        output.say(f"  share of lines with a value: {', '.join(shares)}")
        without = report.loaded - report.filled.get("log_level", report.loaded)
        if without and options.default_level is None:
            output.say(
                f"  {percent(without, report.loaded)} have no level: use --default-level if you know it"
            )
    if report.are_years_guessed and report.loaded:
        output.say("  years were guessed, because times have none: use --year if you know the first one")


def percent(part: int, whole: int) -> str:
    """Return a share as text. Only all is 100%, and only none is 0%."""
    share = 100 * part / whole
    if 0 < share < 1:
        return "less than 1%"
    return f"{min(round(share), 99) if part < whole else 100}%"


def _failure(name: str, title: str, report: SourceReport) -> str:
    if report.is_all_rejected:
        return f"no line of {name} could be loaded as {title}. Check its content and --format."
    lines = report.lines + report.skipped
    rejected = lines - report.loaded - report.loaded_before
    return (
        f"{rejected:,} of {counted(lines, 'line')} of {name} were rejected. The loaded rows stay. Check its "
        "content and --format. If so many rejects are right, raise --max-rejected."
    )
