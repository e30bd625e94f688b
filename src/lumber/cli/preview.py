"""`lumber preview`: shows what an export would contain, without writing it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from lumber.audit.append import record
from lumber.catalog.registry import all_kinds
from lumber.cli.config.parameters import PrivacyKeyFileOption, with_config_options
from lumber.cli.config.request import ConfigRequest, tell_choices
from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.dataset.documents.sample_text import sample_note
from lumber.exports.audited import preview_line
from lumber.exports.config import ExportConfig
from lumber.exports.guests import sourced
from lumber.exports.preview import Preview
from lumber.exports.preview import preview as make_preview
from lumber.exports.preview_report import FarOut, HistogramBar, KindPreview, VersionPreview
from lumber.steps.deduplicate import DuplicateRule
from lumber.store.models.base import utc_now
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

_AUDIT_SECONDS = 60.0
_BARS = " ▁▂▃▄▅▆▇█"


@with_config_options(writes=False)
def preview(
    request: ConfigRequest,
    privacy_key_file: PrivacyKeyFileOption = None,
    samples: Annotated[
        int,
        typer.Option("--samples", min=0, max=100, metavar="ROWS", help="Sample rows to show per data type."),
    ] = 3,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show what an export would contain: counts, time span, sample rows, expected rejects.

    It writes nothing. Templates of sample rows are mined in the sample. Rows are counted before duplicates
    and the rows outside a sample are removed.

    With --dataset, it names the version that the export would make. With --incremental, it counts the rows
    that the export would read, or says why it would read all.

    Exit codes: 0 shown, 1 failed, 3 bad configuration, 4 no row matched.

    Examples:
      lumber preview --data-type logs --process sshd --validation strict
      lumber preview -d logs -d ips --split time --embargo 1h
      lumber preview --config export.json --samples 10
      lumber preview -d logs --dataset plant --incremental
    """
    place = load_place(database_url, server, privacy_key_file=privacy_key_file)
    chosen = request.build()
    found = at(
        place,
        lambda runtime: _preview(runtime, chosen, samples),
        lambda client: _preview_there(client, chosen, samples),
    )
    out, kinds, version = Output(as_json=as_json), found.kinds, found.version
    tell_choices(out, chosen)
    total = sum(kind.rows for kind in kinds.values())
    out.result(
        {
            "rows": total,
            "kinds": {name: kind.model_dump() for name, kind in kinds.items()},
            **({} if version is None else {"version": version.model_dump()}),
        }
    )
    for missing in dict.fromkeys(kind.missing_key for kind in kinds.values() if kind.missing_key):
        out.note(f"[yellow]note:[/] sample rows of the private export aren't shown: {printable(missing)}")
    for note in _sample_notes(chosen, kinds):
        out.note(f"[yellow]note:[/] {printable(note)}")
    if version is not None:
        _describe_version(out, version)
    for kind in kinds.values():
        _describe(out, kind, chosen)
    # An increment without new rows makes a version too.
    return ExitCode.OK if total or version is not None else ExitCode.NOTHING_FOUND


async def _preview(runtime: Runtime, config: ExportConfig, samples: int) -> Preview:
    config, database = config.resolved(utc_now()), runtime.database()
    try:
        made = await make_preview(config, database, samples=samples, settings=runtime.settings)
        found = made.kinds
        # Before any row is shown: a preview that can't be recorded shows none.
        shown = sum(len(kind.sample.after) for kind in found.values())
        rows = sum(kind.rows for kind in found.values())
        async with sourced(config, database):
            line = preview_line(None, config, rows, shown)
        await record(database, [line], seconds=_AUDIT_SECONDS)
        return made
    finally:
        await database.close()


def _preview_there(client: Client, config: ExportConfig, samples: int) -> Preview:
    """Ask a service, which chooses how many sample rows it sends."""
    found = {}
    reports, version = client.preview_of_version(config)
    for name, report in reports.items():
        rows = {"before": report.sample.before[:samples], "after": report.sample.after[:samples]}
        sample = report.sample.model_copy(update=rows)
        values = {field: getattr(report, field) for field in type(report).model_fields}
        found[name] = KindPreview(**{**values, "sample": sample}, kind=name)
    return Preview(found, version)


def _sample_notes(config: ExportConfig, kinds: Mapping[str, KindPreview]) -> list[str]:
    """Name the data types that have fewer rows than the sample asks for."""
    asked = None if config.sample is None else config.sample.rows
    if asked is None:
        return []
    return [sample_note(name, asked, kind.rows) for name, kind in kinds.items() if 0 < kind.rows < asked]


