"""The audit trail over HTTP: list it, check its chain, and export it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from lumber.api.auditing import ActorDep
from lumber.api.documents import answers, streamed
from lumber.api.file_response import attachment
from lumber.api.history import From, To
from lumber.api.service import ServiceDep
from lumber.audit.actions import Action
from lumber.audit.line import Line, NewLine, Result
from lumber.audit.reading import AuditQuery, export_lines, find_lines
from lumber.audit.verify import verify_chain
from lumber.store.database import Database

router = APIRouter(prefix="/audit", tags=["audit"])

_JSON_LINES = "application/x-ndjson"
_HASH = "9f2c0e7d5b1a4c3e8f6071829304a5b6c7d8e9f00112233445566778899aabbc"
_LINE = {
    "seq": 42,
    "at": "2026-11-29T12:00:00.000005Z",
    "actor_kind": "key",
    "actor_id": "7c1d9a7e-5a0e-4a59-9b53-d1a8f3f0c9aa",
    "actor_name": "anna",
    "key_id": "k3v9q2m7x1ab",
    "address": "10.0.0.7",
    "action": "download",
    "target_kind": "export",
    "target_id": "4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10",
    "result": "ok",
    "reason": None,
    "details": {
        "file": "logs/train-00000-of-00001.parquet",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "bytes": 48211034,
        "bytes_sent": 48211034,
        "is_complete": True,
        "started_seq": 41,
    },
    "prev_hash": "0" * 64,
    "hash": _HASH,
}
_REPORT = {
    "is_ok": True,
    "lines": 42,
    "first_seq": 1,
    "last_seq": 42,
    "hash": _HASH,
    "problem_count": 0,
    "problems": [],
}


class AuditLine(BaseModel):
    """One line of the audit trail."""

    seq: int = Field(description="Number of the line; the numbers have no gaps.")
    at: str = Field(description="Time by the clock of the database, in UTC.")
    actor_kind: str = Field(description="user, key, local or system.")
    actor_id: str | None = Field(description="Id of the account.")
    actor_name: str = Field(description="Name of the account, the local user or the worker.")
    key_id: str | None = Field(description="Id of the API key.")
    address: str | None = Field(description="Address of the client; null for commands.")
    action: str = Field(description="What was done.")
    target_kind: str | None = Field(description="Kind of what it was done to, such as export or load.")
    target_id: str | None = Field(description="Id of what it was done to.")
    result: str = Field(description="ok, refused or failed.")
    reason: str | None = Field(description="Code of the error, if it wasn't ok.")
    details: dict[str, Any] = Field(description="What the action declares.")
    prev_hash: str = Field(description="Hash of the line before.")
    hash: str = Field(description="SHA-256 of the line as canonical JSON without this member.")

    @classmethod
    def of(cls, line: Line) -> AuditLine:
        """Return a line. Details that somebody made unreadable are left out."""
        details = line.members["details"]
        return cls(**{**line.as_json(), "details": details if isinstance(details, dict) else {}})


class AuditLines(BaseModel):
    """One page of lines, newest first."""

    lines: list[AuditLine]
    next_before: int | None = Field(description="Value of `before` for the next page; null on the last page.")


class AuditProblem(BaseModel):
    """Something that is wrong with the chain."""

    kind: str = Field(description="changed, removed, inserted, reordered, cut_off or head.")
    seq: int = Field(description="Number of the line.")
    message: str


class AuditReport(BaseModel):
    """What a check of the chain found."""

    is_ok: bool
    lines: int = Field(description="Number of lines.")
    first_seq: int | None = Field(description="Number of the first line that is kept.")
    last_seq: int | None = Field(description="Number of the last line.")
    hash: str | None = Field(description="Hash of the last line. Keep it elsewhere.")
    problem_count: int
    problems: list[AuditProblem] = Field(description="The first 100 problems.")


@router.get(
    "",
    summary="List the audit trail",
    responses=answers("config_invalid", example={"lines": [_LINE], "next_before": 42}),
)
async def list_audit_lines(
    service: ServiceDep,
    actor: Annotated[
        str | None, Query(max_length=300, description="Name or id of an account, a key or a worker.")
    ] = None,
    action: Annotated[list[Action] | None, Query(description="Only these actions.")] = None,
    target: Annotated[
        str | None,
        Query(
            max_length=300,
            description="Id of what it was done to, or its beginning, also with its kind: export:3f2a.",
        ),
    ] = None,
    result: Annotated[Result | None, Query(description="Only lines with this result.")] = None,
    since: Annotated[From | None, Query(description="Inclusive. UTC without a zone.")] = None,
    until: Annotated[
        To | None,
        Query(description="Inclusive. UTC without a zone. A date without a time includes the whole day."),
    ] = None,
    before: Annotated[
        int | None, Query(ge=1, lt=2**63, description="Only lines with lower numbers: the next page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Maximum lines per page.")] = 100,
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


@router.get("/verify", summary="Check the audit trail", responses=answers("config_invalid", example=_REPORT))
async def verify_audit_trail(
    service: ServiceDep,
    expect: Annotated[
        str | None,
        Query(
            pattern="^[0-9a-f]{64}$",
            description="A hash that an earlier check returned. If no line has it, the chain was rewritten.",
        ),
    ] = None,
) -> AuditReport:
    """Check that no line was changed, removed, inserted, reordered or cut off.

    A chain can't prove that nobody rewrote all of it: keep its last hash elsewhere, and pass it as `expect`.
    """
    report = await verify_chain(service.database, expect)
    return AuditReport.model_validate(report.as_json())


@router.get(
    "/export",
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
