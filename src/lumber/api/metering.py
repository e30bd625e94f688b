"""Counts the bytes of downloads for the quotas of the account that fetches them."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from lumber.api.service import Service
from lumber.audit.actions import Action
from lumber.audit.download import Download
from lumber.audit.line import NewLine, Result
from lumber.errors import LumberError, QuotaExceeded
from lumber.exports.policies.applicable import judge_of_account
from lumber.exports.policies.quotas import add_use, has_quotas, reserve_download
from lumber.store.database import Database
from lumber.store.shielded import shielded

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Meter:
    """A download that was counted whole when it began. `day` is None without a quota."""

    service: Service
    user_id: str
    reserved: int
    day: str | None

    @classmethod
    async def begin(cls, service: Service, download: Download) -> Meter:
        """Count a download. Raises QuotaExceeded, and records it."""
        # One byte at least must be left for a download whose size isn't known.
        user_id, size = download.by.id, 1 if download.size_bytes is None else download.size_bytes
        if user_id is None:
            return cls(service, "", size, None)
        async with service.database.session() as session:
            judge = await judge_of_account(session, user_id)
        if not has_quotas(judge.policies, "bytes_per_day"):
            return cls(service, user_id, size, None)

        async def reserve(database: Database) -> str:
            async with database.session() as session:
                return await reserve_download(session, user_id, judge.policies, size)

        try:
            return cls(service, user_id, size, await service.change(reserve))
        except QuotaExceeded as error:
            if service.refusals.is_new(user_id, download.by.key_id or "", error.code, *download.target):
                line = NewLine(
                    download.by, Action.ACCESS_REFUSED, download.target, Result.REFUSED, error.code
                )
                await service.record(line)
            raise

    async def end(self, sent: int) -> None:
        """Count what was sent instead of the whole. An error is logged only."""
        day = self.day
        if day is None or sent == self.reserved:
            return

        async def correct(database: Database) -> None:
            async with database.session() as session:
                await add_use(session, self.user_id, day, downloaded_bytes=sent - self.reserved)

        try:
            await shielded(self.service.change(correct))
        except LumberError as error:
            _log.error("quota_not_counted", user=self.user_id, error=str(error))
