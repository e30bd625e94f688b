"""`lumber doctor`: checks the installation and suggests fixes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.exports.check import Check
from lumber.exports.destination_health import check_destinations
from lumber.exports.health import check_health
from lumber.exports.versions.table_health import check_tables
from lumber.notices.health import check_notices
from lumber.schedules.health import check_schedules

_MARKS = {"ok": "[green]ok[/]     ", "warning": "[yellow]warning[/]", "failure": "[red]failure[/]"}


def doctor(database_url: DatabaseUrlOption = None, as_json: JsonOption = False) -> int:
    """Check the database, versions, disk, settings, accounts and API keys, and suggest fixes.

    Warnings are about what is unsafe or will break. Run it with the settings and as the user of the service.

    Exit codes: 0 all is well, or only warnings; 1 something is broken.

    Examples:
      lumber doctor
      lumber doctor --database-url postgresql://lumber@db.example/lumber
    """
    checks = asyncio.run(_check(load_runtime(database_url)))
    is_ok = all(check.outcome != "failure" for check in checks)
    out = Output(as_json=as_json)
    out.result({"ok": is_ok, "checks": [asdict(check) for check in checks]})
    for check in checks:
        out.say(f"{_MARKS[check.outcome]}  [bold]{check.name}[/]: {printable(check.text)}")
        if check.advice:
            out.say(f"         [italic]{printable(check.advice)}[/]")
    return ExitCode.OK if is_ok else ExitCode.FAILURE


async def _check(runtime: Runtime) -> Sequence[Check]:
    database = runtime.database()
    try:
        checks = await check_health(database, runtime.settings)
        checks = [*checks, *await check_destinations(database)]
        checks = [*checks, *await check_tables(database)]
        checks = [*checks, *await check_notices(database, runtime.settings)]
        return [*checks, *await check_schedules(database)]
    finally:
        await database.close()
