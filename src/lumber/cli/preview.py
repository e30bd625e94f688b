"""`lumber preview`: what an export would cover; writes nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from rich.table import Table

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.privacy_options import PrivacyKeyFileOption, PrivacyOption
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.selection_options import (
    ConfigOption,
    DataTypeOption,
    EndOption,
    FilterOption,
    ProcessOption,
    StartOption,
    ValidationOption,
    build_config,
    tell_unapplied,
)
from lumber.exports.config import ExportConfig
from lumber.exports.preview import KindPreview, preview_export
from lumber.wording import counted

_BARS = " ▁▂▃▄▅▆▇█"


def preview(
    data_type: DataTypeOption = None,
    start: StartOption = None,
    end: EndOption = None,
    process: ProcessOption = None,
    filter_: FilterOption = None,
    validation: ValidationOption = None,
    privacy: PrivacyOption = None,
    privacy_key_file: PrivacyKeyFileOption = None,
    config: ConfigOption = None,
    samples: Annotated[int, typer.Option("--samples", min=0, max=100, help="Sample rows per kind.")] = 3,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show what an export would cover: counts, time span, sample rows, expected rejects. Writes nothing.

    Example: `lumber preview --data-type logs --process sshd --validation strict`
    """
    runtime = load_runtime(database_url, privacy_key_file=privacy_key_file)
    chosen = build_config(
        config,
        data_types=data_type,
        start_date=start,
        end_date=end,
        processes=process,
        filters=filter_,
        validation_level=validation,
        privacy=privacy,
    )
    kinds = asyncio.run(_preview(runtime, chosen, samples))
    out = Output(as_json=as_json)
    tell_unapplied(out, chosen)
    total = sum(kind.rows for kind in kinds.values())
    out.result({"rows": total, "kinds": {name: kind.as_json() for name, kind in kinds.items()}})
    for missing in dict.fromkeys(kind.missing_key for kind in kinds.values() if kind.missing_key):
        out.note(f"[yellow]note:[/] no sample rows are shown as they would be written: {printable(missing)}")
    for kind in kinds.values():
        _describe(out, kind)
    return ExitCode.OK if total else ExitCode.NOTHING_FOUND


async def _preview(runtime: Runtime, config: ExportConfig, samples: int) -> dict[str, KindPreview]:
    database = runtime.database()
    try:
        return await preview_export(config, database, samples=samples, settings=runtime.settings)
    finally:
        await database.close()


def _describe(out: Output, kind: KindPreview) -> None:
    out.say(f"\n[bold]{kind.kind}[/]: {counted(kind.rows, 'row')}")
    if kind.rows == 0:
        out.say("  No rows match.")
        return
    out.say(f"  from {kind.first} to {kind.last}")
    out.say(f"  over time  {_sparkline([bar['rows'] for bar in kind.histogram])}")
    exactly = "" if kind.sampled == kind.rows else f" (estimated from {counted(kind.sampled, 'row')})"
    out.say(f"  expected rejects: {kind.estimated_rejects:,}{exactly}")
    if kind.splits:
        shares = ", ".join(f"{name} {rows:,}" for name, rows in kind.splits.items())
        out.say(f"  splits, about: {shares}")
    for rule, rows in kind.rejects_by_rule.items():
        out.say(f"    {printable(rule)}: {rows:,} of the sampled rows")
    table = Table("column", *(f"row {index + 1}" for index in range(len(kind.after))), box=None)
    for name in kind.after[0] if kind.after else ():
        table.add_row(name, *(printable(_short(row[name])) for row in kind.after))
    if kind.after:
        out.table(table)


def _sparkline(rows: list[int]) -> str:
    highest = max(rows, default=0) or 1
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // highest)] for count in rows)


def _short(value: object) -> str:
    text = "-" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return text.strip('"') if len(text) <= 60 else text[:59] + "…"
