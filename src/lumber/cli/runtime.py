"""What every command needs: settings, the address of the database, and shared options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from lumber.settings import Settings, load_settings
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl

DatabaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. "
        "[default: LUMBER_DATABASE_URL, or a SQLite file in LUMBER_DATA_DIR]",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")
]


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings and the address of the database, read once per command."""

    settings: Settings
    url: DatabaseUrl

    def database(self) -> Database:
        """Open the database; the caller closes it."""
        return open_database(self.url, busy_timeout_seconds=self.settings.busy_timeout_seconds)


def load_runtime(database_url: str | None, **given: Any) -> Runtime:
    """Read the settings, overridden by values of the command line that aren't None. Raises ConfigError."""
    settings = load_settings(database_url=database_url, **given)
    return Runtime(settings, DatabaseUrl.parse(settings.effective_database_url))
