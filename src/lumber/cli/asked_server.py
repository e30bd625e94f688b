"""The option `--server` of the program: passed on to the command, which says whether it can use a service."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer

OPTION = "--server"
_DATABASE_OPTION = "--database-url"
_FILES = ("verify", "diff")
_LOCAL = "local"


def passed_on(ctx: Any, command: Any, rest: list[str]) -> list[str]:
    """Return the arguments of a command with the `--server` that stands before it.

    The command's own one comes later, so it decides. Raises typer.BadParameter for a command that can't use
    a service.
    """
    if hasattr(command, "commands") or ctx.resilient_parsing or "--help" in rest:
        return rest
    server = ctx.find_root().params.get("server")
    name = f"{ctx.command_path} {command.name}"
    if any(OPTION in parameter.opts for parameter in command.params):
        return rest if server is None else [OPTION, server, *rest]
    if server is None:
        _note(name, command, rest)
        return rest
    if command.name in _FILES:
        raise typer.BadParameter(f"`{name}` reads files of this machine: leave it out.", param_hint=OPTION)
    raise typer.BadParameter(
        f"`{name}` works on the database only: run it where the database is, without {OPTION}.",
        param_hint=OPTION,
    )


def _note(name: str, command: Any, rest: Sequence[str]) -> None:
    """Tell who set LUMBER_SERVER that this command works on the database all the same."""
    has_database = any(_DATABASE_OPTION in parameter.opts for parameter in command.params)
    is_chosen = any(word.partition("=")[0] == _DATABASE_OPTION for word in rest)
    if has_database and not is_chosen and os.environ.get("LUMBER_SERVER", _LOCAL) not in ("", _LOCAL):
        sys.stderr.write(f"note: `{name}` works on the database of this machine, not on LUMBER_SERVER.\n")


def has_server(ctx: Any, rest: Sequence[str]) -> bool:
    """Guess quickly whether a command uses a service. `lumber.remote.choice` knows."""
    names = [word.partition("=")[0] for word in rest]
    if OPTION in names or ctx.params.get("server") is not None:
        return True
    if _DATABASE_OPTION in names:
        return False
    if given := os.environ.get("LUMBER_SERVER"):
        return given != _LOCAL
    return not os.environ.get("LUMBER_DATABASE_URL") and _has_default()


def _has_default() -> bool:
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - pathlib is slower
    try:
        with open(f"{base}/lumber/servers.json", "rb") as file:  # noqa: PTH123
            return b'"default": null' not in file.read()
    except OSError:
        return False
