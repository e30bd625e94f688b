"""What marks a call as the machine's own: made by a program that has the database, not by a client."""

from __future__ import annotations

from typing import Any

# A key of the ASGI scope. Servers fill the scope, so no request can set it.
MACHINE = "lumber.machine"


class AsMachine:
    """Make every call of an ASGI application as the machine itself, also if there are accounts."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a call on."""
        await self._app({**scope, MACHINE: True}, receive, send)
