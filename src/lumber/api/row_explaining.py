"""What became of a row, for a caller who may or may not look into the database."""

from __future__ import annotations

from functools import partial

from fastapi import Request

from lumber.api.access.policing import get_judge
from lumber.api.disconnect import while_connected
from lumber.api.row_views import Viewing
from lumber.api.service import Service
from lumber.errors import PolicyRefused
from lumber.exports.config import ExportConfig
from lumber.exports.explaining.explanation import Explanation, Outcome
from lumber.exports.explaining.in_database import PastExport, find_in_database
from lumber.exports.explaining.in_dataset import find_in_dataset
from lumber.exports.guests import sourced
from lumber.exports.visibility import kinds_read
from lumber.identity.rights import Principal, Scope

_SECONDS = 0.8


async def explained(viewing: Viewing, request: Request, kind: str, row: int, place: int) -> Explanation:
    """Return what became of a row. Raises ConfigError, PreviewTimeout, and what reading raises."""
    service = viewing.service
    search = partial(
        find_in_dataset,
        viewing.dataset,
        kind,
        row,
        place,
        limits=service.settings.read_limits,
        seconds=_SECONDS,
    )
    found = await service.row_views.read(search)
    if found is not None:
        return found
    past = await PastExport.of(service.ledger, viewing.dataset.export_id)
    past.require_ids()
    if not await _may_preview(service, request, past.config):
        text = "Not in the dataset. Only accounts that may preview the export can ask why."
        return Explanation(kind=kind, row=row, outcome=Outcome.UNKNOWN, text=text)
    work = partial(find_in_database, past, kind, row)
    return await while_connected(request, service.previews.ask(work))


async def _may_preview(service: Service, request: Request, config: ExportConfig) -> bool:
    """Say whether the caller may know about any row that the export could have had."""
    principal: Principal = request.state.principal
    judge = await get_judge(service, request)
    may_read = principal.has(Scope.EXPORTS_WRITE) and not judge.hides_rows
    async with sourced(config, service.database):
        if not may_read or not all(principal.may_use(kind) for kind in kinds_read(config)):
            return False
        try:
            judge.require(config)
        except PolicyRefused:
            return False
    return True
