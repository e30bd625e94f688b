"""The server over HTTP, inside a service: each message is one call, without a session."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Receive, Scope, Send

from lumber.mcp.calls import Calls, InsideCalls
from lumber.mcp.server import build_server

_MOST_BYTES = 1024 * 1024


def build(app: Any, *, public_url: str, has_rows: bool) -> MCPServer[Any]:
    """Build the server of a service, whose calls have the key and the address of who asks."""

    def calls_for(request: Any) -> Calls:
        client, reached_at = request.client, f"{request.url.scheme}://{request.url.netloc}"
        return InsideCalls(
            app,
            base_url=reached_at,
            key=request.headers.get("authorization"),
            request_id=getattr(request.state, "request_id", None),
            client=("127.0.0.1", 0) if client is None else (client.host, client.port),
            # A proxy may hide how the client reached it.
            address=public_url or reached_at,
        )

    return build_server(calls_for, has_rows=has_rows)


async def answer(server: MCPServer[Any], scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request of an agent."""
    server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        max_request_body_size=_MOST_BYTES,
        # The service checks hosts and origins of all calls before.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    # Made for this request: it then needs no part in the start and the end of the service.
    manager = server.session_manager
    async with manager.run():
        await manager.handle_request(scope, receive, send)
