"""Export policies: list, create, change and delete them, and the rules that apply to the caller."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.policing import get_judge
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.exports.policies.merged import MergedRule, merged_rules
from lumber.exports.policies.quotas import use_of
from lumber.identity.policies.document import PolicyDocument
from lumber.identity.policies.stored import (
    Policy,
    change_policy,
    create_policy,
    delete_policy,
    find_policy,
    list_policies,
)
from lumber.identity.rights import Principal, Scope

router = APIRouter(prefix="/policies", tags=["policies"], route_class=GuardedRoute)

_RULES: dict[str, Any] = {
    "name": "support",
    "applies_to": {"roles": ["exporter"], "users": []},
    "kinds": ["logs"],
    "columns": {"logs": ["message", "log_level", "process_name"]},
    "processes": None,
    "earliest": "2026-01-01T00:00:00Z",
    "latest": None,
    "max_days": 31,
    "privacy_required": True,
    "privacy_modules": ["addresses", "email", "user", "secrets"],
    "max_rows": 1_000_000,
    "destinations": ["download"],
    "rows_per_day": 5_000_000,
    "bytes_per_day": None,
    "is_enabled": True,
}
_STATED_BY = {"policy_id": "8f0a2c1e-4f0b-4c59-9d5f-0d6c2f9b7a31", "name": "support", "version": 3}
_POLICY = {**_RULES, **_STATED_BY, "updated_at": "2026-11-29T12:00:00Z"}
_MINE = {
    "rules": [{"rule": "rows_per_day", "kind": None, "value": 5_000_000, "policies": [_STATED_BY]}],
    "use": {
        "rows": 1_200_000,
        "running_rows": 0,
        "written_bytes": 90_000_000,
        "downloaded_bytes": 0,
        "until": "2026-11-30T00:00:00Z",
    },
}
_CHANGES = ("bad_request", "body_too_large", "config_invalid", "origin_refused", "audit_failed")


PolicyBody = Annotated[PolicyDocument, Body(openapi_examples={"logs of a month": {"value": _RULES}})]


class PolicyReport(PolicyDocument):
    """An export policy with its id and version."""

    policy_id: str = Field(description="Id of the policy.")
    version: int = Field(description="Rises at each change.")
    updated_at: datetime = Field(description="Time of the last change.")

    @classmethod
    def of(cls, policy: Policy) -> PolicyReport:
        """Build the report. The rules were checked when they were stored."""
        given = {name: getattr(policy.document, name) for name in PolicyDocument.model_fields}
        return cls.model_construct(
            **given, policy_id=policy.policy_id, version=policy.version, updated_at=policy.updated_at
        )


class PolicyList(BaseModel):
    """All export policies."""

    policies: list[PolicyReport]


class QuotaUse(BaseModel):
    """What the account exported and downloaded today, in UTC."""

    rows: int = Field(description="Rows of complete exports.")
    running_rows: int = Field(description="Planned rows of running exports, which also count.")
    written_bytes: int = Field(description="Bytes of complete exports.")
    downloaded_bytes: int = Field(
        description="Bytes downloaded. Only counted while a policy limits the bytes of a day."
    )
    until: datetime = Field(description="Begin of the next day: then the quotas are full again.")


class MyRules(BaseModel):
    """The rules that apply to the caller. Without any, everything is allowed."""

    rules: list[MergedRule]
    use: QuotaUse | None = Field(
        default=None, description="Today's use of the quotas; null if no quota applies."
    )


@router.get(
    "",
    dependencies=[Needs(Scope.ADMIN)],
    summary="List export policies",
    responses=answers(example={"policies": [_POLICY]}),
)
async def get_policies(service: ServiceDep) -> PolicyList:
    """Return all policies by name."""
    async with service.database.session() as session:
        return PolicyList(policies=[PolicyReport.of(each) for each in await list_policies(session)])


@router.post(
    "",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=201,
    summary="Create an export policy",
    responses=answers(*_CHANGES, example=_POLICY, success=201),
)
async def post_policy(policy: PolicyBody, service: ServiceDep, by: ActorDep) -> PolicyReport:
    """Create a policy. It applies at once, also to exports that wait."""

    async def create(database: Any) -> Policy:
        async with database.session() as session:
            return await create_policy(session, policy, by=by)

    return PolicyReport.of(await service.change(create))


@router.get(
    "/mine",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Show the rules for your exports",
    responses=answers(example=_MINE),
)
async def get_my_rules(service: ServiceDep, request: Request) -> MyRules:
    """Return what the export policies of the account allow: of each rule the strictest value."""
    judge = await get_judge(service, request)
    principal: Principal = request.state.principal
    if principal.user_id is None or not judge.has_quotas:
        return MyRules(rules=merged_rules(judge))
    async with service.database.session() as session:
        use = await use_of(session, principal.user_id)
    counts = {name: getattr(use, name) for name in QuotaUse.model_fields}
    return MyRules(rules=merged_rules(judge), use=QuotaUse(**counts))


@router.get(
    "/{policy_id}",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Show an export policy",
    responses=answers("policy_not_found", example=_POLICY),
)
async def get_policy(policy_id: str, service: ServiceDep) -> PolicyReport:
    """Return a policy."""
    async with service.database.session() as session:
        return PolicyReport.of(await find_policy(session, policy_id))


@router.put(
    "/{policy_id}",
    dependencies=[Needs(Scope.ADMIN)],
    summary="Change an export policy",
    responses=answers(*_CHANGES, "policy_not_found", example=_POLICY),
)
async def put_policy(policy_id: str, policy: PolicyBody, service: ServiceDep, by: ActorDep) -> PolicyReport:
    """Replace a policy. Its version rises. It applies at once, also to exports that wait."""

    async def change(database: Any) -> Policy:
        async with database.session() as session:
            return await change_policy(session, policy_id, policy, by=by)

    return PolicyReport.of(await service.change(change))


@router.delete(
    "/{policy_id}",
    dependencies=[Needs(Scope.ADMIN)],
    status_code=204,
    summary="Delete an export policy",
    responses=answers("origin_refused", "audit_failed", "policy_not_found"),
)
async def remove_policy(policy_id: str, service: ServiceDep, by: ActorDep) -> Response:
    """Delete a policy. What it forbade is then allowed, unless another policy forbids it."""

    async def delete(database: Any) -> Policy:
        async with database.session() as session:
            return await delete_policy(session, policy_id, by=by)

    await service.change(delete)
    return Response(status_code=204)
