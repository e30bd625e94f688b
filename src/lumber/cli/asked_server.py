"""The option `--server` of the program: passed on to the command, which says whether it can use a service."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import typer

OPTION = "--server"
_DATABASE_OPTION = "--database-url"
_FILES = ("verify", "diff")


def passed_on(ctx: Any, command: Any, rest: list[str]) -> list[str]:
    """Return the arguments of a command with the `--server` that stands before it.

    The command's own one comes later, so it decides. Raises typer.BadParameter for a command that can't use
    a service.
    """
    server = ctx.find_root().params.get("server")
    if server is None or hasattr(command, "commands") or ctx.resilient_parsing or "--help" in rest:
        return rest
    if any(OPTION in parameter.opts for parameter in command.params):
        return [OPTION, server, *rest]
    name = f"{ctx.command_path} {command.name}"
    if command.name in _FILES:
        raise typer.BadParameter(f"`{name}` reads files of this machine: leave it out.", param_hint=OPTION)
    raise typer.BadParameter(
        f"`{name}` works on the database only: run it where the database is, without {OPTION}.",
        param_hint=OPTION,
    )


def has_server(ctx: Any, rest: Sequence[str]) -> bool:
    """Guess quickly whether a command uses a service. `lumber.remote.choice` knows."""
    names = [word.partition("=")[0] for word in rest]
    if OPTION in names or ctx.params.get("server") is not None:
        return True
    if _DATABASE_OPTION in names:
        return False
    if os.environ.get("LUMBER_SERVER"):
        return True
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - pathlib is slower
    return not os.environ.get("LUMBER_DATABASE_URL") and os.path.exists(f"{base}/lumber/servers.json")  # noqa: PTH110
