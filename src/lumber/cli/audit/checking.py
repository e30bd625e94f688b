"""`lumber audit verify`: checks the chain of the audit trail."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated

import typer

from lumber.audit.chain import ChainReport
from lumber.audit.verify import verify_chain, verify_file
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.paths import require_local
from lumber.text import counted

_HASH = re.compile(r"[0-9a-f]{64}")


def verify(
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect",
            metavar="HASH",
            help="A hash that an earlier check printed. If no line has it, the chain was rewritten.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="Check a file of `lumber audit export`, without a database."
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check that no line of the audit trail was changed, removed, inserted, reordered or cut off.

    It prints the hash of the last line. Keep it elsewhere, and pass it to a later check: somebody who can
    write to the database can rewrite the whole chain, and only a hash kept outside proves that.

    Exit codes: 0 no problem, 1 problems found.

    Examples:
      lumber audit verify
      lumber audit verify --expect 9f2c... --json
      lumber audit verify --file audit.jsonl
    """
    if expect is not None and not _HASH.fullmatch(expect.lower()):
        raise typer.BadParameter("a hash has 64 hexadecimal digits.", param_hint="--expect")
    expected = None if expect is None else expect.lower()
    if file is None:
        report = asyncio.run(_verify(load_runtime(database_url), expected))
    else:
        require_local("--file", file)
        report = verify_file(file, expected)
    out = Output(as_json=as_json)
    out.result(report.as_json())
    _say(out, report)
    return ExitCode.OK if report.is_ok else ExitCode.FAILURE


async def _verify(runtime: Runtime, expected: str | None) -> ChainReport:
    async with open_ledger(runtime) as database:
        return await verify_chain(database, expected)


def _say(out: Output, report: ChainReport) -> None:
    for problem in report.problems:
        out.say(f"[bold red]problem:[/] {printable(problem.message)}")
    lines = counted(report.lines, "line")
    if not report.is_ok:
        out.say(f"The audit trail of {lines} has {counted(report.problem_count, 'problem')}.")
        return
    if report.hash is None:
        out.say("[green]ok:[/] the audit trail has no lines.")
        return
    out.say(
        f"[green]ok:[/] {lines}, {report.first_seq:,} to {report.last_seq:,}. Keep the last hash elsewhere:"
    )
    out.say(f"  {report.hash}")
