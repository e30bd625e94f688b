"""`lumber key revoke`: revokes API keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.key.printing import as_json
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import KeyNotFound
from lumber.identity.api_keys import Key, find_key, list_keys, revoke_key
from lumber.identity.keys import PREFIX, read_key

_LEAST_CHARACTERS = 4


def revoke(
    key_ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Ids, or at least their first four characters.")
    ],
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Revoke API keys. They stop working at once, and for ever.

    Exit codes: 0 revoked, 2 an id is too short or names several keys, 4 no such key. Then none is revoked.

    Examples:
      lumber key revoke 3f2a
    """
    revoked = asyncio.run(_revoke(load_runtime(database_url), key_ids))
    out = Output(as_json=as_json_)
    out.result({"revoked": [as_json(key) for key in revoked]})
    for key in revoked:
        out.say(f"Revoked the API key {key.key_id} ({printable(key.name)}) of {printable(key.user_name)}.")
    return ExitCode.OK


async def _revoke(runtime: Runtime, texts: Sequence[str]) -> Sequence[Key]:
    async with open_ledger(runtime) as database, database.session() as session:
        found = [await _find(session, text) for text in texts]
        return [await revoke_key(session, key_id) for key_id in dict.fromkeys(key.key_id for key in found)]


async def _find(session: AsyncSession, text: str) -> Key:
    """Return the key that an id, its beginning, or the key itself names. No message repeats a key."""
    given = read_key(text)
    if given is not None:
        return await find_key(session, given.key_id)
    prefix = text.removeprefix(PREFIX).partition("_")[0]
    if len(prefix) < _LEAST_CHARACTERS:
        raise typer.BadParameter(
            f"{prefix!r} is too short for a key's id: give at least {_LEAST_CHARACTERS} characters."
        )
    found = await list_keys(session, id_prefix=prefix) if prefix.isascii() and prefix.isalnum() else []
    if not found:
        raise KeyNotFound(f"There is no API key {prefix!r}. `lumber key list --all` shows all keys.")
    if len(found) > 1:
        meant = ", ".join(f"{key.key_id} ({key.name})" for key in found)
        raise typer.BadParameter(f"{prefix!r} matches several keys: {meant}. Give more of the id.")
    return found[0]
