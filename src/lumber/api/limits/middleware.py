"""Counts each request before it is routed."""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from lumber.api.problems import closing, error_response
from lumber.api.service import Service
from lumber.errors import TooManyRequests


class CountCalls:
    """Refuse requests of addresses, keys and accounts that made too many. Without accounts, count nothing.

    `unlimited` are the paths of probes: a flood behind the same proxy must not make somebody restart the
    service.
    """

    def __init__(self, app: ASGIApp, *, unlimited: Collection[str]) -> None:
        self._app = app
        self._unlimited = frozenset(unlimited)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request."""
        is_counted = scope["type"] == "http" and scope["path"] not in self._unlimited
        service: Service | None = scope["app"].state.service if is_counted else None
        if service is not None and service.admission.knows_accounts:
            try:
                service.limits.meet(scope)
            except TooManyRequests as error:
                await error_response(scope, error, headers=closing(scope))(scope, receive, send)
                return
        await self._app(scope, receive, send)
