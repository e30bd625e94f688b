"""create_app: the service as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec

from fastapi import FastAPI

from lumber import __version__
from lumber.api import events, exports, files, history
from lumber.api.documents import add_document, operation_id
from lumber.api.middleware import BodyLimit, LoopbackOnly, RequestContext
from lumber.api.problems import add_problem_handlers
from lumber.api.service import open_service
from lumber.settings import Settings, load_settings

PREFIX = "/api/v1"


def create_app(settings: Settings | None = None, *, with_worker: bool = True) -> FastAPI:
    """Build the service. Without `settings` they are read from the environment.

    Started, it opens the database, making its tables in an empty one, and runs a worker inside unless
    `with_worker` is false.
    """
    chosen = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_service(chosen, with_worker=with_worker) as service:
            app.state.service = service
            try:
                yield
            finally:
                app.state.service = None

    app = FastAPI(
        title="Lumber",
        version=__version__,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
    )
    app.state.settings = chosen
    app.state.service = None
    add_problem_handlers(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(LoopbackOnly)
    app.add_middleware(RequestContext)
    # Before the exports: their `/export/{id}` would take `/export/stats`.
    for name in ("housekeeping", "datasets", "health", "metrics"):
        if find_spec(f"lumber.api.{name}"):
            app.include_router(import_module(f"lumber.api.{name}").router, prefix=PREFIX)
    for router in (history.router, exports.router, events.router, files.router):
        app.include_router(router, prefix=PREFIX)
    add_document(app)
    return app
