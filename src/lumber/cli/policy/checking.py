"""`lumber policy check`: what the policies of an account refuse in a config."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import PolicyRefused
from lumber.exports.parsing import read_config
from lumber.exports.policies.applicable import judge_of
from lumber.exports.policies.judging import Judge
from lumber.identity.policies.document import DOWNLOAD
from lumber.identity.users import find_account
from lumber.store.models.base import utc_now


def check(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="Config of an export, as JSON.")],
    user: Annotated[str, typer.Option("--user", metavar="NAME", help="Account that would export.")],
    destination: Annotated[
        str,
        typer.Option(
            "--destination",
            metavar="PLACE",
            help="Where the result would go: download, output_folder, or an address such as s3://bucket/a.",
        ),
    ] = DOWNLOAD,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Say what the export policies of an account refuse in a config.

    Rows and quotas are only known when the export runs.

    Exit codes: 0 allowed, 3 refused or the config is wrong, 4 no such account.

    Example:
      lumber policy check export.json --user ann
    """
    wanted = read_config(config).resolved(utc_now())
    judge = asyncio.run(_judge(load_runtime(database_url), user))
    out = Output(as_json=as_json_)
    named = [{"name": each.name, "version": each.version} for each in judge.named]
    try:
        judge.require(wanted, destination)
    except PolicyRefused as error:
        problems = [{"field": each.field, "message": each.message} for each in error.problems]
        out.result({"is_allowed": False, "policies": named, "errors": problems})
        for problem in error.problems:
            out.say(f"{printable(problem.field)}: {printable(problem.message)}")
        return ExitCode.BAD_CONFIG
    out.result({"is_allowed": True, "policies": named, "errors": []})
    allowed_by = ", ".join(printable(str(each)) for each in judge.named)
    out.say(f"Allowed by {allowed_by}." if allowed_by else "Allowed: no policy applies to this account.")
    return ExitCode.OK


async def _judge(runtime: Runtime, user: str) -> Judge:
    async with open_ledger(runtime) as database, database.session() as session:
        return await judge_of(session, (await find_account(session, user)).principal)
