"""`lumber ingest`: loads logs, anomalies and IP records from files or standard input."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.formats.finding import with_saved_format
from lumber.cli.ingest_audit import tell_loads
from lumber.cli.ingest_dry_run import run_dry
from lumber.cli.ingest_follow import check_follow, follow
from lumber.cli.ingest_summary import Loaded, show_loaded
from lumber.cli.output import Output, printable
from lumber.cli.progress import row_progress
from lumber.cli.reading_options import (
    PANEL,
    DefaultLevelOption,
    DeriveIpsOption,
    FormatOption,
    MapOption,
    PatternOption,
    TimeFormatOption,
    TimezoneOption,
)
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import ConfigError, FieldProblem, IngestError
from lumber.ingest.dry_run import DEFAULT_LINES
from lumber.ingest.finding import FoundSources, find_sources
from lumber.ingest.limits import Limits
from lumber.ingest.loader import Loader
from lumber.ingest.options import IngestOptions
from lumber.ingest.records.mapping import pairs_of
from lumber.ingest.report import SourceReport
from lumber.ingest.sources import Source
from lumber.ingest.uploads.request import UploadRequest
from lumber.paths import require_local
from lumber.store.bulk import BulkConnection
from lumber.store.migrate import require_schema
from lumber.text import counted


def ingest(
    kind: Annotated[
        str, typer.Argument(metavar="TYPE", help="Data type of the sources: logs, anomalies or ips.")
    ],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, also compressed, folders, patterns such as '*.log' in quotes, or - for "
            "standard input.",
        ),
    ],
    format_: FormatOption = "auto",
    timezone: TimezoneOption = None,
    year: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR",
            help="Year of the first line if times have no year; it increases at each turn of the year. "
            "[default: the latest year in which no line is later than the file and 29 February exists]",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ] = None,
    pattern: PatternOption = None,
    mapped: MapOption = None,
    time_format: TimeFormatOption = None,
    multiline: Annotated[
        str,
        typer.Option(
            metavar="RULE",
            help="auto (join stack traces and other lines that continue a log line to it) or none (reject "
            "them).",
            rich_help_panel=PANEL,
        ),
    ] = "auto",
    default_level: DefaultLevelOption = None,
    derive_ips: DeriveIpsOption = True,
    source_id: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Load the source under this name, even if its content was loaded before.",
            show_default=False,
        ),
    ] = None,
    reject_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File for lines that can't be loaded. [default: rejects/SOURCE_ID.jsonl in the data folder]",
            show_default=False,
        ),
    ] = None,
    max_rejected: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=1,
            help="Maximum share of rejected lines of a source, 0 to 1. Above it, the exit code is 1, and the "
            "loaded rows stay. A source of fewer than 20 lines fails only if all are rejected. "
            "[default: 0.9]",
            show_default=False,
        ),
    ] = None,
    is_followed: Annotated[
        bool,
        typer.Option(
            "--follow",
            help="Load what is there, then wait for more and load it too, also after a rotation. New files "
            "of a folder or pattern are followed as well. Ctrl-C or SIGTERM ends it.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show the first rows as they would be stored, and write nothing."),
    ] = False,
    lines: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=100_000, help="Lines of each source that a dry run reads."),
    ] = DEFAULT_LINES,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Load logs, anomalies or IP records into the database.

    An interrupted load resumes when you run the same command again. If a file has grown, only its new lines
    are loaded. Content is recognised in any place, so nothing is loaded twice. Lines that can't be loaded
    are in a reject file, with line number and reason. If one of several sources fails, the others are
    loaded.

    Exit codes: 0 loaded, even if some lines were rejected; 1 a source failed, or almost all of its
    lines were rejected; 3 bad configuration; 4 the only source was not found; 130 interrupted.

    Examples:
      lumber ingest logs /var/log/auth.log --timezone Europe/Berlin
      lumber ingest logs *.log.gz --year 2024 --default-level INFO
      journalctl -o json | lumber ingest logs -
      lumber ingest logs /var/log/hosts/
      lumber ingest logs /var/log/auth.log --follow
      lumber ingest logs auth.log --dry-run
      lumber ingest logs app.csv --map message=Content --map timestamp=Date+Time
      lumber ingest logs a.log --pattern '%{DATESTAMP:time} %{GREEDYDATA:message}'
      lumber ingest logs shop.log --format shop
      lumber ingest anomalies findings.csv
      lumber ingest ips ips.parquet --json
    """
    require_local("--reject-file", reject_file)
    output = Output(as_json=as_json)
    request = UploadRequest(
        kind=kind,
        name="-",
        format=format_,
        timezone=timezone,
        year=year,
        default_level=default_level,
        pattern=pattern,
        map=pairs_of(mapped or []),
        time_format=time_format,
        multiline=multiline,
        derive_ips=derive_ips,
        source_id=source_id,
    )
    rejects = reject_file.expanduser().absolute() if reject_file else None
    options = replace(with_saved_format(request, database_url).checked(), reject_file=rejects)
    _check_sources(sources, options)
    if is_followed:
        check_follow(sources, options, is_dry=dry_run)
        runtime = load_runtime(database_url, max_rejected_share=max_rejected)
        options = replace(options, limits=Limits.of(runtime.settings))
        asyncio.run(_prepare(runtime))
        loaded = follow(runtime, sources, options, output)
        tell_loads(runtime, options.kind, loaded, output)
        show_loaded(output, options, loaded)
        return ExitCode.OK if loaded.is_complete else ExitCode.FAILURE
    found = find_sources(sources, options.reject_file)
    _check_found(found, options)
    _tell_counts(output, found)
    runtime = load_runtime(database_url, max_rejected_share=max_rejected)
    options = replace(options, limits=Limits.of(runtime.settings))
    if dry_run:
        is_well = run_dry(output, options, found.names, found.failed, runtime.url.dialect, lines)
        return ExitCode.OK if is_well else ExitCode.FAILURE
    loaded = Loaded(failed=found.failed)
    try:
        _load_all(runtime, found, options, output, loaded)
    finally:
        # The bulk connection is closed: two copies of SQLite must not have the file open at once.
        tell_loads(runtime, options.kind, loaded, output)
    show_loaded(output, options, loaded)
    return ExitCode.OK if loaded.is_complete else ExitCode.FAILURE


