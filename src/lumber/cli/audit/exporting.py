"""`lumber audit export`: writes the audit trail into a file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from lumber.audit.actions import Action
from lumber.audit.actor import local_actor
from lumber.audit.append import record
from lumber.audit.line import NewLine
from lumber.audit.reading import export_lines
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.dataset.layout import output_errors
from lumber.errors import OutputOccupied
from lumber.files.temporary import part_folder
from lumber.paths import require_local
from lumber.text import counted


def export(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="A new file of JSON Lines.")],
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write the audit trail into a file that can be checked anywhere.

    The file has one JSON object per line, oldest first, and at the end the head of the chain. Check it with
    `lumber audit verify --file FILE`. The trail gets a line that tells of the export.

    Exit codes: 0 written, 1 failed.

    Examples:
      lumber audit export --output audit.jsonl
      lumber audit export -o audit.jsonl && lumber audit verify --file audit.jsonl
    """
    require_local("--output", output)
    if os.path.lexists(output):
        raise OutputOccupied(f"{output} already exists. Choose another file.")
    lines = asyncio.run(_export(load_runtime(database_url), output.absolute()))
    out = Output(as_json=as_json)
    out.result({"path": str(output), "lines": lines})
    out.say(f"[green]ok:[/] {counted(lines, 'line')} in [bold]{printable(output)}[/]")
    return ExitCode.OK


async def _export(runtime: Runtime, target: Path) -> int:
    async with open_ledger(runtime) as database:
        await record(database, [NewLine(local_actor(), Action.AUDIT_EXPORTED)])
        with output_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with part_folder(target.parent) as folder:
                part, texts = folder / "part", 0
                with part.open("x", encoding="utf-8", newline="\n") as file:
                    async for text in export_lines(database):
                        file.write(f"{text}\n")
                        texts += 1
                part.rename(target)
        return texts - 1  # the last one is the head
