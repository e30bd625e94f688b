"""What the parameters in a path name, and whether a principal may use it.

What a principal may not see doesn't differ from what isn't there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from lumber.exports.presets.stored import find_preset
from lumber.exports.visibility import sees_all_owners
from lumber.identity.rights import Principal, Scope
from lumber.ingest.loads import kind_of, missing
from lumber.ingest.uploads.uploads import unknown_upload
from lumber.notices.stored import find_notice
from lumber.notices.stored import missing as missing_notice
from lumber.schedules.stored import find_schedule

if TYPE_CHECKING:
    from lumber.api.service import Service

Check = Callable[["Service", Principal, Scope, str], Awaitable[None]]


async def _export(service: Service, principal: Principal, scope: Scope, export_id: str) -> None:
    """Raise ExportNotFound unless the principal may use the scope on this export."""
    await service.ledger.require_usable(export_id, principal, scope)


async def _kind(service: Service, principal: Principal, scope: Scope, kind: str) -> None:
    """Raise NotPermitted unless the principal may use this kind."""
    principal.require_kinds([kind])


async def _load(service: Service, principal: Principal, scope: Scope, source_id: str) -> None:
    """Raise SourceMissing if the principal may not use the kind of this load."""
    if principal.kinds is not None:
        kind = await kind_of(service.database, source_id)
        if kind is None or not principal.may_use(kind):
            raise missing(source_id)


async def _upload(service: Service, principal: Principal, scope: Scope, upload_id: str) -> None:
    """Raise UploadNotFound unless the principal announced this upload, or sees those of all accounts."""
    upload = service.uploads.get(upload_id)
    is_own = sees_all_owners(principal) or upload.owner_id == principal.user_id
    if not is_own or not principal.may_use(upload.job.options.kind):
        raise unknown_upload(upload_id)


async def _notice(service: Service, principal: Principal, scope: Scope, notice_id: str) -> None:
    """Raise NoticeNotFound unless the notice is the principal's own, or it sees those of all accounts.

    A notice tells about all data types of its owner, so a key for some of them may not use it.
    """
    if principal.kinds is not None:
        raise missing_notice(notice_id)
    async with service.database.session() as session:
        await find_notice(session, notice_id, principal)


async def _schedule(service: Service, principal: Principal, scope: Scope, schedule_id: str) -> None:
    """Raise ScheduleNotFound unless the schedule is the principal's own, or it sees those of all accounts."""
    async with service.database.session() as session:
        await find_schedule(session, schedule_id, principal)


async def _preset(service: Service, principal: Principal, scope: Scope, preset_id: str) -> None:
    """Raise PresetNotFound unless the preset is the principal's own, or it sees those of all accounts."""
    async with service.database.session() as session:
        await find_preset(session, preset_id, principal)


CHECKS: Mapping[str, Check] = {
    "export_id": _export,
    # The export that another one is compared with.
    "other_id": _export,
    "kind": _kind,
    "source_id": _load,
    "upload_id": _upload,
    "notice_id": _notice,
    "schedule_id": _schedule,
    "preset_id": _preset,
}
# They name something inside of what another parameter names or of one's own account, something that all
# accounts share, or something that only admins use.
UNCHECKED = frozenset(
    {
        "file_id",
        "format",
        "backfill_id",
        "name",
        "number",
        "policy_id",
        "provider",
        "tag",
        "user_id",
        "key_id",
        "session_id",
    }
)
