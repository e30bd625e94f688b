"""`lumber source add` and `remove`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lumber.cli.confirmation import is_confirmed
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.cli.source.listing import NameArgument
from lumber.errors import ConfigError, FieldProblem
from lumber.remote import sources as there
from lumber.sources.adding import register
from lumber.sources.address import SourceAddress
from lumber.sources.password import From, Password, keep_password, read_password
from lumber.sources.registry import (
    STATEMENT_SECONDS,
    checked_source_name,
    checked_url,
    remove_source,
)
from lumber.store.url import DatabaseUrl
from lumber.text import counted

_WITHOUT_PASSWORD = {"sqlite": "a SQLite file", "folder": "a folder"}


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Unique name, in any case.")],
    url: Annotated[
        str,
        typer.Option(
            "--url",
            metavar="URL",
            help="Where it is, without a password: postgresql://USER@HOST/NAME, sqlite:///FILE, "
            "mysql://USER@HOST/NAME, folder:///PATH or elasticsearch+https://USER@HOST:PORT.",
        ),
    ],
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", metavar="FILE", help="File with the password in its first line."),
    ] = None,
    password_env: Annotated[
        str | None,
        typer.Option("--password-env", metavar="VARIABLE", help="Environment variable with the password."),
    ] = None,
    ask_password: Annotated[
        bool,
        typer.Option(
            "--ask-password", help="Ask for the password, and keep it in a file of the data folder."
        ),
    ] = False,
    statement_seconds: Annotated[
        float,
        typer.Option(
            "--statement-seconds",
            min=1,
            max=604_800,
            metavar="SECONDS",
            help="The server ends a statement of Lumber that takes longer.",
        ),
    ] = STATEMENT_SECONDS,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Register a database that rows are read from.

    It is a database, a folder with Parquet, CSV or JSON files, or a search engine.

    Lumber only reads there, in read-only transactions. A role that may do nothing else is still better:
    GRANT SELECT is enough. The password is never shown: Lumber keeps where it is.

    With --server, the password is read here and sent to the service, which keeps it in a file of its own.
    A service takes databases of PostgreSQL, MySQL and MariaDB only.

    Exit codes: 0 registered, 1 the database can't be reached, 3 a value is wrong.

    Examples:
      lumber source add plant --url postgresql://reader@db/plant --ask-password
      lumber source add box --url sqlite:////var/lib/box/events.db
      lumber source add lake --url folder:///srv/lake
    """
    checked_source_name(name)
    address = checked_url(url)
    if sum((password_file is not None, password_env is not None, ask_password)) > 1:
        raise typer.BadParameter("give one way to the password.", param_hint="--password-file")
    place = load_place(database_url, server)
    password = _reference(address, password_file, password_env, is_asked=ask_password)
    asked = str(typer.prompt("Password", hide_input=True, err=True)) if ask_password else None
    added = at(
        place,
        lambda runtime: _add(runtime, name, address, password, asked, statement_seconds),
        lambda client: there.add_source(
            client, name, url, _sent(password.load() if asked is None else asked), statement_seconds
        ),
    )
    out = Output(as_json=as_json)
    out.result(added)
    tables = added["tables"]
    out.say(f"Added the source {printable(added['name'])}: {printable(added['url'])}.")
    out.say(f"It has {counted(len(tables), 'table or view', 'tables and views')} that may be read.")
    first = tables[0] if tables else "TABLE"
    out.say(f"Map one: lumber source suggest {printable(added['name'])} {printable(first)} > mapping.toml")
    return ExitCode.OK


def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Forget a source and its mappings. Its rows stay.

    Exports and schedules that name it fail until there is one of this name again.

    Exit codes: 0 removed, 1 not confirmed, 2 confirmation is needed, 4 no such source.

    Example:
      lumber source remove plant --yes
    """
    place, out = load_place(database_url, server), Output(as_json=as_json)
    if not yes and not is_confirmed(out, f"Remove the source {name}?", "removing"):
        out.note("Nothing was removed.")
        return ExitCode.FAILURE
    removed = at(
        place,
        lambda runtime: _remove(runtime, name),
        lambda client: there.remove_source(client, name),
    )
    out.result(removed)
    out.say(f"Removed the source {printable(removed['name'])}. Its rows stay.")
    return ExitCode.OK


def _reference(
    address: DatabaseUrl | SourceAddress, file: Path | None, variable: str | None, *, is_asked: bool
) -> Password:
    """Return where the password is. Raises ConfigError."""
    kind = address.dialect if isinstance(address, DatabaseUrl) else address.name
    if kind in _WITHOUT_PASSWORD and (file is not None or variable is not None or is_asked):
        raise ConfigError([FieldProblem("password", None, f"{_WITHOUT_PASSWORD[kind]} has no password")])
    if file is not None:
        path = file.expanduser().absolute()
        read_password(path)
        return Password(From.FILE, path)
    if variable is None:
        return Password()
    if not variable.isidentifier():
        # The text isn't repeated: it may be the password.
        message = "must be the name of an environment variable, not its value"
        raise ConfigError([FieldProblem("password_env", None, message)])
    return Password(From.ENVIRONMENT, variable=variable)


def _sent(password: str | None) -> str:
    """Return the password for a service. Raises ConfigError if there is none."""
    if password is None:
        message = (
            "is missing: a service takes databases of PostgreSQL, MySQL and MariaDB with a password. Give "
            "--password-file, --password-env or --ask-password"
        )
        raise ConfigError([FieldProblem("password", None, message)])
    return password


async def _add(
    runtime: Runtime,
    name: str,
    address: DatabaseUrl | SourceAddress,
    password: Password,
    asked: str | None,
    statement_seconds: float,
) -> dict[str, Any]:
    if asked is not None:
        password = keep_password(runtime.settings.data_dir, asked)
    try:
        async with open_ledger(runtime) as database:
            added, tables = await register(
                database, name, address, password, statement_seconds=statement_seconds
            )
    except BaseException:
        password.discard()
        raise
    return {**added.as_json(), "tables": tables}


async def _remove(runtime: Runtime, name: str) -> dict[str, Any]:
    async with open_ledger(runtime) as database, database.session() as session:
        removed = await remove_source(session, name)
    removed.password.discard()
    return removed.as_json()
