"""`lumber logout`: removes the stored API key of a service."""

from __future__ import annotations

from lumber.cli.exit_codes import ExitCode
from lumber.cli.login import UrlArgument
from lumber.cli.output import Output, printable
from lumber.cli.runtime import JsonOption
from lumber.remote.address import server_of
from lumber.remote.keys import forget_key


def logout(url: UrlArgument, as_json: JsonOption = False) -> int:
    """Remove the stored API key of a service.

    The key itself still works: an admin revokes it with `lumber key revoke`.

    Exit codes: 0 removed, 4 no key was stored.

    Example:
      lumber logout https://lumber.example.org
    """
    server = server_of(url, "URL")
    out = Output(as_json=as_json)
    was_stored = forget_key(server)
    out.result({"server": server, "was_stored": was_stored})
    if not was_stored:
        out.note(f"No key is stored for {printable(server)}.")
        return ExitCode.NOTHING_FOUND
    out.say(f"Removed the key for {printable(server)}. It still works until it expires or is revoked.")
    return ExitCode.OK
