"""The lines of the audit trail that tell of accounts and API keys. None has a password or a key."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, ActorKind, local_actor
from lumber.audit.append import append
from lumber.audit.line import Detail, NewLine
from lumber.identity.rights import Principal
from lumber.store.models import ApiKey, User


def actor_of(principal: Principal) -> Actor:
    """Return a principal as the audit trail names it."""
    kind = ActorKind.USER if principal.key_id is None else ActorKind.KEY
    if principal.user_id is None:
        kind = ActorKind.LOCAL
    return Actor(kind, principal.name, principal.user_id, principal.key_id)


async def record_account(
    session: AsyncSession, by: Actor | None, action: Action, row: User, **details: Detail
) -> None:
    """Record what was done to an account. Without `by`, the user of the command line did it."""
    line = NewLine(by or local_actor(), action, ("user", row.id), details={"name": row.name, **details})
    await append(session, [line])


async def record_key(
    session: AsyncSession, by: Actor | None, action: Action, row: ApiKey, owner: str, **details: Detail
) -> None:
    """Record what was done to an API key. Without `by`, the user of the command line did it."""
    about = {"name": row.name, "owner": owner, **details}
    await append(session, [NewLine(by or local_actor(), action, ("api_key", row.id), details=about)])
