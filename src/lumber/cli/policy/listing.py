"""`lumber policy list` and `lumber policy show`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.identity.policies.document import PolicyDocument
from lumber.identity.policies.stored import Policy, find_policy_by_name, list_policies
from lumber.text import counted

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the policy, in any case.")]
STYLES = {"enabled": "green", "disabled": "yellow"}
_NAMES = ("name", "version", "status", "for", "rules", "changed (UTC)")
_NO_RULES = frozenset(("name", "applies_to", "is_enabled"))


def list_all(database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """List the export policies by name.

    With --json it prints `{"policies": [...]}`.

    Example:
      lumber policy list
    """
    found = asyncio.run(_list(load_runtime(database_url)))
    out = Output(as_json=as_json_)
    out.result({"policies": [policy.as_json() for policy in found]})
    if found:
        print_rows(out, _NAMES, [_row(policy) for policy in found], styles=STYLES)
    rest = "" if found else " Everything is allowed. Create one: lumber policy set FILE"
    out.say(f"{counted(len(found), 'policy', 'policies')}.{rest}")
    return ExitCode.OK


def show(name: NameArgument, database_url: DatabaseUrlOption = None, as_json_: JsonOption = False) -> int:
    """Show an export policy as JSON. Without --json, only the fields that `lumber policy set` takes.

    Exit codes: 0 shown, 4 no such policy.

    Example:
      lumber policy show support > support.json
    """
    policy = asyncio.run(_find(load_runtime(database_url), name))
    out = Output(as_json=as_json_)
    out.result(policy.as_json())
    given = {key: value for key, value in policy.document.as_json().items() if value not in (None, [])}
    out.say(printable(json.dumps(given, indent=2, ensure_ascii=False)))
    out.note(f"Version {policy.version:,} of {time_text(policy.updated_at)} UTC.")
    return ExitCode.OK


def rules_text(document: PolicyDocument) -> str:
    """Return the names of the rules that a policy has."""
    rules = [
        name
        for name in PolicyDocument.model_fields
        if name not in _NO_RULES and getattr(document, name) not in (None, False, [])
    ]
    return ", ".join(rules) or "none"


async def _list(runtime: Runtime) -> Sequence[Policy]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await list_policies(session)


async def _find(runtime: Runtime, name: str) -> Policy:
    async with open_ledger(runtime) as database, database.session() as session:
        return await find_policy_by_name(session, name)


def _row(policy: Policy) -> tuple[str, ...]:
    document = policy.document
    people = [*(str(role) for role in document.applies_to.roles), *document.applies_to.users]
    return (
        document.name,
        f"{policy.version:,}",
        "enabled" if document.is_enabled else "disabled",
        ", ".join(people),
        rules_text(document),
        time_text(policy.updated_at),
    )
