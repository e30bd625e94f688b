"""The summary of `lumber ingest`: for each source how much was loaded, and why the rest was not."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from lumber.catalog.registry import get_kind
from lumber.cli.output import Output, printable
from lumber.cli.recognised import NOUNS, advice, check_advice, formats_text
from lumber.errors import IngestError
from lumber.ingest.options import IngestOptions
from lumber.ingest.report import SourceReport
from lumber.text import counted

_MOST_REASONS = 5
_EXAMPLE_CHARACTERS = 100

Failed = list[tuple[str, IngestError]]


@dataclass(slots=True)
class Loaded:
    """The reports of the loaded sources, and the errors of the others, each with its source.

    `partial` has reports of sources whose load ended before their end.
    """

    reports: list[SourceReport] = field(default_factory=list)
    failed: Failed = field(default_factory=list)
    partial: list[SourceReport] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Say whether every source was loaded."""
        return not self.failed and not any(report.is_mostly_rejected for report in self.reports)


def show_loaded(output: Output, options: IngestOptions, loaded: Loaded) -> None:
    """Print the summary of all sources, as text or as one JSON object."""
    reports = loaded.reports
    result: dict[str, Any] = {"kind": options.kind}
    for name in ("lines", "loaded", "rejected", "skipped"):
        result[name] = sum(getattr(report, name) for report in reports)
    files = [report.reject_file for report in reports if report.reject_file]
    result["reject_file"] = files[0] if files else None
    result["sources"] = [asdict(report) for report in reports]
    result["failed"] = described(loaded.failed)
    output.result(result)
    for report in reports:
        say_report(output, options, report)
    say_failed(output, loaded.failed, len(reports))
    if loaded.failed:
        output.note("Run the same command again to load the rest.")


def described(failed: Failed) -> list[dict[str, str]]:
    """Return the sources that failed, for JSON."""
    return [{"source": name, "code": error.code, "message": str(error)} for name, error in failed]


def say_failed(output: Output, failed: Failed, others: int) -> None:
    """Print each source that failed, and how many."""
    for name, error in failed:
        output.note(f"[bold red]error:[/] {printable(name)}: {printable(error)}")
    if failed:
        output.note(f"{len(failed):,} of {counted(others + len(failed), 'source')} failed.")


def say_first_lines(output: Output, options: IngestOptions, report: SourceReport, *, has_more: bool) -> None:
    """Print what a dry run found in the first lines of a source."""
    name = name_of(report)
    lines = f"the first {counted(report.lines, 'line')}" if has_more else counted(report.lines, "line")
    output.say(f"{name}: {lines}, {report.loaded:,} would be loaded, {report.rejected:,} rejected")
    _say_rest(output, options, report)


def say_report(output: Output, options: IngestOptions, report: SourceReport) -> None:
    """Print the summary of one source."""
    name = name_of(report)
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
    if _say_rest(output, options, report):
        # The same content isn't loaded twice, whatever the options.
        output.say(
            f"  to load it with other options, first run: lumber loads delete {printable(report.source_id)}"
        )


def name_of(report: SourceReport) -> str:
    """Return the name of a source for people."""
    return printable("standard input" if report.source == "-" else report.source)


def _say_rest(output: Output, options: IngestOptions, report: SourceReport) -> bool:
    """Print what follows the counts. Return whether other options were advised for loaded rows."""
    if report.lines:
        output.say(f"  recognised: {formats_text(report.formats, report.unrecognised)}")
    if report.joined_lines:
        output.say(
            f"  joined {counted(report.joined_lines, 'continuation line')} into "
            f"{counted(report.joined_records, 'record')}"
        )
    _say_reasons(output, report)
    if report.reject_file:
        output.say(f"  rejected lines, with reasons: {printable(report.reject_file)}")
    is_advised = _say_quality(output, options, report)
    if report.is_mostly_rejected:
        output.note(f"[bold red]error:[/] {_failure(report, get_kind(options.kind).title.lower())}")
    if report.ignored_fields:
        output.note(
            f"  ignored fields that {options.kind} don't have: {printable(', '.join(report.ignored_fields))}"
        )
    return is_advised


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


def _say_quality(output: Output, options: IngestOptions, report: SourceReport) -> bool:
    is_advised = False
    if report.loaded and report.filled:
        shares = [f"{NOUNS[name]} {_percent(n, report.loaded)}" for name, n in report.filled.items()]
        output.say(f"  share of lines with a value: {', '.join(shares)}")
        without = report.loaded - report.filled.get("log_level", report.loaded)
        # The level comes from the text of the severity.
        names = {"severity_text": "log_level"}
        mapped = [names.get(each.column, each.column) for each in options.mapping.columns]
        if (found := advice(report.formats, report.filled, report.loaded, mapped)) is not None:
            is_advised = True
            output.say(f"  {found}")
        elif without and options.default_level is None:
            is_advised = True
            output.say(
                f"  {_percent(without, report.loaded)} have no level: use --default-level if you know it"
            )
    if report.are_years_guessed and report.loaded:
        is_advised = True
        output.say("  years were guessed, because times have none: use --year if you know the first one")
    return is_advised


def _percent(part: int, whole: int) -> str:
    # Only all is 100%, and only none is 0%.
    share = 100 * part / whole
    if 0 < share < 1:
        return "less than 1%"
    return f"{min(round(share), 99) if part < whole else 100}%"


def _failure(report: SourceReport, title: str) -> str:
    name = name_of(report)
    if report.is_all_rejected:
        return f"no line of {name} could be loaded as {title}. {check_advice(report.formats)}"
    lines = report.lines + report.skipped
    rejected = lines - report.loaded - report.loaded_before
    return (
        f"{rejected:,} of {counted(lines, 'line')} of {name} were rejected. The loaded rows stay. "
        f"{check_advice(report.formats)} If so many rejects are right, raise --max-rejected."
    )
