"""`lumber notice add`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import OF_THE_KEY, ServerOption, at, load_place, refuse_there
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.announcing import Event
from lumber.identity.users import find_account
from lumber.notices.document import Channel, NoticeDocument, checked_document
from lumber.notices.signing import checked_source, secrets_from
from lumber.notices.stored import GivenSecret, WithSecret, create_notice
from lumber.remote import notices as there

UrlOption = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="Address of a webhook.", show_default=False)
]
ToOption = Annotated[
    list[str] | None,
    typer.Option(
        "--to", metavar="ADDRESS", help="E-mail address. Repeat it for several.", show_default=False
    ),
]
DatasetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--dataset",
        metavar="NAME",
        help="Dataset that it tells about. Repeat it for several. [default: everything]",
        show_default=False,
    ),
]
EventOption = Annotated[
    list[Event] | None,
    typer.Option(
        "--event",
        metavar="EVENT",
        help=f"{', '.join(Event)}. Repeat it for several. [default: failed, held, paused, tables_failed]",
        show_default=False,
    ),
]
SecretFileOption = Annotated[
    Path | None,
    typer.Option(
        "--secret-file",
        metavar="FILE",
        help="File with the secret, which `lumber serve` and `lumber worker` read for each message. "
        "[default: a new secret in the database]",
        show_default=False,
    ),
]
SecretVariableOption = Annotated[
    str | None,
    typer.Option(
        "--secret-env",
        metavar="VARIABLE",
        help="Variable with the secret, such as LUMBER_NOTICE_SECRET_OPERATIONS.",
        show_default=False,
    ),
]


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the notice.")],
    url: UrlOption = None,
    to: ToOption = None,
    event: EventOption = None,
    dataset: DatasetOption = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="NAME",
            help="Account that it belongs to: it tells about exports that the account may see. [default: "
            "this machine, which may see all]",
            show_default=False,
        ),
    ] = None,
    for_all: Annotated[
        bool, typer.Option("--for-all", help="With --user: also about other accounts; for admins.")
    ] = False,
    secret_file: SecretFileOption = None,
    secret_env: SecretVariableOption = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Create a notice: a webhook, or e-mail addresses.

    Messages to webhooks are signed as Standard Webhooks describes it. Without a file or variable, Lumber
    makes the secret, stores it in the database, and shows it once. With --json it prints `notice_id` and
    `secret`.

    At a service, the notice belongs to the account of the API key. The command reads the secret here, and the
    service stores it.

    Exit codes: 0 created, 2 the command line is wrong, 3 an address or another value is wrong, 4 no such
    account.

    Examples:
      lumber notice add operations --url https://hooks.example.org/lumber
      lumber notice add team --to ann@example.org --to ben@example.org --event completed --dataset plant
    """
    place = load_place(database_url, server)
    refuse_there(place, OF_THE_KEY, user=user)
    if (url is None) == (not to):
        raise typer.BadParameter("give either --url or --to.", param_hint="--url")
    values = {
        "name": name,
        "channel": Channel.EMAIL if url is None else Channel.WEBHOOK,
        "url": url,
        "to": to or None,
        "datasets": dataset or None,
        "is_for_all": for_all,
        **({"events": event} if event else {}),
    }
    document, secret = checked_document(values), given_secret(secret_file, secret_env)
    made = at(
        place,
        lambda runtime: _add(runtime, document, user, secret),
        lambda client: there.create_notice(client, document, _sent(secret)),
    )
    out = Output(as_json=as_json_)
    out.result({**made.notice.as_json(), "secret": made.secret})
    _tell(out, made)
    return ExitCode.OK


def given_secret(file: Path | None, variable: str | None) -> GivenSecret | None:
    """Return where the secret comes from, if somebody says so. Raises ConfigError if it can't be read."""
    if file is not None and variable is not None:
        raise typer.BadParameter("give one of --secret-file and --secret-env.", param_hint="--secret-file")
    if file is not None:
        return GivenSecret(source=checked_source(f"file:{file.expanduser().absolute()}"))
    return None if variable is None else GivenSecret(source=checked_source(f"env:{variable}"))


def _sent(given: GivenSecret | None) -> str | None:
    """Return the secret that is sent to a service. Raises ConfigError for two of them."""
    if given is None or given.source is None:
        return None
    first, *others = secrets_from(given.source)
    if others:
        message = "has two secrets, and a new notice has one: leave the old one out"
        raise ConfigError([FieldProblem("secret", None, message)])
    return first


def tell_secret(out: Output, secret: str | None) -> None:
    """Show a new secret, once."""
    if secret is not None:
        out.say(f"\n  {secret}\n")
        out.say("Copy this secret to the receiver now: it checks signatures with it. It isn't shown again.")


def _tell(out: Output, made: WithSecret) -> None:
    document = made.notice.document
    name, place, events = printable(document.name), printable(document.place), ", ".join(document.events)
    out.say(f"Created the notice {name} to {place}: {events}.")
    tell_secret(out, made.secret)
    out.say(f"Try it: lumber notice test {name}")


async def _add(
    runtime: Runtime, document: NoticeDocument, user: str | None, secret: GivenSecret | None
) -> WithSecret:
    async with open_ledger(runtime) as database, database.session() as session:
        owner = None if user is None else (await find_account(session, user)).principal
        return await create_notice(session, document, owner, secret=secret)
