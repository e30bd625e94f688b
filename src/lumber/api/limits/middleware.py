"""Counts each request before it is routed."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from lumber.api.problems import closing, error_response
from lumber.api.service import Service
from lumber.errors import TooManyRequests


class CountCalls:
    """Refuse requests of addresses, keys and accounts that made too many. Without accounts, count nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request."""
        service: Service | None = scope["app"].state.service if scope["type"] == "http" else None
        if service is not None and service.admission.knows_accounts:
            try:
                service.limits.meet(scope)
            except TooManyRequests as error:
                await error_response(scope, error, headers=closing(scope))(scope, receive, send)
                return
        await self._app(scope, receive, send)