def _describe_version(out: Output, version: VersionPreview) -> None:
    name = f"[bold]{printable(version.dataset)} v{version.number}[/]"
    follows = "the first version" if version.parent is None else f"after {version.parent}"
    out.say(f"{name}, data version {' or '.join(version.data_versions)}, {follows}")
    if version.reason:
        out.say(f"  {printable(version.reason[0].upper() + version.reason[1:])}.")
    if version.blocked:
        out.note(f"[yellow]note:[/] {printable(version.blocked)}")
    if version.warning:
        out.note(f"[yellow]note:[/] {printable(version.warning)}.")


def _describe(out: Output, kind: KindPreview, config: ExportConfig) -> None:
    read = kind.increment
    new = "" if read is None or read.mode == "whole" else f"new, {counted(read.kept_rows, 'row')} are kept"
    about = "about " if kind.rows_are_estimated else ""
    out.say(f"\n[bold]{kind.kind}[/]: {about}{counted(kind.rows, 'row')}{f' {new}' if new else ''}")
    if read is not None and read.reason is not None:
        out.say(f"  All rows are read: {printable(read.reason)}.")
    if kind.rows_are_estimated:
        out.say("  Numbers of rows are estimates from sampled keys. The export reads every row.")
    if kind.rows == 0:
        out.say("  No rows match.")
        return
    out.say(f"  from {kind.first} to {kind.last}")
    out.say(f"  over time  {_sparkline([bar.rows for bar in kind.histogram])}")
    if kind.far_out is not None:
        out.say(f"  {_far_out_text(kind.far_out, kind.histogram)}")
    rejects = kind.reject_estimate
    estimated = f" (estimated from {counted(rejects.sampled_rows, 'row')})"
    out.say(f"  expected rejects: {rejects.rows:,}{'' if rejects.is_exact else estimated}")
    for rule, rows in rejects.by_rule.items():
        out.say(f"    {printable(rule)}: {rows:,} of the sampled rows")
    if kind.splits:
        shares = ", ".join(f"{name} {rows:,}" for name, rows in kind.splits.items())
        basis = estimated if kind.splits_are_estimated else ""
        basis = " (estimated)" if kind.rows_are_estimated else basis
        out.say(f"  splits{_still_in(kind, config)}: {shares}{basis}")
    after = kind.sample.after
    if kind.folders is not None:
        out.say(f"  {counted(kind.folders, 'folder')} by {config.partition_by}")
    table = Table("column", *(f"row {index + 1}" for index in range(len(after))), box=None)
    for name in after[0] if after else ():
        table.add_row(name, *(printable(_short(row[name])) for row in after))
    if after:
        out.table(table)
    for name in kind.sample.not_shown:
        out.say(f"  {name} isn't shown in a preview: it needs all rows")
    if kind.sample.approximate:
        out.say(
            f"  {' and '.join(kind.sample.approximate)} come from the sample rows: the export's may differ"
        )
    _describe_replacements(out, kind)


def _describe_replacements(out: Output, kind: KindPreview) -> None:
    """Show what privacy replaces in the sampled rows, by column and type."""
    if not kind.replacements:
        return
    out.say(f"  replaced in {counted(kind.reject_estimate.sampled_rows, 'sampled row')}:")
    table = Table("column", "type", "values", "example", box=None)
    for each in kind.replacements:
        example = each.examples[0] if each.examples else None
        shown = "" if example is None else f"{_short(example.before)} -> {_short(example.after)}"
        table.add_row(each.column, printable(each.type), f"{each.values:,}", printable(shown))
    out.table(table)


def _still_in(kind: KindPreview, config: ExportConfig) -> str:
    """Return what the row numbers of the splits include although the export won't write it."""
    # A kind that a source's mapping declares isn't known here any more.
    known = all_kinds().get(kind.kind)
    reasons = {
        "rejects": kind.reject_estimate.rows > 0,
        "duplicates": known is not None and config.recipe(known).step(DuplicateRule.name) is not None,
        "rows outside the sample": config.sample is not None,
    }
    held = ", ".join(name for name, is_held in reasons.items() if is_held)
    return f" (including {held})" if held else ""


def _far_out_text(far_out: FarOut, bars: Sequence[HistogramBar]) -> str:
    """Name the rows that the histogram leaves out."""
    sides = (side for side in (far_out.before, far_out.after) if side is not None)
    days = dict.fromkeys(_day(time) for side in sides for time in (side.first, side.last))
    text = f"{counted(far_out.rows, 'row')} far outside the shown range"
    return f"{text}, {_day(bars[0].start)} to {_day(bars[-1].end)}: {', '.join(days)}"


def _day(time: str) -> str:
    """Return the day of a time; a time outside the calendar as it is."""
    return time[:10] if time.endswith("Z") else time


def _sparkline(rows: list[int]) -> str:
    highest = max(rows, default=0) or 1
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // highest)] for count in rows)


def _short(value: object) -> str:
    text = "-" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return text.strip('"') if len(text) <= 60 else text[:59] + "…"
