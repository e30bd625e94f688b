"""Creates exports in the ledger: several in one transaction, each with its own result."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.errors import (
    ConfigError,
    IdempotencyConflict,
    LumberError,
    PolicyVersion,
    SourceError,
    TooManyExports,
)
from lumber.exports.audited import created_line
from lumber.exports.config import ExportConfig
from lumber.exports.guests import sourced_in
from lumber.exports.locks import lock_creation
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import UNNAMED, Naming
from lumber.exports.status import Status
from lumber.exports.visibility import kinds_read, stored_kinds
from lumber.store.models import ExportStatus
from lumber.store.models.base import utc_now
from lumber.text import counted

DATA_VERSION = "1.0.0"

Executor = Literal["service", "command"]


@dataclass(frozen=True, slots=True)
class NewExport:
    """What a caller wants to create. A repeated key with the same config means the same export.

    Relative dates of the config become dates when the export is created.
    Each account has its own keys. `by` is who asks for the export, and owns it; None for the user of the
    command line.
    """

    config: ExportConfig
    executor: Executor = "service"
    idempotency_key: str | None = None
    by: Actor | None = None
    # The policies that allow it, for the audit trail.
    policies: Sequence[PolicyVersion] = ()
    # The gate of the schedule that creates it, as plain JSON values; None: the dataset's.
    gate: Mapping[str, Any] | None = None
    # Without a name, an export is called after the dataset of which it makes a version.
    naming: Naming = UNNAMED

    @property
    def owner_id(self) -> str | None:
        """The account that owns the export; None for the machine itself."""
        return None if self.by is None else self.by.id

    @property
    def stored_key(self) -> str | None:
        """The idempotency key as the ledger has it."""
        return stored_key(self.idempotency_key, self.owner_id)


def stored_key(key: str | None, owner_id: str | None) -> str | None:
    """Return an idempotency key as the ledger has it: each account has its own keys."""
    return key if key is None or owner_id is None else f"{owner_id} {key}"


async def create_exports(
    session: AsyncSession, wanted: Sequence[NewExport], max_queued: int | None
) -> Sequence[ExportMetadata | LumberError]:
    """Record new pending exports; return the export, or the error, for each that is wanted.

    The audit trail gets a line for each new one. The errors are IdempotencyConflict for the key of another
    config, TooManyExports beyond `max_queued`, and ConfigError for an empty range of relative dates. Raises
    AuditFailed, and creates none.
    """
    keys = [key for new in wanted if (key := new.stored_key) is not None]
    if keys or max_queued is not None:
        await lock_creation(session)
    known = await _with_keys(session, keys)
    active = 0 if max_queued is None else await _active(session)
    rows: list[ExportStatus | LumberError] = []
    lines: list[NewLine] = []
    for new in wanted:
        key = new.stored_key
        same = None if key is None else known.get(key)
        if same is not None:
            rows.append(_same(same, new))
        elif max_queued is not None and active >= max_queued:
            rows.append(_too_many(active, max_queued))
        else:
            now = utc_now()
            try:
                config = new.config.resolved(now)
                async with sourced_in(config, session):
                    row = _row(new, config, now)
                    lines.append(created_line(new.by, row.id, config, new.policies))
            except (ConfigError, SourceError) as error:
                rows.append(error)
                continue
            session.add(row)
            rows.append(row)
            active += 1
            if key is not None:
                known[key] = row
    await session.flush()
    await append(session, lines)
    return [row if isinstance(row, LumberError) else ExportMetadata.from_status(row) for row in rows]


def _row(new: NewExport, config: ExportConfig, now: datetime) -> ExportStatus:
    return ExportStatus(
        id=str(uuid.uuid4()),
        status=Status.PENDING,
        data_version=DATA_VERSION,
        config=config.as_json(),
        config_hash=config.hash,
        executor=new.executor,
        idempotency_key=new.stored_key,
        owner_id=new.owner_id,
        read_kinds=stored_kinds(kinds_read(config)),
        gate=None if new.gate is None else dict(new.gate),
        name=new.naming.name or config.dataset,
        tags=new.naming.tags,
        note=new.naming.note,
        created_at=now,
        updated_at=now,
    )


async def _with_keys(session: AsyncSession, keys: Sequence[str]) -> dict[str, ExportStatus]:
    """Return the exports that were created with these keys."""
    if not keys:
        return {}
    known = sa.select(ExportStatus).where(ExportStatus.idempotency_key.in_(keys))
    return {str(row.idempotency_key): row for row in await session.scalars(known)}


async def _active(session: AsyncSession) -> int:
    """Return the number of queued and running exports."""
    active = ExportStatus.status.in_((Status.PENDING, Status.RUNNING))
    return await session.scalar(sa.select(sa.func.count()).select_from(ExportStatus).where(active)) or 0


def _same(known: ExportStatus, new: NewExport) -> ExportStatus | LumberError:
    # Relative dates mean those of the first call.
    with suppress(ConfigError):
        if known.config_hash == new.config.resolved(known.created_at).hash:
            return known
    return IdempotencyConflict(
        f"The idempotency key {new.idempotency_key!r} belongs to export {known.id}, which has another "
        "config. Use a new key for a new export."
    )


def _too_many(active: int, max_queued: int) -> LumberError:
    return TooManyExports(
        f"{counted(active, 'export')} {'is' if active == 1 else 'are'} queued or running, and "
        f"LUMBER_MAX_QUEUED allows {max_queued:,}. Try again when some have finished."
    )
