"""Records new exports in the ledger."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from lumber.errors import LumberError
from lumber.exports.config import ExportConfig
from lumber.exports.creation import Executor, NewExport, create_exports, stored_key
from lumber.exports.ledger.rows import LedgerPart
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import UNNAMED, Naming
from lumber.store.models import ExportStatus


class ExportCreator(LedgerPart):
    """Record new exports."""

    async def create(
        self,
        config: ExportConfig,
        *,
        executor: Executor = "service",
        idempotency_key: str | None = None,
        max_queued: int | None = None,
        naming: Naming = UNNAMED,
    ) -> ExportMetadata:
        """Record a new pending export and return it.

        A repeated key with the same config returns the existing export. Raises IdempotencyConflict for the
        same key with another config, and TooManyExports beyond `max_queued`.
        """
        (created,) = await self.create_all(
            [NewExport(config, executor, idempotency_key, naming=naming)], max_queued=max_queued
        )
        if isinstance(created, LumberError):
            raise created
        return created

    async def create_all(
        self, wanted: Sequence[NewExport], *, max_queued: int | None = None
    ) -> Sequence[ExportMetadata | LumberError]:
        """Do what `create` does for several exports; return the export, or the error, for each of them."""
        async with self._database.session() as session:
            return await create_exports(session, wanted, max_queued)

    async def has_key(self, idempotency_key: str, owner_id: str | None = None) -> bool:
        """Return whether an account, or the machine itself, created an export with this key."""
        stored = stored_key(idempotency_key, owner_id)
        known = sa.select(ExportStatus.id).where(ExportStatus.idempotency_key == stored)
        async with self._database.session() as session:
            return await session.scalar(known) is not None
