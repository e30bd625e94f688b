"""Find the notice that an argument names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.notices.stored import StoredNotice, list_notices, missing

NoticeArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the notice, or its id if several have the name.")
]


async def named(session: AsyncSession, text: str) -> StoredNotice:
    """Return the notice with this name or id. Raises NoticeNotFound, and typer.BadParameter for several."""
    return the_one(await list_notices(session), text)


def the_one(notices: Sequence[StoredNotice], text: str) -> StoredNotice:
    """Return the one of some notices with this name or id. Raises as `named`."""
    found = [each for each in notices if text in (each.notice_id, each.document.name)]
    if not found:
        raise missing(text)
    if len(found) > 1:
        meant = ", ".join(f"{each.notice_id} (of {each.owner or 'this machine'})" for each in found)
        raise typer.BadParameter(f"{text!r} is the name of several notices: {meant}. Give the id.")
    return found[0]
