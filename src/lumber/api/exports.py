"""Exports: create them, look at them, stop them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BeforeValidator

from lumber.api.service import ServiceDep
from lumber.exports.config import ExportConfig
from lumber.exports.metadata import ExportDetails, ExportMetadata
from lumber.exports.parsing import parse_config

router = APIRouter(prefix="/export", tags=["exports"])

# The command line's parser: the same sentences for the same mistakes.
ConfigBody = Annotated[ExportConfig, BeforeValidator(parse_config)]
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


@router.post("/")
async def create_export(
    config: ConfigBody, service: ServiceDep, idempotency_key: IdempotencyKey = None
) -> ExportMetadata:
    """Create an export; a worker runs it."""
    async with service.creating:
        return await service.ledger.create(
            config, idempotency_key=idempotency_key, max_queued=service.settings.max_queued
        )


@router.get("/")
async def list_exports(
    service: ServiceDep,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> list[ExportMetadata]:
    """List exports, newest first."""
    rows = await service.ledger.list(limit=limit, offset=offset)
    response.headers["X-Total-Count"] = str(len(rows))
    return list(rows)


@router.get("/{export_id}")
@router.get("/{export_id}/status", operation_id="get_export_status")
async def get_export(export_id: str, service: ServiceDep) -> ExportDetails:
    """Return everything about an export."""
    return await service.ledger.details(export_id)
