"""What the commands about pseudonyms share: options, the right to use them, and files of values."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import record
from lumber.audit.line import NewLine, Result
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output
from lumber.cli.progress import row_progress
from lumber.cli.runtime import Runtime
from lumber.errors import ConfigError, FieldProblem, IdentityError
from lumber.exports.pseudonyms import learn_rows, learn_values
from lumber.identity.acting import acting_principal
from lumber.identity.rights import Principal, Scope
from lumber.remote.choice import key_of_settings
from lumber.store.database import Database

if TYPE_CHECKING:
    from lumber.privacy.reversing import KnownValues

STDIN = "-"
_MOST_LINES = 1_000_000

CandidatesOption = Annotated[
    Path | None,
    typer.Option(
        "--candidates",
        metavar="FILE",
        help="File of values that tokens may stand for, one a line: users, hosts, e-mail addresses, numbers. "
        "`-` is standard input.",
    ),
]
FromDatabaseOption = Annotated[
    bool,
    typer.Option("--from-database", help="Take all values in the texts and columns of the database."),
]
KindOption = Annotated[
    list[str] | None,
    typer.Option(
        "--data-type", "-d", metavar="TYPE", help="With --from-database: only these. Repeat for several."
    ),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--privacy-key-file",
        metavar="FILE",
        help="File with the key of the pseudonyms. [default: LUMBER_PRIVACY_KEY, or the file in "
        "LUMBER_PRIVACY_KEY_FILE]",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """An open database, who acts on it, and as whom the audit trail names them."""

    database: Database
    principal: Principal
    actor: Actor

    async def tell(self, action: Action, **details: str | int | Sequence[str] | None) -> None:
        """Record what is about to be shown. Raises AuditFailed: then nothing may be shown."""
        await record(self.database, [NewLine(self.actor, action, details=details)])


@asynccontextmanager
async def asked(runtime: Runtime, action: Action) -> AsyncIterator[Asked]:
    """Open the database for who may undo pseudonyms. Raises NotPermitted or AuthenticationFailed."""
    async with open_ledger(runtime) as database:
        actor = local_actor()
        try:
            key = key_of_settings(runtime.settings)
            principal, actor = await acting_principal(
                database, runtime.settings, None if key is None else key.text, scope=Scope.ADMIN
            )
            principal.require(Scope.ADMIN)
        except IdentityError as error:
            await record(database, [NewLine(actor, action, result=Result.REFUSED, reason=error.code)])
            raise
        yield Asked(database, principal, actor)


async def learn(
    asked: Asked,
    known: KnownValues,
    candidates: Sequence[str],
    kinds: Sequence[str] | None,
    output: Output,
) -> None:
    """Learn the candidates, and the rows of these data types of the database; None for no rows."""
    learn_values(known, candidates)
    if kinds is None or known.is_complete:
        return
    with row_progress(output.errors, is_quiet=output.as_json) as progress:
        await learn_rows(
            asked.database, known, kinds or None, lambda rows: progress.update(rows, None, "rows")
        )


def chosen_kinds(asked: Asked, from_database: bool, kinds: Sequence[str] | None) -> Sequence[str] | None:
    """Return the data types to read, empty for all, or None without `from_database`. Raises NotPermitted."""
    from lumber.catalog.registry import all_kinds, get_kind

    if not from_database:
        return None
    named = [get_kind(name).name for name in kinds or all_kinds()]
    asked.principal.require_kinds(named)
    return named


def lines_of(path: Path | None, option: str) -> list[str]:
    """Return the lines of a file, or of standard input for `-`, without empty ones. Raises ConfigError."""
    if path is None:
        return []
    try:
        data = sys.stdin.buffer.read() if str(path) == STDIN else path.read_bytes()
    except OSError as error:
        raise _problem(option, path, f"can't read {path}: {error.strerror}") from None
    lines = [line for line in data.decode(errors="replace").splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise _problem(option, path, f"{path} has more than {_MOST_LINES:,} lines: cut it")
    return lines


def check_inputs(**paths: Path | None) -> None:
    """Raise typer.BadParameter if two files are standard input."""
    given = [name for name, path in paths.items() if str(path) == STDIN]
    if len(given) > 1:
        raise typer.BadParameter("only one of them can be standard input.", param_hint=f"--{given[1]}")


def _problem(option: str, path: Path, message: str) -> ConfigError:
    return ConfigError([FieldProblem(option, str(path), message)])
