"""The list of commands."""

from __future__ import annotations

import typer

from lumber.cli.migrate import migrate
from lumber.cli.sample import sample


def register(app: typer.Typer) -> None:
    """Add every command to `app`."""
    app.command("migrate")(migrate)
    app.command("sample")(sample)
