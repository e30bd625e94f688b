"""The lines of the audit trail that tell of refused calls."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import HTTPConnection

from lumber.api.access.needs import Need
from lumber.api.auditing import get_actor, record_done
from lumber.api.service import Service
from lumber.audit.actions import Action
from lumber.audit.actor import Actor, ActorKind
from lumber.audit.line import NewLine, Result
from lumber.errors import NotPermitted, PolicyRefused, QuotaExceeded
from lumber.identity.authentication import Reason, Refusal
from lumber.identity.rights import Principal

# Who has the whole key of an account is worth a line. Others could fill the trail with guesses.
_KNOWN = frozenset({Reason.REVOKED_KEY, Reason.EXPIRED_KEY, Reason.DISABLED_USER})


async def require_kinds(service: Service, connection: HTTPConnection, kinds: Iterable[str]) -> None:
    """Check the kinds that the body of an admitted call names. Raises NotPermitted, and records it."""
    principal: Principal = connection.state.principal
    try:
        principal.require_kinds(kinds)
    except NotPermitted as error:
        route = connection.scope["route"].path_format
        await record_refusal(service, connection, route, connection.state.admitted, error)
        raise


async def record_refusal(
    service: Service,
    connection: HTTPConnection,
    route: str,
    need: Need,
    cause: Refusal | NotPermitted | PolicyRefused | QuotaExceeded,
) -> None:
    """Record a refused call of somebody who is known, at most once a minute for each key and route."""
    if not isinstance(cause, Refusal):
        actor, reason = await get_actor(connection), cause.code
    elif cause.reason in _KNOWN and cause.key_id is not None:
        address = None if connection.client is None else connection.client.host
        actor = Actor(ActorKind.KEY, cause.key_id, cause.user_id, cause.key_id, address)
        reason = cause.reason.value
    else:
        return
    method = str(connection.scope["method"])
    if service.refusals.is_new(actor.id or "", actor.key_id or "", reason, method, route):
        details = {"method": method, "route": route, "scope": need.scope and need.scope.value}
        line = NewLine(actor, Action.ACCESS_REFUSED, None, Result.REFUSED, reason, details)
        await record_done(service, line)
