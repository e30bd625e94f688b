"""`lumber formats list`: lists the saved formats."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows
from lumber.cli.formats.finding import as_json
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.ingest.formats.saved import SavedFormat, list_formats
from lumber.text import counted

_SHOWN = 60


def list_all(database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """List the saved formats.

    With --json it prints `{"formats": [...]}`.

    Example:
      lumber formats list
    """
    found = asyncio.run(_find(load_runtime(database_url)))
    out = Output(as_json=as_json_)
    out.result({"formats": [as_json(saved) for saved in found]})
    if found:
        print_rows(out, ("name", "kind", "lines"), [_row(saved) for saved in found])
    out.say(f"{counted(len(found), 'saved format')}.")
    return ExitCode.OK


async def _find(runtime: Runtime) -> Sequence[SavedFormat]:
    async with open_ledger(runtime) as database:
        return await list_formats(database)


def _row(saved: SavedFormat) -> tuple[str, ...]:
    definition = saved.definition
    form = definition.pattern or ", ".join(f"{name}={field}" for name, field in definition.map.items())
    form = form or definition.time_format or ""
    shown = form if len(form) <= _SHOWN else f"{form[: _SHOWN - 1]}\N{HORIZONTAL ELLIPSIS}"
    return (saved.name, definition.kind, shown)
