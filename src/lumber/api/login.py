"""Sign-in through an OpenID Connect provider: the browser goes to the provider, and comes back."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from lumber.api.access.cookies import SessionCookies
from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Public
from lumber.api.auditing import record_done
from lumber.api.documents import Answers, answers
from lumber.api.limits.callers import address_of
from lumber.api.service import Service, ServiceDep
from lumber.audit.actions import Action
from lumber.audit.actor import system_actor
from lumber.audit.line import NewLine, Result
from lumber.errors import LumberError
from lumber.identity.oidc.accounts import account_of
from lumber.identity.oidc.addresses import local_path
from lumber.identity.oidc.attempt import Attempt
from lumber.identity.oidc.callback import Callback
from lumber.identity.oidc.config import Provider
from lumber.identity.oidc.failures import Code, Reason, SignInFailed
from lumber.identity.oidc.pending import LIFETIME, Pending, remember, take
from lumber.identity.oidc.person import Person
from lumber.identity.sessions import open_session
from lumber.store.database import Database
from lumber.store.models.base import utc_now

router = APIRouter(prefix="/login", tags=["session"], route_class=GuardedRoute)

_SEE_OTHER = 303
_COOKIE = "lumber_login"
_NO_STORE = {"Cache-Control": "no-store"}
_REDIRECT: Answers = {
    _SEE_OTHER: {
        "description": "The next address of the browser. After a failure it is `/sign-in?error=CODE`.",
        "headers": {"Location": {"description": "The address.", "schema": {"type": "string"}}},
    },
    **answers("config_invalid", "provider_not_found", "too_many_requests"),
}
ProviderId = Annotated[str, Path(description="Id of the provider.")]

_log = structlog.stdlib.get_logger(__name__)


@router.get(
    "/{provider}",
    dependencies=[Public()],
    status_code=_SEE_OTHER,
    response_class=RedirectResponse,
    summary="Begin a sign-in through a provider",
    responses=_REDIRECT,
)
async def begin_login(
    request: Request,
    service: ServiceDep,
    provider: ProviderId,
    next_: Annotated[
        str | None,
        Query(
            alias="next", description="Path of this service to go to afterwards. Other addresses become `/`."
        ),
    ] = None,
) -> Response:
    """Send the browser to a provider. A cookie binds the sign-in to the browser for ten minutes."""
    flow = service.sign_ins.flow(provider)
    origin = service.settings.public_url or f"{request.url.scheme}://{request.headers['host']}"
    path = request.url.path.rstrip("/")
    pending = Pending(provider, f"{origin}{path}/callback", local_path(next_))
    attempt = Attempt.new(_cookie(service).token_of(request))
    try:
        url = await flow.authorization_url(attempt, pending.redirect_uri)
        await service.change(partial(_remember, attempt, pending, address_of(request.scope)))
    except LumberError as error:
        return await _failed(request, service, provider, pending.next_path, error)
    response = RedirectResponse(url, _SEE_OTHER, _NO_STORE)
    _cookie(service).give(response, attempt.browser, LIFETIME)
    return response


@router.get(
    "/{provider}/callback",
    dependencies=[Public()],
    status_code=_SEE_OTHER,
    response_class=RedirectResponse,
    summary="Finish a sign-in through a provider",
    responses=_REDIRECT,
)
async def finish_login(
    request: Request,
    service: ServiceDep,
    provider: ProviderId,
    state: Annotated[str | None, Query(description="What the sign-in was begun with.")] = None,
    code: Annotated[str | None, Query(description="Code of the provider, exchanged for tokens.")] = None,
    error: Annotated[str | None, Query(description="Why the provider signed nobody in.")] = None,
    iss: Annotated[str | None, Query(description="Issuer of the answer (RFC 9207).")] = None,
) -> Response:
    """Sign in who comes back from a provider, and go on where the sign-in was begun."""
    flow, next_path = service.sign_ins.flow(provider), "/"
    attempt = Attempt.returned(state, _cookie(service).token_of(request))
    try:
        if attempt is None or _is_ambiguous(request):
            raise SignInFailed(Reason.UNKNOWN_STATE, "the browser began no such sign-in")
        pending = await service.change(partial(_take, attempt))
        if pending is None:
            raise SignInFailed(Reason.UNKNOWN_STATE, "the browser began no such sign-in, or long ago")
        next_path = pending.next_path
        if pending.provider != provider:
            raise SignInFailed(Reason.OTHER_PROVIDER, f"the sign-in was begun with {pending.provider!r}")
        person = await flow.person(attempt, pending.redirect_uri, Callback(code, error, iss))
        response = RedirectResponse(next_path, _SEE_OTHER, _NO_STORE)
        before = await service.admission.session_of(request)
        replaces = None if before is None else before.session_id
        token = await service.change(partial(_signed_in, request, service, person, flow.provider, replaces))
    except LumberError as failure:
        return await _failed(request, service, provider, next_path, failure)
    service.admission.cookies.give(response, token, service.admission.session_limits.longest)
    _cookie(service).take(response)
    return response


async def _remember(attempt: Attempt, pending: Pending, address: str, database: Database) -> None:
    async with database.session() as session:
        await remember(session, attempt, pending, address, utc_now())


async def _take(attempt: Attempt, database: Database) -> Pending | None:
    async with database.session() as session:
        return await take(session, attempt, utc_now())


async def _signed_in(
    request: Request,
    service: Service,
    person: Person,
    provider: Provider,
    replaces: str | None,
    database: Database,
) -> str:
    """Find or make the account of a person, and open a session, in one transaction. Return its token."""
    address = None if request.client is None else request.client.host
    async with database.session() as session:
        account = await account_of(session, provider, person, utc_now(), address=address)
        token, _ = await open_session(
            session,
            account,
            service.admission.session_limits,
            method=provider.id,
            address=address,
            user_agent=request.headers.get("user-agent"),
            replaces=replaces,
        )
        return token


def _is_ambiguous(request: Request) -> bool:
    """Say whether a parameter is there twice: which of them counts would be a guess."""
    return len(request.query_params.multi_items()) != len(request.query_params)


def _cookie(service: Service) -> SessionCookies:
    """Return the cookie that binds a sign-in to a browser. The provider's page leads here: it must be lax."""
    return SessionCookies(service.settings, _COOKIE)


