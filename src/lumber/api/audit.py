"""The audit trail over HTTP: list it, check its chain, and export it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.audit_reports import (
    LINE,
    OUTGOING,
    REPORT,
    AuditLine,
    AuditLines,
    AuditReport,
    OutgoingItem,
    OutgoingList,
)
from lumber.api.auditing import ActorDep
from lumber.api.disconnect import while_connected
from lumber.api.documents import answers, streamed
from lumber.api.file_response import attachment
from lumber.api.history import From, To
from lumber.api.limits.slots import Held
from lumber.api.service import ServiceDep
from lumber.audit.actions import Action
from lumber.audit.line import NewLine, Result
from lumber.audit.outgoing import find_outgoing
from lumber.audit.reading import AuditQuery, export_lines, find_lines
from lumber.identity.rights import Scope
from lumber.store.database import Database

router = APIRouter(prefix="/audit", tags=["audit"], route_class=GuardedRoute)

_JSON_LINES = "application/x-ndjson"
Actor = Annotated[
    str | None, Query(max_length=300, description="Name or id of an account, a key or a worker.")
]
Target = Annotated[
    str | None,
    Query(
        max_length=300,
        description="Id of what it was done to, or its beginning, also with its kind: export:3f2a.",
    ),
]
Since = Annotated[From | None, Query(description="Inclusive. UTC without a zone.")]
Until = Annotated[
    To | None,
    Query(description="Inclusive. UTC without a zone. A date without a time includes the whole day."),
]
Before = Annotated[
    int | None, Query(ge=1, lt=2**63, description="Only lines with lower numbers: the next page.")
]
Limit = Annotated[int, Query(ge=1, le=1_000, description="Maximum lines per page.")]


@router.get(
    "",
    dependencies=[Needs(Scope.AUDIT_READ)],
    summary="List the audit trail",
    responses=answers("config_invalid", example={"lines": [LINE], "next_before": 42}),
)
async def list_audit_lines(
    service: ServiceDep,
    actor: Actor = None,
    action: Annotated[list[Action] | None, Query(description="Only these actions.")] = None,
    target: Target = None,
    result: Annotated[Result | None, Query(description="Only lines with this result.")] = None,
    since: Since = None,
    until: Until = None,
    before: Before = None,
    limit: Limit = 100,
) -> AuditLines:
    """Return one page of the audit trail, newest first. Pages don't move when lines are added."""
    query = AuditQuery(
        actor=actor,
        action=action or (),
        target=target,
        result=result,
        since=since,
        until=until,
        before=before,
        limit=limit,
    )
    page = await find_lines(service.database, query)
    return AuditLines(lines=[AuditLine.of(line) for line in page.lines], next_before=page.next_before)


@router.get(
    "/outgoing",
    dependencies=[Needs(Scope.AUDIT_READ)],
    summary="List what left",
    responses=answers("config_invalid", example={"outgoing": [OUTGOING], "next_before": 41}),
)
async def list_outgoing(
    service: ServiceDep,
    actor: Actor = None,
    target: Target = None,
    since: Since = None,
    until: Until = None,
    before: Before = None,
    limit: Limit = 100,
) -> OutgoingList:
    """Return one page of downloads, and of datasets that commands wrote, newest first: who got what."""
    query = AuditQuery(actor=actor, target=target, since=since, until=until, before=before, limit=limit)
    page = await find_outgoing(service.database, query)
    found = [OutgoingItem.model_validate(item.as_json()) for item in page.items]
    return OutgoingList(outgoing=found, next_before=page.next_before)


@router.get(
    "/verify",
    dependencies=[Needs(Scope.AUDIT_READ)],
    summary="Check the audit trail",
    responses=answers("config_invalid", example=REPORT),
)
async def verify_audit_trail(
    service: ServiceDep,
    request: Request,
    expect: Annotated[
        str | None,
        Query(
            pattern="^[0-9a-f]{64}$",
            description="A hash that an earlier check returned. If no line has it, the chain was rewritten.",
        ),
    ] = None,
) -> AuditReport:
    """Check that no line was changed, removed, inserted, reordered or cut off. One check runs at a time.

    A chain can't prove that nobody rewrote all of it: keep its last hash elsewhere, and pass it as `expect`.
    """
    report = await while_connected(request, service.chain_check.run(expect))
    return AuditReport.model_validate(report.as_json())


@router.get(
    "/export",
    dependencies=[Needs(Scope.AUDIT_READ, holds=Held.DOWNLOAD)],
    summary="Export the audit trail",
    response_class=Response,
    responses={
        **answers("audit_failed", "audit_error"),
        200: streamed(_JSON_LINES, "One line per line, oldest first, and the head of the chain at the end."),
    },
)
async def export_audit_trail(service: ServiceDep, by: ActorDep) -> Response:
    """Send all lines. `lumber audit verify --file` checks the file without a database."""
    await service.record(NewLine(by, Action.AUDIT_EXPORTED))
    return StreamingResponse(
        _lines(service.database), headers=attachment("audit.jsonl"), media_type=_JSON_LINES
    )


async def _lines(database: Database) -> AsyncGenerator[str]:
    async for text in export_lines(database):
        yield f"{text}\n"
