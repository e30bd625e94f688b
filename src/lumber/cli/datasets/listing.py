"""`lumber datasets list`, `show` and `log`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.versions.listing import (
    DatasetDetails,
    VersionDetails,
    find_version,
    get_dataset,
    list_datasets,
)
from lumber.remote import named_datasets as there
from lumber.store.database import Database
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

T = TypeVar("T")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the dataset, in any case.")]
VersionArgument = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version: v12, 1.4.0, a tag or latest.")
]
_STYLES = {"published": "green", "held": "yellow", "dropped": "red"}
_LIST = ("name", "latest", "data version", "rows", "versions", "held", "created (UTC)")
_LOG = ("version", "data version", "state", "rows", "added", "changed", "removed", "tags", "created (UTC)")
_NUMBERS = ("rows", "added", "changed", "removed", "versions", "held")


def list_all(
    database_url: DatabaseUrlOption = None, server: ServerOption = None, as_json_: JsonOption = False
) -> int:
    """List the named datasets, with their latest versions.

    With --json it prints `{"datasets": [...]}`.

    Example:
      lumber datasets list
    """
    found = at(load_place(database_url, server), _list, there.list_datasets)
    out = Output(as_json=as_json_)
    out.result({"datasets": found})
    if found:
        print_rows(out, _LIST, [_dataset_row(each) for each in found], right=_NUMBERS)
    rest = "" if found else " Make one: lumber export --dataset NAME --incremental -d logs"
    out.say(f"{counted(len(found), 'dataset')}.{rest}")
    return ExitCode.OK


def log(
    name: NameArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """List the versions of a dataset, newest first: their rows, and what each added, changed and removed.

    With --json it prints an array of versions.

    Exit codes: 0 shown, 4 no such dataset.

    Examples:
      lumber datasets log plant
      lumber datasets log plant --json | jq '.[0].path'
    """
    found = _named(load_place(database_url, server), name)
    out = Output(as_json=as_json_)
    out.result([each.as_json() for each in found.versions])
    if found.versions:
        print_rows(out, _LOG, [_version_row(each) for each in found.versions], right=_NUMBERS, styles=_STYLES)
    for each in found.versions:
        if each.reason:
            out.note(f"{each.version}: {_sentence(each.reason)}")
    out.say(f"{counted(len(found.versions), 'version')} of {printable(found.name)}.")
    return ExitCode.OK


def show(
    name: NameArgument,
    version: VersionArgument = "latest",
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Show one version of a dataset: its folder, its rows, and what changed in each data type.

    Exit codes: 0 shown, 4 no such dataset or version.

    Examples:
      lumber datasets show plant
      lumber datasets show plant v3
    """
    found = _named(load_place(database_url, server), name)
    chosen = find_version(found, version)
    out = Output(as_json=as_json_)
    out.result(chosen.as_json())
    tags = f" ({', '.join(chosen.tags)})" if chosen.tags else ""
    out.say(f"[bold]{printable(found.name)} {chosen.version}[/]{tags}, data version {chosen.data_version}")
    out.say(f"{chosen.state} {time_text(chosen.created_at)} UTC by export {chosen.export_id}")
    if chosen.reason:
        out.say(_sentence(chosen.reason))
    names = ("kind", "mode", "rows", "added", "changed", "removed")
    rows = [
        (kind, str(each["mode"]), *(f"{each[column]:,}" for column in names[2:]))
        for kind, each in chosen.kinds.items()
    ]
    if rows:
        print_rows(out, names, rows, right=_NUMBERS)
    for kind, each in chosen.kinds.items():
        if each.get("reason"):
            out.note(f"All {kind} were read again: {_sentence(each['reason'])}")
        if each.get("templates"):
            out.say(f"Templates of {kind}: {_fit_text(each)}")
    out.say(f"Dataset: {printable(chosen.path or '-')}")
    return ExitCode.OK


def with_ledger(runtime: Runtime, work: Callable[[Database], Awaitable[T]]) -> T:
    """Open the ledger for one action, and return what it returns."""
    return asyncio.run(in_ledger(runtime, work))


async def in_ledger(runtime: Runtime, work: Callable[[Database], Awaitable[T]]) -> T:
    """Open the ledger for one action, and return what it returns."""
    async with open_ledger(runtime) as database:
        return await work(database)


async def _list(runtime: Runtime) -> list[dict[str, Any]]:
    return [each.as_json() for each in await in_ledger(runtime, list_datasets)]


def _named(place: Runtime | Client, name: str) -> DatasetDetails:
    return at(
        place,
        lambda runtime: in_ledger(runtime, lambda database: get_dataset(database, name)),
        lambda client: there.get_dataset(client, name),
    )


def _sentence(text: str) -> str:
    """Return a reason as a sentence: those of versions have no full stop, those of gates have one."""
    return f"{printable(text.rstrip('.'))}."


def _fit_text(counts: Mapping[str, Any]) -> str:
    """Return how the template table of a version fits its messages."""
    found = counts["templates"]
    parts = [
        f"{unmatched:,} of {counted(rows, what)} ({unmatched / rows:.1%})"
        for unmatched, rows, what in (
            (found["unmatched_added"], counts["added"], "new row"),
            (found["unmatched"], counts["rows"], "row"),
        )
        if unmatched is not None and rows
    ]
    matched = f"; {' and '.join(parts)} match no template" if parts else ""
    return f"mined by v{found['since']}{matched}."


def _dataset_row(found: Mapping[str, Any]) -> tuple[str, ...]:
    latest = found["latest"]
    return (
        found["name"],
        "-" if latest is None else latest["version"],
        "-" if latest is None else latest["data_version"],
        "-" if latest is None else f"{latest['rows']:,}",
        f"{found['versions']:,}",
        f"{found['held']:,}",
        time_text(datetime.fromisoformat(found["created_at"])),
    )


def _version_row(each: VersionDetails) -> tuple[str, ...]:
    return (
        each.version,
        each.data_version,
        each.state,
        *(f"{number:,}" for number in (each.rows, each.added, each.changed, each.removed)),
        ", ".join(each.tags) or "-",
        time_text(each.created_at),
    )
