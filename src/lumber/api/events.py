"""An export's progress as server-sent events."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
import structlog
from fastapi import APIRouter, Header, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.documents import answers
from lumber.api.limits.slots import Held
from lumber.api.schemas import ProgressReport
from lumber.api.service import ServiceDep
from lumber.exports.watch import ExportState
from lumber.identity import rights

_log = structlog.stdlib.get_logger(__name__)
router = APIRouter(prefix="/export", tags=["exports"], route_class=GuardedRoute)

_HEARTBEAT_SECONDS = 10
# A client that reads nothing for this long is disconnected.
_SEND_SECONDS = 60
# Time that a stream has to end when the server stops.
_GRACE_SECONDS = 2
_EXAMPLE = (
    'id: 6f1ed002ab559585\nevent: progress\ndata: {"status": "running", "progress": {"logs": 42.5}}\n\n'
)
_EVENT = {
    "type": "object",
    "required": ["data", "event", "id"],
    "properties": {
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/ProgressReport"},
        },
        "event": {"type": "string", "const": "progress"},
        "id": {"type": "string"},
    },
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **answers("export_not_found", "config_invalid"),
    200: {
        "description": "Events named `progress`. Their data is a ProgressReport.",
        "content": {"text/event-stream": {"schema": _EVENT, "example": _EXAMPLE}},
    },
    204: {
        "description": "The export has finished and `Last-Event-ID` names its last event. Do not reconnect."
    },
}


class _EventStream(EventSourceResponse):
    """Send events to one client. A client that stops reading is disconnected without an error."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the stream ends or the client disconnects."""
        try:
            await super().__call__(scope, receive, send)
        except* SendTimeoutError:
            _log.info("event_client_stalled", path=scope["path"], seconds=_SEND_SECONDS)


@router.get(
    "/{export_id}/events",
    dependencies=[Needs(rights.Scope.EXPORTS_READ, holds=Held.STREAM)],
    summary="Follow an export",
    response_class=EventSourceResponse,
    responses=_ANSWERS,
)
async def follow_export(
    export_id: str,
    service: ServiceDep,
    last_event_id: Annotated[
        str | None, Header(max_length=64, description="Id of the last event that the client received.")
    ] = None,
) -> Response:
    """Send the current state, then every change, at most twice a second, until the export has finished."""
    first = await service.watch.look(export_id)
    if first.has_ended and last_event_id == _event(first).id:
        return Response(status_code=204)
    stopping = anyio.Event()

    async def end_with_the_server() -> None:
        await stopping.wait()
        await service.watch.close()

    return _EventStream(
        _events(service.watch.follow(first), last_event_id),
        ping=_HEARTBEAT_SECONDS,
        send_timeout=_SEND_SECONDS,
        data_sender_callable=end_with_the_server,
        shutdown_event=stopping,
        shutdown_grace_period=_GRACE_SECONDS,
    )


async def _events(states: AsyncIterator[ExportState], last_id: str | None) -> AsyncIterator[ServerSentEvent]:
    async for state in states:
        event = _event(state)
        if event.id != last_id:
            last_id = event.id
            yield event


def _event(state: ExportState) -> ServerSentEvent:
    """Return a state as an event. Every process gives the same state the same id."""
    data = ProgressReport.from_state(state).model_dump_json()
    return ServerSentEvent(data, event="progress", id=hashlib.sha256(data.encode()).hexdigest()[:16])
