"""`lumber user`: accounts of people and of services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "add": ("add", "Create an account. The first one turns accounts on."),
    "list": ("listing:list_all", "List the accounts."),
    "show": ("show", "Show an account, who signs in with it, and its API keys."),
    "disable": ("changing:disable", "Disable an account. Its API keys stop working."),
    "enable": ("changing:enable", "Enable an account that was disabled."),
    "role": ("changing:role", "Give an account another role."),
    "password": ("password", "Give an account another password."),
    "link": ("linking:link", "Let a person of an identity provider sign in with an account."),
    "unlink": ("linking:unlink", "Take the sign-in through an identity provider from an account."),
    "delete": ("delete", "Delete an account with its API keys."),
}


class UserGroup(LazyGroup):
    """The group of the commands about accounts."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=UserGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def user() -> None:
    """Create and manage accounts of people and services.

    Roles: admin may do everything, exporter loads and exports, viewer sees exports, auditor reads the audit
    trail. With accounts, each call of the service needs an API key: `lumber key create`.

    Whoever can write to the database can use these commands.

    Examples:
      lumber user add ada --role admin
      lumber user add nightly --role exporter --service
      lumber user list
    """
