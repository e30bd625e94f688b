"""Builds the service as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from lumber.api import (
    account,
    audit,
    backfills,
    bulk,
    comparing,
    dataset_tables,
    datasets,
    destinations,
    events,
    exports,
    files,
    formats,
    gate_test_sets,
    gates,
    health,
    history,
    housekeeping,
    ingest,
    loads,
    login,
    metrics,
    named_datasets,
    notices,
    policies,
    presets,
    rows,
    schedules,
    session,
    shares,
    sources,
    table_rows,
    users,
)
from lumber.api.access.guarded_route import guarded
from lumber.api.access.standing import tell_ended_calls
from lumber.api.agents import AgentRoute
from lumber.api.documents import TITLE, document_of, operation_id
from lumber.api.limits.middleware import CountCalls
from lumber.api.middleware import AnySlash, BodyLimit, KnownHosts, RequestContext
from lumber.api.problems import add_problem_handlers
from lumber.api.service import open_service
from lumber.api.web import add_web
from lumber.settings import Settings, load_settings
from lumber.version import __version__

PREFIX = "/api/v1"
LIVENESS = "/health/live"


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Without `settings`, read them from the environment.

    On startup, the service opens the database, creates the tables in an empty one, starts a worker unless
    `serve_worker` is false, and starts the retention. On a signal to stop, `app.state.stop_worker()` lets
    the worker finish while connections close, and `app.state.hand_back()` stops it at once.
    """
    chosen = settings or load_settings()
    tell_ended_calls()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with open_service(chosen, is_working=True) as service:
                app.state.service = service
                yield
        finally:
            app.state.service = None

    def stop_worker() -> None:
        if app.state.service is not None:
            app.state.service.stop_worker()

    def hand_back() -> None:
        if app.state.service is not None:
            app.state.service.hand_back()

    app = FastAPI(
        title=TITLE,
        version=__version__,
        lifespan=lifespan,
        # FastAPI's documentation pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        # A redirect has no body, and clients don't repeat a POST without being asked: see AnySlash.
        redirect_slashes=False,
    )
    app.state.settings = chosen
    app.state.service = None
    app.state.stop_worker = stop_worker
    app.state.hand_back = hand_back
    add_problem_handlers(app)
    # The middleware added last runs first.
    app.add_middleware(BodyLimit, unlimited=ingest.CONTENT_PATH)
    app.add_middleware(AnySlash, prefix=PREFIX, with_slash=(f"{PREFIX}/export",))
    app.add_middleware(CountCalls, unlimited=(LIVENESS, f"{PREFIX}{LIVENESS}"))
    app.add_middleware(KnownHosts, public_url=chosen.public_url)
    app.add_middleware(RequestContext, public_url=chosen.public_url)
    metrics.add_metrics(app)
    if chosen.proxies:
        # Without it, no forwarded header is believed. Only needed here, and it loads all of uvicorn.
        from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(chosen.proxies))
    app.router.routes.extend(_routes())
    app.router.routes.append(AgentRoute())
    # FastAPI documents this way of replacing it.
    app.openapi = _document  # type: ignore[method-assign]
    add_web(app)
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """Return the routes of all nouns. All services of a process share them.

    FastAPI prepares a router for its place when a call first looks there, which takes half a second for all.
    """
    router = APIRouter(generate_unique_id_function=operation_id)
    # Housekeeping comes before exports, because `/export/{export_id}` would match `/export/stats`.
    for noun in (
        housekeeping,
        history,
        bulk,
        exports,
        comparing,
        shares,
        events,
        files,
        rows,
        datasets,
        table_rows,
        gates,
        gate_test_sets,
        ingest,
        formats,
        loads,
        named_datasets,
        dataset_tables,
        backfills,
        policies,
        presets,
        schedules,
        destinations,
        sources,
        notices,
        session,
        login,
        account,
        users,
        audit,
        health,
        metrics,
    ):
        router.include_router(guarded(noun.router), prefix=PREFIX)
    for noun in (health, metrics):
        # Probes and scrapers look at the root by default.
        router.include_router(guarded(noun.router), include_in_schema=False)
    return tuple(router.routes)


@cache
def _document() -> dict[str, Any]:
    return document_of(_routes())
