"""What all calls about the rows of an export begin and end with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from lumber.api.access.policing import require_destination
from lumber.api.auditing import ActorDep
from lumber.api.metering import Meter
from lumber.api.service import Service, ServiceDep
from lumber.audit.actor import Actor
from lumber.audit.download import Download
from lumber.dataset.rows.reader import RowReader
from lumber.dataset.rows.table import RowTable
from lumber.exports.audited import export_target, viewed_line
from lumber.exports.viewing import ViewedDataset

# No control characters.
TEXT = r"^[^\x00-\x1f\x7f]*$"

KindQuery = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=TEXT,
        description="Data type, or table that was made of one. By default the first.",
    ),
]
SplitQuery = Annotated[
    str | None, Query(max_length=200, pattern=TEXT, description="Only rows of this split. By default all.")
]


@dataclass(frozen=True, slots=True)
class Viewing:
    """A dataset that somebody may look at, and who looks."""

    service: Service
    by: Actor
    dataset: ViewedDataset

    async def send(self, table: str, answer: BaseModel) -> Response:
        """Return an answer with rows, once its viewing is recorded, and counted for the quotas.

        Raises AuditFailed and QuotaExceeded.
        """
        export_id = self.dataset.export_id
        content = answer.model_dump_json().encode()
        await Meter.begin(
            self.service, Download(self.by, export_target(export_id), table, size_bytes=len(content))
        )
        viewing = (self.by.id or "", self.by.key_id or "", export_id, table)
        if self.service.viewings.is_new(*viewing):
            await self.service.record(viewed_line(self.by, export_id, table))
        self.service.viewings.keep(*viewing)
        # The rows under a place never change, but they can be deleted, and shares can end.
        headers = {"Cache-Control": "private, no-store"}
        return Response(content, media_type="application/json", headers=headers)


async def get_viewing(export_id: str, request: Request, service: ServiceDep, by: ActorDep) -> Viewing:
    """Return the dataset of an export.

    Raises PolicyRefused unless the caller may download it, and what `RowViews.find` raises.
    """
    await require_destination(service, request)
    return Viewing(service, by, await service.row_views.find(service.ledger, export_id))


ViewingDep = Annotated[Viewing, Depends(get_viewing)]


@dataclass(frozen=True, slots=True)
class ViewedTable:
    """A table of a dataset that somebody looks at: its rows of a split, or of all splits if it is None."""

    viewing: Viewing
    table: RowTable
    split: str | None

    @property
    def reader(self) -> RowReader:
        """What reads the rows."""
        limits = self.viewing.service.settings.read_limits
        return self.viewing.dataset.reader(self.table, limits)

    async def send(self, answer: BaseModel) -> Response:
        """Return an answer as `Viewing.send` does."""
        return await self.viewing.send(self.table.name, answer)


async def get_table(viewing: ViewingDep, kind: KindQuery = None, split: SplitQuery = None) -> ViewedTable:
    """Return the table and split that are asked for. Raises ConfigError that names those that exist."""
    return ViewedTable(viewing, viewing.dataset.table(kind, split), split)


TableDep = Annotated[ViewedTable, Depends(get_table)]
