"""Finds the policies that apply to an account at this moment."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.policies.judging import Judge
from lumber.identity.policies.stored import list_policies
from lumber.identity.rights import Principal
from lumber.store.models import User

EVERYTHING = Judge(())


async def judge_of(session: AsyncSession, principal: Principal) -> Judge:
    """Return the judge of a principal. The machine itself isn't subject to policies."""
    if principal.user_id is None:
        return EVERYTHING
    return await _judge(session, principal.name, principal.role.value)


async def judge_of_account(session: AsyncSession, user_id: str | None) -> Judge:
    """Return the judge of an account, with the role that it has now; None: the machine itself.

    All policies apply to an account that was deleted: nobody knows which of them were meant.
    """
    if user_id is None:
        return EVERYTHING
    account = (await session.execute(sa.select(User.name, User.role).where(User.id == user_id))).one_or_none()
    name, role = (None, None) if account is None else (account.name, account.role)
    return await _judge(session, name, role)


async def _judge(session: AsyncSession, name: str | None, role: str | None) -> Judge:
    policies = await list_policies(session, only_enabled=True)
    return Judge([each for each in policies if each.document.applies_to.names(name, role)])
