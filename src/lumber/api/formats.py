"""Formats of a user's own: test a definition with a few lines."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body

from lumber.api.documents import answers
from lumber.api.format_reports import FORMAT_TEST, FORMAT_TRIAL, FormatTest, FormatTrial
from lumber.api.service import ServiceDep
from lumber.errors import ConfigError, PreviewTimeout
from lumber.ingest.formats.trial import tried

router = APIRouter(prefix="/formats", tags=["ingest"])


@router.post(
    "/test",
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
