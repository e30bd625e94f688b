"""`lumber policy set` and `lumber policy delete`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.confirmation import is_confirmed
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.policy.listing import NameArgument, rules_text
from lumber.cli.policy.reading import read_policy
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import PolicyNotFound
from lumber.identity.policies.document import PolicyDocument
from lumber.identity.policies.stored import (
    Policy,
    change_policy,
    create_policy,
    delete_policy,
    find_policy_by_name,
)


def set_policy(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The policy: JSON, or YAML if the name ends in .yaml.")
    ],
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Create an export policy from a file, or replace the policy of the same name.

    The version rises with each change. A policy applies at once, also to exports that wait.

    Exit codes: 0 set, 3 the file is wrong.

    Examples:
      lumber policy set support.yaml
      lumber policy set support.json --json
    """
    policy, before = asyncio.run(_set(load_runtime(database_url), read_policy(file)))
    out, document = Output(as_json=as_json_), policy.document
    out.result(policy.as_json())
    if before == policy.version:
        out.say(f"The policy {printable(document.name)} is the same as before: version {policy.version:,}.")
        return ExitCode.OK
    verb = "Created" if before is None else "Changed"
    out.say(
        f"{verb} the policy {printable(document.name)}, version {policy.version:,}: {rules_text(document)}."
    )
    if not document.is_enabled:
        out.say("It isn't enabled, so it restricts nothing.")
    return ExitCode.OK


def delete(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without confirmation.")] = False,
    database_url: DatabaseUrlOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Delete an export policy. What it forbade is allowed, unless another policy forbids it.

    Exit codes: 0 deleted, 1 not confirmed, 2 confirmation is needed, 4 no such policy.

    Example:
      lumber policy delete support --yes
    """
    runtime, out = load_runtime(database_url), Output(as_json=as_json_)
    if not yes and not is_confirmed(out, f"Delete the policy {name}?"):
        out.note("Nothing was deleted.")
        return ExitCode.FAILURE
    deleted = asyncio.run(_delete(runtime, name))
    out.result(deleted.as_json())
    out.say(f"Deleted the policy {printable(deleted.document.name)}.")
    return ExitCode.OK


async def _set(runtime: Runtime, document: PolicyDocument) -> tuple[Policy, int | None]:
    """Return the policy, and its version before; None for a new one."""
    async with open_ledger(runtime) as database, database.session() as session:
        try:
            known = await find_policy_by_name(session, document.name)
        except PolicyNotFound:
            return await create_policy(session, document), None
        return await change_policy(session, known.policy_id, document), known.version


async def _delete(runtime: Runtime, name: str) -> Policy:
    async with open_ledger(runtime) as database, database.session() as session:
        known = await find_policy_by_name(session, name)
        return await delete_policy(session, known.policy_id)
