"""create_app: the service as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from lumber import __version__
from lumber.api import datasets, events, exports, files, health, history, housekeeping, ingest, metrics
from lumber.api.documents import add_document, operation_id
from lumber.api.middleware import BodyLimit, LoopbackOnly, RequestContext
from lumber.api.problems import add_problem_handlers
from lumber.api.service import open_service
from lumber.api.web import add_web
from lumber.settings import Settings, load_settings

PREFIX = "/api/v1"


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the service. Without `settings` they are read from the environment.

    Started, it opens the database, making its tables in an empty one, runs a worker inside unless
    `serve_worker` is false, and cleans up as the settings say. While it stops, `app.state.hand_back()` lets
    the worker end at once.
    """
    chosen = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with open_service(chosen, is_working=True) as service:
                app.state.service = service
                yield
        finally:
            app.state.service = None

    def hand_back() -> None:
        if app.state.service is not None:
            app.state.service.hand_back()

    app = FastAPI(
        title="Lumber",
        version=__version__,
        lifespan=lifespan,
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.state.settings = chosen
    app.state.service = None
    app.state.hand_back = hand_back
    add_problem_handlers(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, unlimited=ingest.CONTENT_PATH)
    app.add_middleware(LoopbackOnly)
    app.add_middleware(RequestContext)
    metrics.add_metrics(app)
    # Housekeeping before the exports: their `/export/{export_id}` would take `/export/stats`.
    for noun in (housekeeping, history, exports, events, files, datasets, ingest, health, metrics):
        app.include_router(noun.router, prefix=PREFIX)
    for noun in (health, metrics):
        # Also where probes and scrapers look by themselves.
        app.include_router(noun.router, include_in_schema=False)
    add_document(app)
    add_web(app)
    return app
