"""`/mcp`: tools for agents, by the Model Context Protocol, behind the same keys as the API.

A tool makes calls of the API with the key of who asks, in this process. So the API judges, limits and records
them as it does the calls of any client.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from lumber.api.access.needs import Need
from lumber.api.access.refusals import record_refusal
from lumber.api.problems import closing, error_response, problem_response
from lumber.api.service import running_service
from lumber.errors import LumberError, NotPermitted
from lumber.identity.authentication import Refusal
from lumber.mcp.needed import INSTALL, has_sdk

PATH = "/mcp"
# A tool has the scope of the call that it makes.
_NEED = Need(None)


class AgentRoute(BaseRoute):
    """Answer agents. The SDK is loaded with the first call."""

    path_format = PATH

    def __init__(self) -> None:
        self._server: Any = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path, with every method."""
        if scope["type"] != "http" or scope["path"] not in (PATH, f"{PATH}/"):
            return Match.NONE, {}
        return Match.FULL, {"endpoint": self, "route": self, "path_params": {}}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a message of an agent whose key is valid."""
        if not has_sdk():
            detail = f"This service has no tools for agents. Run there: {INSTALL}"
            await problem_response(scope, "not_found", detail)(scope, receive, send)
            return
        if scope["method"] != "POST":
            # Without sessions there is no stream to open and nothing to delete.
            detail = "Agents send their messages by POST."
            headers = {"Allow": "POST"}
            await problem_response(scope, "method_not_allowed", detail, headers=headers)(scope, receive, send)
            return
        try:
            await self._admit(scope)
        except LumberError as error:
            await error_response(scope, error, headers=closing(scope))(scope, receive, send)
            return
        await self._answer(scope, receive, send)

    async def _admit(self, scope: Scope) -> None:
        """Raise what a client is told who has no valid key."""
        async with running_service(scope["app"]) as service:
            connection = HTTPConnection(scope)
            found = await service.admission.principal_of(connection)
            if isinstance(found, Refusal):
                service.limits.refuse(scope)
                await record_refusal(service, connection, PATH, _NEED, found)
                raise found.error()
            service.limits.admit(scope, found, None)
            if found.user_id is not None and found.key_id is None:
                raise NotPermitted("Agents use an API key: `Authorization: Bearer KEY`.")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Loading the SDK takes a second, in which other calls go on.
        http = await asyncio.to_thread(import_module, "lumber.mcp.http")
        if self._server is None:
            settings = scope["app"].state.settings
            self._server = http.build(
                scope["app"], public_url=settings.public_url, has_rows=settings.agents_see_rows
            )
        await http.answer(self._server, scope, receive, send)
