"""`lumber whoami`: shows the service and the account that commands use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, connect
from lumber.cli.runtime import JsonOption
from lumber.remote.choice import chosen_server, key_for
from lumber.settings import load_settings


def whoami(server: ServerOption = None, as_json: JsonOption = False) -> int:
    """Show which service commands use, and as which account.

    Exit codes: 0 shown, 1 the service doesn't accept the key.

    Examples:
      lumber whoami
      lumber whoami --server https://lumber.example.org
    """
    out = Output(as_json=as_json)
    chosen = chosen_server(server)
    if chosen is None:
        out.result({"server": None, "account": None, "key_from": None})
        out.say("Commands use the database of this machine. To use a service: --server URL.")
        return ExitCode.OK
    key = key_for(chosen, load_settings())
    with connect(chosen) as client:
        account = client.whoami()
    source = None if key is None else key.source
    out.result({"server": chosen, "account": account, "key_from": source})
    origin = "without a key" if source is None else f"with the key from {printable(source)}"
    out.say(f"Commands use {printable(chosen)}{account_text(account)}, {origin}.")
    return ExitCode.OK


def account_text(account: Mapping[str, Any]) -> str:
    """Return ` as NAME (ROLE)`; empty if the service doesn't tell."""
    if "name" not in account:
        return ""
    return f" as {printable(account['name'])} ({printable(account.get('role'))})"
