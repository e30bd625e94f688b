"""Notices: webhooks and e-mails about exports and schedules, and the log of what was sent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.notice_reports import (
    DELIVERY,
    GIVEN,
    MAIL,
    NEW_NOTICE,
    NOTICE,
    DeliveryList,
    DeliveryReport,
    NewNotice,
    NoticeChange,
    NoticeList,
    NoticeReport,
    NoticeWithSecret,
)
from lumber.api.service import ServiceDep
from lumber.errors import NotPermitted
from lumber.identity.rights import Principal, Scope
from lumber.notices.outbox import list_deliveries, queue_test
from lumber.notices.signing import checked_secret
from lumber.notices.stored import (
    GivenSecret,
    WithSecret,
    change_notice,
    create_notice,
    delete_notice,
    find_notice,
    list_notices,
)
from lumber.notices.trying import send_now

router = APIRouter(prefix="/notices", tags=["notices"], route_class=GuardedRoute)

_CHANGES = ("bad_request", "body_too_large", "config_invalid", "origin_refused", "audit_failed")
_MOST_DELIVERIES = 1_000

NoticeBody = Annotated[
    NewNotice, Body(openapi_examples={"webhook": {"value": GIVEN}, "e-mail": {"value": MAIL}})
]
ChangeBody = Annotated[NoticeChange, Body(openapi_examples={"disable": {"value": {"is_enabled": False}}})]
Limit = Annotated[int, Query(ge=1, le=_MOST_DELIVERIES, description="Most deliveries to return.")]


@router.get(
    "",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List notices",
    responses=answers(example={"notices": [NOTICE]}),
)
async def get_notices(service: ServiceDep, principal: PrincipalDep) -> NoticeList:
    """Return the notices of the account by name. Admins see those of all accounts."""
    _require_all_kinds(principal)
    async with service.database.session() as session:
        found = await list_notices(session, principal)
    return NoticeList(notices=[NoticeReport.of(each) for each in found])


@router.post(
    "",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    status_code=201,
    summary="Create a notice",
    responses=answers(*_CHANGES, example=NEW_NOTICE, success=201),
)
async def post_notice(
    notice: NoticeBody, service: ServiceDep, principal: PrincipalDep, by: ActorDep
) -> NoticeWithSecret:
    """Create a notice. It tells about exports that its owner may see, from now on.

    The messages of a webhook are signed as Standard Webhooks describes it.
    """
    _require_all_kinds(principal)
    document, secret = notice.document(), _given(notice.secret)

    async def create(database: Any) -> WithSecret:
        async with database.session() as session:
            return await create_notice(session, document, principal, secret=GivenSecret(secret), by=by)

    made = await service.change(create)
    return NoticeWithSecret.of(made.notice, secret=made.secret)


@router.get(
    "/{notice_id}",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show a notice",
    responses=answers("notice_not_found", example=NOTICE),
)
async def get_notice(notice_id: str, service: ServiceDep) -> NoticeReport:
    """Return a notice, without its secret."""
    async with service.database.session() as session:
        return NoticeReport.of(await find_notice(session, notice_id))


@router.patch(
    "/{notice_id}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Change a notice",
    responses=answers(*_CHANGES, "notice_not_found", example=NEW_NOTICE),
)
async def patch_notice(
    notice_id: str, change: ChangeBody, service: ServiceDep, by: ActorDep
) -> NoticeWithSecret:
    """Change some fields of a notice. What waits to be sent goes to the new address."""
    secret = _given(change.secret)

    async def apply(database: Any) -> WithSecret:
        async with database.session() as session:
            document = change.applied((await find_notice(session, notice_id)).document)
            renews = change.renew_secret and secret is None
            return await change_notice(
                session,
                notice_id,
                document,
                renews_secret=renews,
                secret=secret,
                overlap_hours=change.overlap_hours,
                by=by,
            )

    made = await service.change(apply)
    return NoticeWithSecret.of(made.notice, secret=made.secret)


@router.delete(
    "/{notice_id}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    status_code=204,
    summary="Delete a notice",
    responses=answers("origin_refused", "audit_failed", "notice_not_found"),
)
async def remove_notice(notice_id: str, service: ServiceDep, by: ActorDep) -> Response:
    """Delete a notice and its deliveries, also those that wait to be sent."""

    async def delete(database: Any) -> None:
        async with database.session() as session:
            await delete_notice(session, notice_id, by=by)

    await service.change(delete)
    return Response(status_code=204)


@router.post(
    "/{notice_id}/test",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Test a notice",
    responses=answers(
        "origin_refused",
        "audit_failed",
        "notice_not_found",
        example={**DELIVERY, "event": "test", "status": "delivered", "attempts": 1, "next_attempt_at": None},
    ),
)
async def send_test(notice_id: str, service: ServiceDep, by: ActorDep) -> DeliveryReport:
    """Send a test message now, once, and return how it went. It is sent also if the notice is disabled."""

    async def queue(database: Any) -> str:
        async with database.session() as session:
            return await queue_test(session, await find_notice(session, notice_id), by)

    delivery_id = await service.change(queue)
    return DeliveryReport.of(await send_now(service.database, service.settings, delivery_id))


@router.get(
    "/{notice_id}/deliveries",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List deliveries",
    responses=answers("notice_not_found", "config_invalid", example={"deliveries": [DELIVERY]}),
)
async def get_deliveries(notice_id: str, service: ServiceDep, limit: Limit = 100) -> DeliveryList:
    """Return the deliveries of a notice, newest first: what waits, was sent, or failed, and why."""
    async with service.database.session() as session:
        await find_notice(session, notice_id)
        found = await list_deliveries(session, notice_id, limit=limit)
    return DeliveryList(deliveries=[DeliveryReport.of(each) for each in found])


def _given(secret: Any) -> str | None:
    return None if secret is None else checked_secret(secret.get_secret_value())


def _require_all_kinds(principal: Principal) -> None:
    """Raise NotPermitted for an API key for some data types: a notice tells about all of the account."""
    if principal.kinds is not None:
        raise NotPermitted(
            f"The API key {principal.key_id} is for some data types only, and notices tell about all. Use a "
            "key for all data types."
        )
