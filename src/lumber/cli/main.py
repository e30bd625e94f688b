"""`lumber`: builds the command line, and reports every error with a message and an exit code."""

from __future__ import annotations

import logging
import os
import sys

import typer
import typer.exceptions

from lumber.cli.commands import LumberGroup
from lumber.cli.exit_codes import ExitCode, exit_code_for
from lumber.cli.output import Output
from lumber.errors import LumberError
from lumber.files.modes import UMASK_VARIABLE, process_umask, umask_of
from lumber.version import __version__


def build_app() -> typer.Typer:
    """Return the command line with every command in it."""
    app = typer.Typer(
        name="lumber",
        cls=LumberGroup,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    return app


def _show_version(value: bool) -> None:
    if value:
        print(f"lumber {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
    server: str | None = typer.Option(
        None,
        "--server",
        metavar="URL",
        help="Work on a Lumber service instead of the database. `lumber login URL` stores a key for it. "
        "[default: LUMBER_SERVER, or the database]",
        show_default=False,
    ),
) -> None:
    """Turn logs, anomalies and IP records in a database into training-ready datasets.

    First steps:
      lumber sample
      lumber preview --data-type logs
      lumber export --data-type logs --output ./out

    With a service at another address:
      lumber login https://lumber.example.org
      lumber --server https://lumber.example.org exports list

    Exit codes: 0 done, 1 failure, 2 usage error, 3 bad configuration, 4 nothing found, 130 interrupted.
    """


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    # If Ctrl-C cuts a connection off, SQLAlchemy logs a traceback, which a terminal must not show.
    # The handlers of a service still get it.
    logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())
    # Before the settings are read, because `export` starts processes before. They report a wrong value.
    with process_umask(umask_of(os.environ.get(UMASK_VARIABLE))):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    try:
        result = build_app()(args=arguments, prog_name="lumber", standalone_mode=False)
        if result == ExitCode.INTERRUPTED and not isinstance(result, ExitCode):
            # Typer returns it for a Ctrl-C that the command itself does not handle.
            print("interrupted", file=sys.stderr)
        return int(result) if isinstance(result, int) else ExitCode.OK
    except LumberError as error:
        Output(as_json="--json" in arguments).error(error)
        return exit_code_for(error)
    except typer.exceptions.TyperException as error:
        return _usage_error(error, arguments)
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED


def _usage_error(error: typer.exceptions.TyperException, arguments: list[str]) -> int:
    """Report what is wrong with the command line. Without any argument, show the help instead."""
    if not arguments:
        print(error.format_message())
        return ExitCode.USAGE
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "lumber"
    message = error.format_message().replace(": Value error, ", ": ")  # Pydantic's words, not ours
    Output(as_json="--json" in arguments).usage(message, f"{command} --help")
    return ExitCode.USAGE
