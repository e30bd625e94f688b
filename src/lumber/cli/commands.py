"""The list of commands."""

from __future__ import annotations

import typer

from lumber.cli.doctor import doctor
from lumber.cli.export import export
from lumber.cli.ingest import ingest
from lumber.cli.migrate import migrate
from lumber.cli.preview import preview
from lumber.cli.sample import sample
from lumber.cli.verify import register as register_verify


def register(app: typer.Typer) -> None:
    """Add every command to `app`."""
    app.command("ingest")(ingest)
    app.command("preview")(preview)
    app.command("export")(export)
    app.command("migrate")(migrate)
    app.command("sample")(sample)
    app.command("doctor")(doctor)
    register_verify(app)
