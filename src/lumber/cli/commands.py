"""The list of commands. A command's module is loaded when it is run, or when its own help is asked for."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from lumber.engine.forkserver import OPTIONS, start_server

MARKUP: Literal["markdown"] = "markdown"
# Name of the command and of its module, and the first sentence of its help.
COMMANDS: Mapping[str, str] = {
    "ingest": "Load logs, anomalies or IP records into the database.",
    "preview": "Show what an export would cover: counts, time span, sample rows, expected rejects. "
    "Writes nothing.",
    "export": "Export rows as a validated dataset that balances to the row.",
    "exports": "List, show, watch, cancel, retry, delete and download exports.",
    "verify": "Re-read a dataset against its manifest and report everything that is not as it says.",
    "diff": "Say which rows were added, removed or changed between two datasets.",
    "serve": "Serve exports over HTTP on this machine, with a worker inside.",
    "worker": "Run the exports that wait in the queue, until it is stopped.",
    "migrate": "Bring the database's tables to the newest version; make them where there are none.",
    "sample": "Add realistic sample data: router and server logs with incidents, anomalies and addresses.",
    "doctor": "Check the database, its tables, versions and disk, and say what to do.",
}


class LazyCommand(TyperCommand):
    """A command that is known by name and sentence only."""

    def load(self) -> Any:
        """Import the command: the function of its module's name, or the module's `app` of several."""
        assert self.name is not None
        module = import_module(f"lumber.cli.{self.name}")
        app = getattr(module, "app", None)
        if app is None:
            app = typer.Typer(add_completion=False, rich_markup_mode=MARKUP)
            app.command(self.name)(getattr(module, self.name))
        command = typer.main.get_command(app)
        command.name = self.name
        gc.freeze()
        gc.enable()
        return command


class LazyGroup(TyperGroup):
    """Knows every command, and imports the one that is called."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, sentence in COMMANDS.items():
            self.add_command(LazyCommand(name=name, callback=None, help=sentence))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that the arguments begin with, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        if name == "export" and "--help" not in rest:
            # Its workers load what they need while this process loads its own part.
            start_server(_options(rest))
        return name, command.load() if isinstance(command, LazyCommand) else command, rest


def _options(args: Sequence[str]) -> list[str]:
    """Guess which options an export has, by its words: a wrong guess costs time, and nothing else."""
    config = b""
    for index, word in enumerate(args):
        name, _, value = word.partition("=")
        if name == "--config":
            with contextlib.suppress(OSError, IndexError):
                config = Path(value or args[index + 1]).read_bytes()
    return [
        option
        for option in OPTIONS
        if f'"{option}"'.encode() in config or any(word.startswith(f"--{option}") for word in args)
    ]
