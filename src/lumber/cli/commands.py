"""The list of commands. A command's module is loaded only to run it or to show its help."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
import typer.main

from lumber.cli.asked_server import has_server, passed_on
from lumber.cli.help import HelpCommand, HelpGroup
from lumber.engine.forkserver import OPTIONS, start_server

# Name of the command and of its module, and the first sentence of its help.
COMMANDS: Mapping[str, str] = {
    "ingest": "Load logs, anomalies or IP records into the database.",
    "formats": "Save and test formats of your own for `lumber ingest --format NAME`.",
    "listen": "Receive syslog over UDP, TCP and TLS, and load it.",
    "loads": "List, show and delete what was loaded.",
    "preview": "Show what an export would contain: counts, time span, sample rows, expected rejects.",
    "export": "Export rows as a validated dataset.",
    "exports": (
        "List, show, compare, watch, name, tag, cancel, retry, delete, share and download exports; show rows."
    ),
    "explain": "Say what became of a row in a completed export.",
    "presets": "Keep configs of exports under names, and print them.",
    "schedule": "Run exports at their times: every night, every hour, on the first of a month.",
    "audit": "List, verify and export the audit trail: who did what, when, and from where.",
    "verify": "Check a dataset against its manifest and report every problem.",
    "diff": "Compare two datasets: rows added, removed, changed or moved.",
    "datasets": "Manage named datasets, their versions and the gates that hold versions.",
    "serve": "Serve the API and the web interface, and run queued exports.",
    "mcp": "Give agents tools to preview, create and judge exports, by the Model Context Protocol.",
    "worker": "Run queued exports until stopped.",
    "login": "Store an API key for a Lumber service, so that commands can use it.",
    "logout": "Remove the stored API key of a service.",
    "whoami": "Show which service commands use, and as which account.",
    "user": "Create and manage accounts of people and services.",
    "key": "Create, list and revoke API keys.",
    "notice": "Tell people and programs about completed, failed and held exports and paused schedules.",
    "privacy": "Show which values pseudonyms stand for, and map them to those of a new key.",
    "policy": "State what roles and accounts may export.",
    "destination": "Manage the folders and object stores that datasets are written to.",
    "source": "Export tables that other programs fill.",
    "migrate": "Create the database's tables, or upgrade them to the current version.",
    "sample": "Add realistic sample data: router and server logs with incidents, anomalies and addresses.",
    "doctor": "Check the database, versions, disk, settings, accounts and API keys, and suggest fixes.",
}


class LazyCommand(HelpCommand):
    """A command of which only the name and the first sentence of its help are loaded.

    `place` is its module and, if it isn't named like the module, its function.
    """

    def __init__(self, *, place: str | None = None, **values: Any) -> None:
        super().__init__(**values)
        self._place = place or f"lumber.cli.{self.name}"

    def load(self) -> Any:
        """Import the command: the module's `app` if there is one, or the function named like the module."""
        place, _, function = self._place.partition(":")
        module = import_module(place)
        app = getattr(module, "app", None)
        if app is None:
            app = typer.Typer(add_completion=False)
            call = getattr(module, function or place.rpartition(".")[2])
            app.command(self.name, cls=HelpCommand)(call)
        command = typer.main.get_command(app)
        command.name = self.name
        gc.freeze()
        gc.enable()
        return command


class LazyGroup(HelpGroup):
    """A group that imports only the command that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the called command, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        loaded = command.load() if isinstance(command, LazyCommand) else command
        return name, loaded, passed_on(ctx, loaded, rest)


class LumberGroup(LazyGroup):
    """The group of all commands."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, sentence in COMMANDS.items():
            self.add_command(LazyCommand(name=name, callback=None, help=sentence))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the called command, imported."""
        name, rest = (args[0], args[1:]) if args else (None, [])
        is_plain = "--help" not in rest and not ctx.resilient_parsing
        if name == "export" and is_plain and not has_server(ctx, rest):
            # Its workers load what they need while this process loads its own part.
            start_server(_options(rest))
        return super().resolve_command(ctx, args)


def _options(args: Sequence[str]) -> list[str]:
    """Guess from its words which options an export has. A wrong guess only costs time."""
    config = b""
    for index, word in enumerate(args):
        name, _, value = word.partition("=")
        if name == "--config":
            with contextlib.suppress(OSError, IndexError):
                config = Path(value or args[index + 1]).read_bytes()
    # Also in `--set split=time` and `--set=split=time`.
    words = [word.removeprefix("--set=").removeprefix("--") for word in args]
    return [
        option
        for option in OPTIONS
        if f'"{option}"'.encode() in config or any(word.startswith(option) for word in words)
    ]
