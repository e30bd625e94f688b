"""`lumber destination add`, `probe` and `remove`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lumber.cli.confirmation import is_confirmed
from lumber.cli.destination.listing import NameArgument, tell_promises
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.destinations.adding import Wanted, probe_stored, register
from lumber.destinations.credentials import Credentials, Source, check_variables, read_secrets
from lumber.destinations.managed_secrets import discard_secrets
from lumber.destinations.promises import Status
from lumber.destinations.registry import Destination, remove_destination
from lumber.errors import ConfigError, FieldProblem
from lumber.remote import destinations as there


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Unique name, in any case.")],
    url: Annotated[
        str, typer.Argument(metavar="URL", help="/folder, s3://bucket/prefix, gs://bucket or az://container.")
    ],
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="URL", help="A service that isn't the provider's own."),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="NAME", help="Region of the bucket.")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help="Storage account of Azure.")
    ] = None,
    path_style: Annotated[
        bool | None,
        typer.Option(
            "--path-style/--host-style",
            help="Put the bucket into the path or the host name. Default: the path, if there is an endpoint.",
            show_default=False,
        ),
    ] = None,
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Allow an endpoint without TLS on another machine.")
    ] = False,
    secret_file: Annotated[
        Path | None,
        typer.Option("--secret-file", metavar="FILE", help="File with the secrets: JSON or lines KEY=VALUE."),
    ] = None,
    secret_env: Annotated[
        list[str] | None,
        typer.Option(
            "--secret-env",
            metavar="SECRET=VARIABLE",
            help="Environment variable that has a secret, such as access_key_id=LAKE_KEY. Repeatable.",
        ),
    ] = None,
    create: Annotated[bool, typer.Option("--create", help="Make the folder if it doesn't exist.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Register a folder or a bucket, after a check of what it promises.

    The check writes small objects, tries to overwrite them, and removes them. A destination that can't be
    used is rejected; one that doesn't promise everything is limited.

    Without --secret-file and --secret-env, the secrets of the platform are used: those in the environment or
    of the machine's role. The database has no secret, only the path of the file or the name of the variable.

    With --server, the secrets are read here and sent to the service, which keeps them in a file of its own.

    Exit codes: 0 registered, 1 the check failed, 3 a value is wrong.

    Examples:
      lumber destination add lake s3://datasets/lumber --region eu-central-1
      lumber destination add minio s3://lake --endpoint https://minio.example.org --secret-file minio.env
      lumber destination add nas /mnt/nas/datasets --create
    """
    options: dict[str, Any] = {
        "endpoint": endpoint,
        "region": region,
        "account": account,
        "path_style": path_style,
        "allow_http": allow_http or None,
    }
    wanted = Wanted.parse(
        name,
        url,
        {key: value for key, value in options.items() if value is not None},
    )
    place = load_place(database_url, server)
    if secret_file is not None and secret_env:
        raise typer.BadParameter("give either --secret-file or --secret-env.", param_hint="--secret-env")
    credentials = Credentials()
    if secret_file is not None:
        path = secret_file.expanduser().absolute()
        read_secrets(path, wanted.address.kind, "secret-file")
        credentials = Credentials(Source.FILE, path)
    elif secret_env:
        variables = check_variables(wanted.address.kind, _pairs(secret_env))
        credentials = Credentials(Source.ENVIRONMENT, variables=variables)
    added = at(
        place,
        lambda runtime: _add(runtime, wanted, credentials, creates=create),
        lambda client: there.add_destination(
            client, wanted, credentials.load(wanted.address.kind), creates=create
        ),
    )
    out = Output(as_json=as_json)
    out.result(added.as_json())
    out.say(f"Added the destination {printable(added.name)}: {printable(added.address.url)}.")
    tell_promises(out, added)
    out.say(f"Use it: lumber export -d logs --destination {printable(added.name)}")
    return ExitCode.OK


def probe_again(
    name: NameArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check again what a destination promises.

    Exit codes: 0 it can be used, 1 it can't, 4 no such destination.

    Example:
      lumber destination probe lake
    """
    found = at(
        load_place(database_url, server),
        lambda runtime: _probe(runtime, name),
        lambda client: there.probe_destination(client, name),
    )
    out = Output(as_json=as_json)
    out.result(found.as_json())
    tell_promises(out, found)
    return ExitCode.FAILURE if found.probe.status is Status.FAILING else ExitCode.OK


def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Forget a destination. What lies in it stays.

    Exports and schedules that name it fail until there is one of this name again.

    Exit codes: 0 removed, 1 not confirmed, 2 confirmation is needed, 4 no such destination.

    Example:
      lumber destination remove lake --yes
    """
    place, out = load_place(database_url, server), Output(as_json=as_json)
    if not yes and not is_confirmed(out, f"Remove the destination {name}?", "removing"):
        out.note("Nothing was removed.")
        return ExitCode.FAILURE
    removed = at(
        place,
        lambda runtime: _remove(runtime, name),
        lambda client: there.remove_destination(client, name),
    )
    out.result(removed.as_json())
    out.say(f"Removed the destination {printable(removed.name)}. Its files stay.")
    return ExitCode.OK


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, variable = text.partition("=")
        if not equals:
            # The text isn't repeated: it may be a secret.
            raise ConfigError([FieldProblem("secret-env", None, "must be SECRET=VARIABLE")])
        found[name.strip()] = variable.strip()
    return found


async def _add(runtime: Runtime, wanted: Wanted, credentials: Credentials, *, creates: bool) -> Destination:
    wanted.require_outside(runtime.settings.effective_exports_dir)
    wanted.require_folder(creates=creates, how="--create")
    async with open_ledger(runtime) as database:
        return await register(database, wanted, credentials, umask=runtime.settings.file_umask)


async def _probe(runtime: Runtime, name: str) -> Destination:
    async with open_ledger(runtime) as database:
        return await probe_stored(database, name, umask=runtime.settings.file_umask)


async def _remove(runtime: Runtime, name: str) -> Destination:
    async with open_ledger(runtime) as database, database.session() as session:
        removed = await remove_destination(session, name)
    discard_secrets(removed.credentials)
    return removed