async def _failed(
    request: Request, service: Service, provider: str, next_path: str, error: LumberError
) -> Response:
    """Send the browser to the page of the sign-in, with a code for the reason."""
    if isinstance(error, SignInFailed):
        code = error.page_code
        _log.warning("sign_in_failed", provider=provider, reason=error.reason.value, error=str(error))
        await _record_failure(request, service, provider, error)
    else:
        code = Code.SERVICE_UNAVAILABLE
        _log.error("sign_in_failed", provider=provider, reason=error.code, error=str(error))
    query = urlencode({"error": code.value} | ({"next": next_path} if next_path != "/" else {}))
    return RedirectResponse(f"/sign-in?{query}", _SEE_OTHER, _NO_STORE)


async def _record_failure(request: Request, service: Service, provider: str, error: SignInFailed) -> None:
    """Record a failure, at most once a minute for each address, reason and account."""
    address = None if request.client is None else request.client.host
    # All addresses of a network of IPv6 count as one, so that it can't fill the trail.
    caller = address_of(request.scope)
    if service.refusals.is_new("login", provider, error.reason.value, caller, error.user_id or ""):
        actor = system_actor(f"provider {provider}").at(address)
        target = None if error.user_id is None else ("user", error.user_id)
        details = {"method": provider}
        line = NewLine(actor, Action.LOGIN_FAILED, target, Result.REFUSED, error.reason.value, details)
        await record_done(service, line)
