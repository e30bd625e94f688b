"""`lumber privacy`: pseudonyms of private exports, for who holds the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "reverse": ("reversing:reverse", "Show which values pseudonyms stand for."),
    "rotate": ("rotating:rotate", "Map the pseudonyms of an old key to those of a new one."),
}


class PrivacyGroup(LazyGroup):
    """The group of the commands about pseudonyms."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=PrivacyGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def privacy() -> None:
    """Show which values pseudonyms stand for, and map them to those of a new key.

    Each use is in the audit trail, without the values. If the database has accounts, an API key with the
    scope `admin` is needed: set LUMBER_API_KEY or LUMBER_API_KEY_FILE.

    Examples:
      lumber privacy reverse 81.2.69.142 --dataset ./shared
      lumber privacy rotate --old-key-file old.key --from-database -o map.jsonl
    """
