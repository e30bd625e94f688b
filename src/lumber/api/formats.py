"""Formats of a user's own: save them under a name, and test a definition with a few lines."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Path

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.format_reports import (
    FORMAT,
    FORMAT_TEST,
    FORMAT_TRIAL,
    SAVED_FORMAT,
    FormatBody,
    FormatList,
    FormatRecord,
    FormatTest,
    FormatTrial,
)
from lumber.api.service import ServiceDep
from lumber.errors import ConfigError, PreviewTimeout
from lumber.identity.rights import Scope
from lumber.ingest.formats import saved
from lumber.ingest.formats.definition import FORMAT_NAME
from lumber.ingest.formats.trial import tried

router = APIRouter(prefix="/formats", tags=["ingest"], route_class=GuardedRoute)

NewName = Annotated[
    str,
    Path(
        description="Name of the format: 1 to 64 lower-case letters, digits, '_' or '-', the first of them a "
        "letter. The names of built-in formats are taken.",
        json_schema_extra={"pattern": FORMAT_NAME},
    ),
]


@router.get(
    "",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="List saved formats",
    responses=answers(example={"formats": [SAVED_FORMAT]}),
)
async def list_formats(service: ServiceDep) -> FormatList:
    """Return all saved formats by name. Uploads and previews take the name as their `format`."""
    found = await saved.list_formats(service.database)
    return FormatList(formats=[FormatRecord.of(each) for each in found])


@router.get(
    "/{name}",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Show a saved format",
    responses=answers("format_not_found", example=SAVED_FORMAT),
)
async def get_format(name: str, service: ServiceDep) -> FormatRecord:
    """Return a saved format."""
    return FormatRecord.of(await saved.find_format(service.database, name))


@router.put(
    "/{name}",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Save a format",
    responses=answers(
        "bad_request",
        "body_too_large",
        "config_invalid",
        "origin_refused",
        "audit_failed",
        example=SAVED_FORMAT,
    ),
)
async def save_format(
    name: NewName,
    body: Annotated[FormatBody, Body(openapi_examples={"lines": {"value": FORMAT}})],
    service: ServiceDep,
    by: ActorDep,
) -> FormatRecord:
    """Save a format, or replace the one of this name.

    Earlier loads keep the definition that they used: see `reading` of a load.
    """
    return FormatRecord.of(await saved.save_format(service.database, name, body.definition(), by=by))


@router.delete(
    "/{name}",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Delete a saved format",
    responses=answers("origin_refused", "format_not_found", "audit_failed", example=SAVED_FORMAT),
)
async def delete_format(name: str, service: ServiceDep, by: ActorDep) -> FormatRecord:
    """Delete a saved format and return it. What was loaded in it stays."""
    return FormatRecord.of(await saved.delete_format(service.database, name, by=by))


@router.post(
    "/test",
    dependencies=[Needs(Scope.INGEST_WRITE)],
    summary="Test a format",
    responses=answers(
        "bad_request",
        "body_too_large",
        "config_invalid",
        "origin_refused",
        "ingest_failed",
        "preview_timeout",
        example=FORMAT_TRIAL,
    ),
)
async def try_format(
    body: Annotated[FormatTest, Body(openapi_examples={"two lines": {"value": FORMAT_TEST}})],
    service: ServiceDep,
) -> FormatTrial:
    """Read a few lines as a load would, and write nothing.

    A wrong definition is no error of the call: the response has `is_valid` false, and `errors` with the place
    in the pattern.
    """
    seconds = service.settings.preview_seconds
    try:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            work = partial(tried, body.definition(), body.text, body.year)
            return FormatTrial.of(await loop.run_in_executor(service.trials, work))
    except ConfigError as error:
        return FormatTrial.refused(error)
    except TimeoutError:
        raise PreviewTimeout(
            f"The test took longer than {seconds:g} s, the limit of LUMBER_PREVIEW_SECONDS. Use smaller "
            "counts in {...} or fewer lines."
        ) from None
