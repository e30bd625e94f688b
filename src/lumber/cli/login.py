"""`lumber login`: stores an API key for a service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.runtime import JsonOption
from lumber.cli.whoami import account_text
from lumber.remote.address import server_of
from lumber.remote.keys import checked_key, key_in, store_key

UrlArgument = Annotated[
    str, typer.Argument(metavar="URL", help="The service: https://HOST, or http on this machine.")
]
_MOST_CHARACTERS = 16_384
_KEY_FILE = "--key-file"


def login(
    url: UrlArgument,
    key_file: Annotated[
        Path | None,
        typer.Option(
            _KEY_FILE,
            metavar="FILE",
            help="File with the API key, or - for standard input. [default: ask on the terminal]",
            show_default=False,
        ),
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Let commands use this service if nothing else is chosen.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Store an API key for a Lumber service, so that commands can use it.

    Ask an admin of the service for a key, or make one with `lumber key create` where its database is. The
    key is checked with the service and stored in a file that only you can read, one key for each service.
    Commands use the service if you name it with --server or LUMBER_SERVER. With --default they use it also
    without that, and `--server local` means the database.

    Exit codes: 0 stored, 1 the key or the service doesn't work, 2 no key was given, 3 the address is wrong.

    Examples:
      lumber login https://lumber.example.org
      lumber login https://lumber.example.org --key-file - < key.txt
      lumber exports list --server https://lumber.example.org
    """
    from lumber.remote.client import Client  # loads the HTTP client

    server = server_of(url, "URL")
    out = Output(as_json=as_json)
    key = _asked(server) if key_file is None else _read(key_file, out)
    with Client(server, key) as client:
        account = client.whoami()
    path = store_key(server, key, is_default=default)
    out.result({"server": server, "account": account, "is_default": default, "file": str(path)})
    out.say(f"Logged in to {printable(server)}{account_text(account)}. The key is in {printable(path)}.")
    if default:
        out.say("Commands use this service. For the database: --server local.")
    else:
        out.say(f"Use it: lumber exports list --server {printable(server)}")
    return ExitCode.OK


def _asked(server: str) -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"without a terminal, a key needs {_KEY_FILE}.", param_hint=_KEY_FILE)
    answer: str = typer.prompt(f"API key for {server}", hide_input=True, err=True)
    return checked_key(answer, "The key")


def _read(file: Path, out: Output) -> str:
    if file == Path("-"):
        return checked_key(sys.stdin.read(_MOST_CHARACTERS), _KEY_FILE)
    key, is_open = key_in(file, _KEY_FILE)
    if is_open:
        out.note(f"Other users of this machine can read {printable(file)}: chmod 600 it, or delete it.")
    return key
