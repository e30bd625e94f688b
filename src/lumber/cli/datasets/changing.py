"""`lumber datasets tag`, `untag` and `keep`."""

from __future__ import annotations

from typing import Annotated

import typer

from lumber.cli.datasets.listing import NameArgument, VersionArgument, in_ledger
from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption
from lumber.exports.versions.listing import remove_tag, set_retention, set_tag
from lumber.remote import named_datasets as there

TagArgument = Annotated[str, typer.Argument(metavar="TAG", help="The tag: letters, digits, '.', '_', '-'.")]
_Limit = Annotated[int | None, typer.Option("--last", min=1, help="Keep this many newest versions.")]
_Days = Annotated[int | None, typer.Option("--days", min=1, help="Keep versions of so many days.")]


def tag(
    name: NameArgument,
    version: VersionArgument,
    tag: TagArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Give a version a tag. A tag that another version has moves to this one.

    Retention never deletes a version with a tag.

    Exit codes: 0 done, 3 not a tag, 4 no such dataset or version.

    Example:
      lumber datasets tag plant v3 production
    """
    number = at(
        load_place(database_url, server),
        lambda runtime: in_ledger(runtime, lambda database: set_tag(database, name, tag, version)),
        lambda client: there.set_tag(client, name, tag, version),
    )
    out = Output(as_json=as_json_)
    out.result({"name": name, "tag": tag, "number": number})
    out.say(f"{printable(tag)} is v{number} of {printable(name)}.")
    return ExitCode.OK


def untag(
    name: NameArgument,
    tag: TagArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Remove a tag from a dataset. The version stays.

    Exit codes: 0 done, 4 no such dataset or tag.

    Example:
      lumber datasets untag plant production
    """
    at(
        load_place(database_url, server),
        lambda runtime: in_ledger(runtime, lambda database: remove_tag(database, name, tag)),
        lambda client: there.remove_tag(client, name, tag),
    )
    out = Output(as_json=as_json_)
    out.result({"name": name, "tag": tag})
    out.say(f"Removed the tag {printable(tag)} of {printable(name)}.")
    return ExitCode.OK


def keep(
    name: NameArgument,
    last: _Limit = None,
    days: _Days = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Set how many versions of a dataset are kept. Without a limit, all are kept.

    The latest version, held ones and those with a tag are always kept. Files that a kept version shares with
    a deleted one stay.

    Exit codes: 0 done, 4 no such dataset.

    Examples:
      lumber datasets keep plant --last 30
      lumber datasets keep plant            # no limit
    """
    at(
        load_place(database_url, server),
        lambda runtime: in_ledger(runtime, lambda database: set_retention(database, name, last, days)),
        lambda client: there.set_retention(client, name, last, days),
    )
    out = Output(as_json=as_json_)
    out.result({"name": name, "keep_last": last, "keep_days": days})
    limits = [f"the last {last:,}"] if last else []
    limits += [f"those of the last {days:,} days"] if days else []
    out.say(f"{printable(name)} keeps {' and '.join(limits) or 'all versions'}.")
    return ExitCode.OK
