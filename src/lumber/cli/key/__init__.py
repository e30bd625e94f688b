"""`lumber key`: API keys, with which programs act for an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "create": ("create", "Create an API key, and show it once."),
    "list": ("listing:list_all", "List API keys."),
    "revoke": ("revoke", "Revoke API keys. They stop working at once."),
}


class KeyGroup(LazyGroup):
    """The group of the commands about API keys."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=KeyGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def key() -> None:
    """Create, list and revoke API keys.

    With an API key, a program acts for an account. A key has some of the account's scopes, and loses those
    that the account loses. Lumber stores only its hash.

    Examples:
      lumber key create --name nightly --scope exports:write --expires 90d
      lumber key list
      lumber key revoke 3f2a
    """
