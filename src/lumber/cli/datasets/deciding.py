"""`lumber datasets publish` and `lumber datasets drop`: what becomes of a held version."""

from __future__ import annotations

from typing import Annotated

import typer

from lumber.cli.datasets.gating import NameArgument
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.gates.stored import Decided, drop_version, publish_version
from lumber.exports.versions.committing import commit_due
from lumber.exports.versions.naming import name_published
from lumber.remote import named_datasets as there

VersionArgument = Annotated[
    int, typer.Argument(metavar="VERSION", min=1, max=2**53 - 1, help="Number of the held version.")
]
ReasonOption = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why, for the dataset's log.")
]


def publish(
    name: NameArgument,
    version: VersionArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Publish a held version: it becomes the latest one, also in its destination.

    Repeat the command if the destination couldn't be reached.

    Exit codes: 0 published, 1 the version isn't held, 4 no such version.

    Example:
      lumber datasets publish plant 12
    """
    decided = at(
        load_place(database_url, server),
        lambda runtime: _publish(runtime, name, version),
        lambda client: there.publish_version(client, name, version),
    )
    out = Output(as_json=as_json)
    out.result(decided.as_json())
    out.say(f"Version {decided.number} of {printable(decided.dataset)} is published.")
    return ExitCode.OK


def drop(
    name: NameArgument,
    version: VersionArgument,
    reason: ReasonOption = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Drop a held version: the next one continues from the version before it.

    The rows of a dropped increment are read again by the next one. The files stay until the export is
    deleted.

    Exit codes: 0 dropped, 1 the version isn't held, 4 no such version.

    Example:
      lumber datasets drop plant 12 --reason "a broken sensor"
    """
    decided = at(
        load_place(database_url, server),
        lambda runtime: _drop(runtime, name, version, reason),
        lambda client: there.drop_version(client, name, version, reason),
    )
    out = Output(as_json=as_json)
    out.result(decided.as_json())
    out.say(f"Version {decided.number} of {printable(decided.dataset)} is dropped.")
    return ExitCode.OK


async def _publish(runtime: Runtime, name: str, version: int) -> Decided:
    async with open_ledger(runtime) as database:
        async with database.session() as session:
            decided = await publish_version(session, name, version)
        # Raises if its destination can't be reached. Repeated, the command only names the version there.
        await name_published(database, decided.dataset, umask=runtime.settings.file_umask)
        await commit_due(database, runtime.settings, decided.dataset)
        return decided


async def _drop(runtime: Runtime, name: str, version: int, reason: str | None) -> Decided:
    async with open_ledger(runtime) as database, database.session() as session:
        return await drop_version(session, name, version, reason)
