"""`lumber source`: the databases of other programs that rows are read from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "add": ("adding:add", "Register a database that rows are read from."),
    "list": ("listing:list_all", "List the sources."),
    "show": ("listing:show", "Show a source and its mappings."),
    "suggest": ("mapping:suggest_mapping", "Write a mapping of a table, to edit."),
    "check": ("mapping:check", "Check a mapping, and show rows as it makes them."),
    "map": ("mapping:map_table", "Check a mapping and keep it."),
    "remove": ("adding:remove", "Forget a source and its mappings. Its rows stay."),
}


class SourceGroup(LazyGroup):
    """The group of the commands about sources."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=SourceGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def source() -> None:
    """Export tables that other programs fill.

    A source is a database (PostgreSQL, SQLite, MySQL or MariaDB), a folder with Parquet, CSV or JSON files,
    or an Elasticsearch or OpenSearch server. A mapping says which of its tables has the logs, anomalies or IP
    records, and how each column is made. Lumber only reads there.

    Examples:
      lumber source add plant --url postgresql://reader@db/plant --ask-password
      lumber source suggest plant public.event_log > event_log.toml
      lumber source map plant event_log.toml
      lumber export --source plant -d logs
    """
