"""A route that is handled only after the call was admitted: nothing of a body or an export is read before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi.routing import APIRoute, APIRouter
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from lumber.api.access.concerns import CHECKS, UNCHECKED
from lumber.api.access.needs import Need, declared
from lumber.api.access.refusals import record_refusal
from lumber.api.access.standing import AccessEnded, WatchedCall
from lumber.api.documents import with_refusals
from lumber.api.problems import closing, error_response
from lumber.api.service import Service, running_service
from lumber.errors import LumberError, NotPermitted
from lumber.exports.visibility import sees_everything
from lumber.identity.authentication import Refusal
from lumber.identity.rights import Principal


class GuardedRoute(APIRoute):
    """A route with a declaration of what it needs. Building it without one raises RuntimeError."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **values: Any) -> None:
        self.need = declared(path, values.get("dependencies") or ())
        if self.need is not None:
            values["responses"] = with_refusals(values.get("responses") or {})
        super().__init__(path, endpoint, **values)
        if unknown := self.param_convertors.keys() - CHECKS.keys() - UNCHECKED:
            raise RuntimeError(f"{path}: concerns.py must say who may use what {sorted(unknown)[0]!r} names")

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a call, or refuse it."""
        if self.need is None:
            await super().handle(scope, receive, send)
            return
        try:
            async with running_service(scope["app"]) as service:
                principal = await self._admit(service, self.need, scope)
                held = service.limits.hold(principal, self.need.holds)
        except LumberError as error:
            await error_response(scope, error, headers=closing(scope))(scope, receive, send)
            return
        with held:
            if principal.user_id is None:
                await super().handle(scope, receive, send)
                return
            check = partial(_check, service, self.need, names=scope["path_params"])
            call = WatchedCall(service.standings, check, scope, receive, send)
            try:
                await super().handle(scope, call.receive, call.send)
            except* AccessEnded:
                await call.end()

    async def _admit(self, service: Service, need: Need, scope: Scope) -> Principal:
        """Find out who makes the call, and check the rights. Raises what the client is told."""
        connection = HTTPConnection(scope)
        found = await service.admission.principal_of(connection)
        if isinstance(found, Refusal):
            service.limits.refuse(scope)
            await record_refusal(service, connection, self.path_format, need, found)
            raise found.error()
        service.limits.admit(scope, found, need.scope)
        state = scope.setdefault("state", {})
        state["principal"] = found
        try:
            await _check(service, need, found, scope["path_params"])
        except NotPermitted as error:
            await record_refusal(service, connection, self.path_format, need, error)
            raise
        state["admitted"] = need
        return found


async def _check(service: Service, need: Need, principal: Principal, names: Mapping[str, str]) -> None:
    """Raise NotPermitted, or what is said of something that isn't there."""
    if need.scope is not None:
        principal.require(need.scope)
    elif principal.key_id is not None:
        raise NotPermitted("An API key can't use this call. Sign in with a browser.")
    if need.of_all and not sees_everything(principal):
        raise NotPermitted(
            "This is about the exports of all accounts: it needs an admin, or a key of an admin for all data "
            "types."
        )
    for parameter, name in names.items():
        if parameter in CHECKS and need.scope is not None:
            await CHECKS[parameter](service, principal, need.scope, name)


def guarded(router: APIRouter) -> APIRouter:
    """Return a router if all of its routes are guarded. Raises RuntimeError."""
    for route in router.routes:
        if not isinstance(route, GuardedRoute):
            raise RuntimeError(
                f"{route!r} must be a GuardedRoute: give its router `route_class=GuardedRoute`"
            )
    return router
