"""Reads exports in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer

from lumber.errors import ExportNotFound
from lumber.exports.ledger.rows import LedgerPart, export_row
from lumber.exports.metadata import ExportDetails, ExportMetadata
from lumber.exports.owners import with_owners
from lumber.exports.progress import ExportProgress
from lumber.exports.stored import PROGRESS
from lumber.exports.visibility import usable
from lumber.identity.rights import Principal, Scope
from lumber.store.models import ExportAttempt, ExportFile, ExportPublication, ExportStatus


class ExportReader(LedgerPart):
    """Read exports."""

    async def require_usable(self, export_id: str, principal: Principal, scope: Scope) -> None:
        """Raise ExportNotFound unless the principal may use the scope on the export.

        An export of somebody else doesn't differ from one that doesn't exist.
        """
        conditions = usable(principal, scope)
        if not conditions:
            return
        found = sa.select(ExportStatus.id).where(ExportStatus.id == export_id, *conditions)
        # Text that a database cannot store is not an id.
        if export_id.isprintable():
            async with self._database.connect() as connection:
                if await connection.scalar(found) is not None:
                    return
        raise ExportNotFound(f"There is no export {export_id!r}.")

    async def get(self, export_id: str) -> ExportMetadata:
        """Return one export. Raises ExportNotFound."""
        async with self._database.session() as session:
            return ExportMetadata.from_status(await export_row(session, export_id))

    async def config_and_owner(self, export_id: str) -> tuple[Any, str | None]:
        """Return the stored config of an export, and the account that owns it. Raises ExportNotFound."""
        async with self._database.session() as session:
            row = await export_row(session, export_id)
            return row.config, row.owner_id

    async def frozen_input(self, export_id: str) -> tuple[Any, datetime, dict[str, Any] | None]:
        """Return the stored config of an export, when it was created, and its plan. Raises ExportNotFound."""
        async with self._database.session() as session:
            row = await export_row(session, export_id)
            return row.config, row.created_at, row.plan

    async def details(self, export_id: str) -> ExportDetails:
        """Return one export with its attempts. Raises ExportNotFound."""
        async with self._database.session() as session:
            row = await export_row(session, export_id)
            of_export = sa.select(ExportAttempt).where(ExportAttempt.export_id == export_id)
            attempts = await session.scalars(of_export.order_by(ExportAttempt.number))
            published = await session.get(ExportPublication, export_id)
            (found,) = await with_owners(session, [ExportDetails.from_rows(row, attempts, published)])
            return found

    async def with_owner(self, export: ExportMetadata) -> ExportMetadata:
        """Return an export with the name of its owner, and whether it is shared."""
        if export.owner is None:
            return export
        async with self._database.session() as session:
            (found,) = await with_owners(session, [export])
            return found

    async def progress(
        self, export_ids: Sequence[str]
    ) -> dict[str, tuple[ExportMetadata, ExportProgress | None]]:
        """Return the progress of exports. Unknown ids are left out."""
        wanted = sa.select(ExportStatus).where(ExportStatus.id.in_(_padded(export_ids)))
        wanted = wanted.options(defer(ExportStatus.plan, raiseload=True))  # it may be large
        async with self._database.session() as session:
            return {
                row.id: (ExportMetadata.from_status(row), PROGRESS.load(row.progress))
                for row in await session.scalars(wanted)
            }

    async def list(self, *, limit: int = 100, offset: int = 0) -> Sequence[ExportMetadata]:
        """Return exports, newest first."""
        newest = sa.select(ExportStatus).order_by(ExportStatus.created_at.desc(), ExportStatus.id.desc())
        async with self._database.session() as session:
            rows = await session.scalars(newest.limit(limit).offset(offset))
            return [ExportMetadata.from_status(row) for row in rows]

    async def files(
        self, export_id: str, *, file_id: str | None = None, paths: Sequence[str] | None = None
    ) -> Sequence[ExportFile]:
        """Return the files of a completed export by their paths; only these, if a file or paths are named.

        Raises ExportNotFound.
        """
        wanted = sa.select(ExportFile).where(ExportFile.export_id == export_id)
        if file_id is not None:
            # Text that a database cannot store is not an id.
            wanted = wanted.where(ExportFile.id == file_id if file_id.isprintable() else sa.false())
        if paths is not None:
            wanted = wanted.where(ExportFile.path.in_(paths))
        async with self._database.session() as session:
            await export_row(session, export_id)
            return (await session.scalars(wanted.order_by(ExportFile.path))).all()

    async def file_page(
        self, export_id: str, *, limit: int, after: str | None = None, is_data: bool | None = None
    ) -> tuple[Sequence[ExportFile], int]:
        """Return the files of an export that follow the path `after`, and how many files it has.

        With `is_data`, only data files, or only files about the dataset.
        """
        of_export = ExportFile.export_id == export_id
        if is_data is not None:
            of_export &= ExportFile.kind != "" if is_data else ExportFile.kind == ""
        wanted = sa.select(ExportFile).where(of_export).order_by(ExportFile.path).limit(limit)
        if after is not None:
            wanted = wanted.where(ExportFile.path > after)
        async with self._database.session() as session:
            total = await session.scalar(sa.select(sa.func.count()).where(of_export))
            return (await session.scalars(wanted)).all(), total or 0


def _padded(ids: Sequence[str]) -> Sequence[str]:
    """Repeat the last id up to a power of two: drivers keep each statement that they have prepared."""
    padding = (1 << (len(ids) - 1).bit_length()) - len(ids)
    return [*ids, *(ids[-1] for _ in range(padding if ids else 0))]