def _check_sources(names: list[str], options: IngestOptions) -> None:
    """Reject sources that can't be told apart. Raises ConfigError."""
    if options.reject_file is not None:
        for name in names:
            if name != "-" and Path(name).expanduser().absolute() == options.reject_file:
                message = f"{name} is also a source: choose another file for rejects"
                raise ConfigError([FieldProblem("--reject-file", name, message)])
    if names.count("-") > 1:
        raise ConfigError([FieldProblem("source", "-", "standard input can only be read once")])


def _check_found(found: FoundSources, options: IngestOptions) -> None:
    """Check what was found before anything is created. Raises ConfigError or IngestError."""
    if options.source_id is not None and len(found.names) > 1:
        message = f"is the name of one source, but {len(found.names):,} were given"
        raise ConfigError([FieldProblem("source_id", options.source_id, message)])
    if found.is_single:
        if found.failed:
            raise found.failed[0][1]
        Source.find(found.names[0])


def _tell_counts(output: Output, found: FoundSources) -> None:
    for name, count in found.counts.items():
        if count:
            output.note(f"{printable(name)}: {counted(count, 'file')}")


def _load_all(
    runtime: Runtime, found: FoundSources, options: IngestOptions, output: Output, loaded: Loaded
) -> None:
    """Load the sources, and note it in `loaded`. One of several that fails doesn't stop the others."""
    asyncio.run(_prepare(runtime))
    timeout = runtime.settings.busy_timeout_seconds
    with (
        BulkConnection(runtime.url, busy_timeout_seconds=timeout) as connection,
        row_progress(output.errors, is_quiet=output.as_json) as progress,
    ):
        done = done_before = 0

        def show(report: SourceReport) -> None:
            loaded.partial[done_before:] = [report]
            progress.update(done + report.lines, text=printable(report.source))

        loader = Loader(connection, options, runtime.settings.data_dir, show)
        try:
            for name in found.names:
                try:
                    done_before = len(loaded.partial)
                    loaded.reports.append(loader.load(Source.find(name)))
                    del loaded.partial[done_before:]
                    done += loaded.reports[-1].lines
                except IngestError as error:
                    if found.is_single:
                        raise
                    connection.rollback()
                    loaded.failed.append((name, error))
        except KeyboardInterrupt:
            output.note("interrupted: complete up to the last chunk. Run the same command again to resume.")
            raise typer.Exit(ExitCode.INTERRUPTED) from None


async def _prepare(runtime: Runtime) -> None:
    """Create the tables. The file must be closed before the bulk connection opens it."""
    database = runtime.database()
    try:
        await require_schema(database, create=True)
    finally:
        await database.close()
