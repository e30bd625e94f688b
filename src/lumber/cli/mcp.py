"""`lumber mcp`: tools for agents, on standard input and output."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import ExitStack
from typing import NoReturn

from uvicorn.importer import import_from_string

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output
from lumber.cli.place import ServerOption, load_place
from lumber.cli.runtime import DatabaseUrlOption, Runtime
from lumber.cli.worker import prepare
from lumber.errors import DatabaseLocked
from lumber.exports.sole_worker import sole_worker
from lumber.logs import configure_logging
from lumber.mcp.needed import require_sdk
from lumber.settings import Settings, load_settings

# By name: the command line doesn't import the service.
_APP = "lumber.api:create_app"


def mcp(server: ServerOption = None, database_url: DatabaseUrlOption = None) -> int:
    """Give agents tools to preview, create and judge exports, by the Model Context Protocol.

    An agent starts this command and talks to it on standard input and output. It works on the database, and
    runs exports itself if no worker runs; or on a service, with the rights of the API key. `lumber serve`
    has the same tools at `/mcp`.

    Results are counts and links. LUMBER_AGENTS_SEE_ROWS=1 adds values of rows. Needs an extra:
    pip install 'lumber[mcp]'.

    Exit codes: 0 the agent ended it, 2 an option is wrong, 3 the extra is missing, 130 stopped by Ctrl-C.

    Examples:
      lumber mcp
      lumber mcp --database-url postgresql://lumber@localhost/lumber
      lumber mcp --server https://lumber.example.org
    """
    require_sdk()
    from lumber.mcp.calls import RemoteCalls
    from lumber.mcp.stdio import at_service, inside, run_stdio

    place = load_place(database_url, server)
    if sys.stdin.isatty():
        Output(as_json=False).note("An agent starts this command. It reads messages of the protocol here.")
    # Standard output is the protocol's.
    configure_logging(level="WARNING", as_json=False)
    if not isinstance(place, Runtime):
        with place as client:
            has_rows = load_settings().agents_see_rows
            calls = RemoteCalls(client.connection)
            asyncio.run(run_stdio(at_service(calls), has_rows=has_rows, leave=_leave))
        return ExitCode.OK
    asyncio.run(prepare(place))
    with ExitStack() as stack:
        settings = _own(place, stack)
        app = import_from_string(_APP)(settings)
        asyncio.run(run_stdio(inside(app), has_rows=settings.agents_see_rows, leave=_leave))
    return ExitCode.OK


def _leave(number: signal.Signals) -> NoReturn:
    """End the process after a signal. Its locks go with it, and all answers were written whole."""
    os._exit(ExitCode.INTERRUPTED if number is signal.SIGINT else ExitCode.OK)


def _own(runtime: Runtime, stack: ExitStack) -> Settings:
    """Return the settings of a service without an address, which works if no other worker of SQLite does."""
    is_working = runtime.settings.serve_worker
    if is_working:
        try:
            stack.enter_context(sole_worker(runtime.url))
        except DatabaseLocked:
            Output(as_json=False).note("Another worker runs on this database: it runs the exports.")
            is_working = False
    changes = {
        "serve_worker": is_working,
        "public_url": "",
        "database_url": runtime.settings.effective_database_url,
    }
    return runtime.settings.model_copy(update=changes)
