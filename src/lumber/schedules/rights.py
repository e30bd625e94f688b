"""Whether the owner of a schedule may make its export at this moment."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import NotPermitted, PolicyVersion
from lumber.exports.config import ExportConfig
from lumber.exports.guests import sourced_in
from lumber.exports.policies.applicable import judge_of_account
from lumber.exports.policies.quotas import require_any_room, use_of
from lumber.exports.publishing import address_of
from lumber.exports.visibility import kinds_read
from lumber.identity.policies.document import DOWNLOAD
from lumber.identity.rights import Scope
from lumber.identity.users import find_account_by_id


async def require_owner_may(
    session: AsyncSession, owner_id: str | None, config: ExportConfig, *, what: str = "schedule"
) -> Sequence[PolicyVersion]:
    """Return the policies that allow the export. The machine itself may make any. `what` is what makes it.

    Raises NotPermitted, PolicyRefused or QuotaExceeded, and ConfigError for a destination that is gone.
    """
    if owner_id is None:
        return ()
    account = await find_account_by_id(session, owner_id)
    if account is None:
        raise NotPermitted(f"The account that owns the {what} was deleted.")
    if account.is_disabled:
        raise NotPermitted(f"The account {account.name!r}, which owns the {what}, is disabled.")
    account.principal.require(Scope.EXPORTS_WRITE)
    account.principal.require_kinds(kinds_read(config))
    judge = await judge_of_account(session, owner_id)
    async with sourced_in(config, session):
        judge.require(config, await address_of(session, config) or DOWNLOAD)
    if judge.has_quotas:
        require_any_room(judge.policies, await use_of(session, owner_id))
    return judge.named
