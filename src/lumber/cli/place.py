"""Where a command works, decided for all commands: on the database, or on a service at another address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from lumber.cli.asked_server import OPTION
from lumber.cli.output import Output, printable
from lumber.cli.runtime import Runtime, load_runtime
from lumber.remote.choice import chosen_server, key_for
from lumber.settings import load_settings

if TYPE_CHECKING:
    from lumber.remote.client import Client

T = TypeVar("T")
OF_THE_KEY = "works on a database only: at a service, it belongs to the account of the API key."
ServerOption = Annotated[
    str | None,
    typer.Option(
        OPTION,
        metavar="URL",
        help="A Lumber service to work on, or `local` for the database. [default: LUMBER_SERVER, the default "
        "of `lumber login`, or the database]",
        show_default=False,
    ),
]


def load_place(database_url: str | None, server: str | None, **given: Any) -> Runtime | Client:
    """Return where a command works. `given` are settings for the database. Raises ConfigError.

    A Runtime is the database. Raises typer.BadParameter if both are given.
    """
    if server is not None and database_url is not None:
        raise typer.BadParameter("give either --server or --database-url, not both.", param_hint=OPTION)
    chosen = chosen_server(server, has_database_url=database_url is not None)
    if chosen is None:
        return load_runtime(database_url, **given)
    _refuse("works on a database only: the service has its own.", given)
    return connect(chosen)


def refuse_there(place: Runtime | Client, reason: str, **given: Any) -> None:
    """Raise typer.BadParameter with a reason if options are given that a service doesn't take."""
    if not isinstance(place, Runtime):
        _refuse(reason, given)


def _refuse(reason: str, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if value is not None:
            raise typer.BadParameter(reason, param_hint=f"--{name.replace('_', '-')}")


def at(
    place: Runtime | Client, here: Callable[[Runtime], Coroutine[Any, Any, T]], there: Callable[[Client], T]
) -> T:
    """Do the work of a command where it works: one function for the database, and one for a service."""
    if isinstance(place, Runtime):
        return asyncio.run(here(place))
    with place as client:
        return there(client)


def connect(server: str) -> Client:
    """Return a client of a service, with the key for it. Raises ConfigError."""
    from lumber.remote.client import Client  # loads the HTTP client

    key = key_for(server, load_settings())
    if key is not None and key.is_open:
        Output(as_json=False).note(
            f"[yellow]note:[/] other users of this machine can read the file in {printable(key.source)}: "
            "chmod 600 it."
        )
    return Client(server, None if key is None else key.text)
