"""The call that deletes or tags many exports, a batch at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.history import From, KnownKind, To
from lumber.api.service import Service, ServiceDep
from lumber.audit.actor import Actor
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.bulk import (
    MOST_IDS,
    BulkAction,
    BulkChange,
    Place,
    Target,
    change_each,
    count_matching,
    next_matching,
)
from lumber.exports.history import HistoryQuery
from lumber.exports.naming import MAX_TAGS, Tag, checked_tags
from lumber.exports.options.json_types import Flag
from lumber.exports.status import Status
from lumber.identity.rights import Principal, Scope
from lumber.store.models.base import utc_now

router = APIRouter(prefix="/export", tags=["exports"], route_class=GuardedRoute)

_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Matching(_Request):
    """The filters of the history, all of which an export must match."""

    status: list[Status] = Field(default=[], max_length=5, description="Any of these.")
    kind: KnownKind | None = None
    text: Annotated[str, StringConstraints(max_length=200)] | None = None
    tag: list[Tag] = Field(default=[], max_length=MAX_TAGS, description="All of these.")
    created_from: From | None = None
    created_to: To | None = None


class BatchPlace(_Request):
    """Where a batch ended."""

    created_at: From
    export_id: _Id


class BulkRequest(_Request):
    """What to do with many exports: those with some ids, or all that match."""

    action: BulkAction
    tags: list[Tag] = Field(default=[], max_length=MAX_TAGS, description="Tags to add or to remove.")
    ids: Annotated[list[_Id], Field(min_length=1, max_length=MOST_IDS)] | None = None
    matching: Matching | None = Field(default=None, description="Instead of ids.")
    until: From | None = Field(
        default=None, description="Only exports created until then; by default until this moment."
    )
    after: BatchPlace | None = Field(default=None, description="`after` of the answer before.")
    is_dry_run: Flag = Field(default=False, description="Only count the exports.")

    def require_sense(self) -> None:
        """Raise ConfigError for fields that don't go together."""
        problems = []
        if (self.ids is None) == (self.matching is None):
            problems.append(FieldProblem("ids", None, "must be given, or matching, and not both"))
        if self.ids is not None and (self.after is not None or self.until is not None):
            problems.append(FieldProblem("after", None, "can't be used with ids, nor can until"))
        if (self.action is BulkAction.DELETE) == bool(self.tags):
            problems.append(FieldProblem("tags", self.tags, "must be given to tag or untag, and only then"))
        if problems:
            raise ConfigError(problems)


class BulkFailure(BaseModel):
    """An export that was not changed."""

    export_id: str
    name: str | None
    code: str = Field(description="Stable error code.")
    message: str


class BulkReport(BaseModel):
    """What a batch did."""

    matched: int | None = Field(description="Exports that match and that you may change; null for a batch.")
    done: int = Field(description="Exports that were changed, or had been so before.")
    failed: list[BulkFailure]
    until: datetime | None = Field(description="Send it with the next batch; null for ids.")
    after: BatchPlace | None = Field(description="Send it with the next batch; null after the last one.")


_REPORT = {
    "matched": None,
    "done": 49,
    "failed": [
        {
            "export_id": "4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10",
            "name": "Nightly",
            "code": "export_state",
            "message": "Export 4a1f3c52 is running: cancel it before deleting it.",
        }
    ],
    "until": "2026-02-01T09:00:00Z",
    "after": {
        "created_at": "2026-01-31T09:00:00Z",
        "export_id": "0b8f5d1c-52a9-4e06-8a3f-6a2f6c0f5f3e",
    },
}


@router.post(
    "/bulk",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Delete or tag many exports",
    responses=answers(
        "bad_request", "body_too_large", "config_invalid", "origin_refused", "audit_failed", example=_REPORT
    ),
)
async def change_many(
    asked: Annotated[
        BulkRequest,
        Body(
            openapi_examples={
                "tag all that match": {
                    "value": {"action": "tag", "tags": ["old"], "matching": {"text": "sshd"}}
                },
                "delete some": {"value": {"action": "delete", "ids": ["4a1f3c52"], "is_dry_run": True}},
            }
        ),
    ],
    service: ServiceDep,
    principal: PrincipalDep,
    by: ActorDep,
) -> BulkReport:
    """Delete or tag a batch of exports. Repeat the call with `until` and `after` until `after` is null.

    An export that can't be changed is reported, and the others are changed. Exports that the account may not
    change don't match. Exports that were created after the first call are left alone.
    """
    asked.require_sense()
    change = _change(service, asked, checked_tags(asked.tags), by)
    if asked.ids is not None:
        return await _named(service, asked, asked.ids, principal, change)
    until = asked.until or utc_now()
    query = _query(asked.matching or Matching(), until)
    if asked.is_dry_run:
        count = await count_matching(service.database, query, principal)
        return BulkReport(matched=count, done=0, failed=[], until=until, after=None)
    after = None if asked.after is None else Place(asked.after.created_at, asked.after.export_id)
    targets = await next_matching(service.database, query, principal, after)
    report = await _changed(targets, change)
    place = None
    if targets and (last := targets[report.done + len(report.failed) - 1]).created_at is not None:
        place = BatchPlace(created_at=last.created_at, export_id=last.export_id)
    return report.model_copy(update={"until": until, "after": place})


def _query(matching: Matching, until: datetime) -> HistoryQuery:
    created_to = until if matching.created_to is None else min(until, matching.created_to)
    return HistoryQuery(
        statuses=matching.status,
        kind=matching.kind,
        text=matching.text,
        created_from=matching.created_from,
        created_to=created_to,
        tags=checked_tags(matching.tag),
    )


async def _named(
    service: Service,
    asked: BulkRequest,
    ids: Sequence[str],
    principal: Principal,
    change: Callable[[str], Awaitable[object]],
) -> BulkReport:
    async def checked(export_id: str) -> None:
        await service.ledger.require_usable(export_id, principal, Scope.EXPORTS_WRITE)
        if not asked.is_dry_run:
            await change(export_id)

    report = await _changed([Target(each) for each in dict.fromkeys(ids)], checked)
    counted = {"matched": report.done, "done": 0} if asked.is_dry_run else {}
    return report.model_copy(update=counted)


async def _changed(targets: Sequence[Target], change: Callable[[str], Awaitable[object]]) -> BulkReport:
    batch = await change_each(targets, change)
    failed = [
        BulkFailure(export_id=each.export_id, name=each.name, code=each.error.code, message=each.error.public)
        for each in batch.failed
    ]
    return BulkReport(matched=None, done=batch.done, failed=failed, until=None, after=None)


def _change(
    service: Service, asked: BulkRequest, tags: Sequence[str], by: Actor
) -> Callable[[str], Awaitable[object]]:
    """Return what changes one export."""
    wanted = BulkChange(asked.action, tags)

    async def change(export_id: str) -> object:
        return await service.change(
            lambda database: wanted.apply(database, service.settings, export_id, by=by)
        )

    return change
