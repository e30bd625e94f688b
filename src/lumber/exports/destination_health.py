"""What is wrong with destinations, by their last check and by what this process can see. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lumber.destinations.promises import Status
from lumber.destinations.registry import Destination, list_destinations
from lumber.errors import LumberError
from lumber.exports.check import Check
from lumber.store.database import Database
from lumber.store.migrate import SchemaState, schema_state
from lumber.text import counted

_NAME = "destinations"


async def check_destinations(database: Database) -> Sequence[Check]:
    """Check the destinations. No check raises: others say what is wrong with the database."""
    try:
        if await schema_state(database) is not SchemaState.CURRENT:
            return ()
        async with database.session() as session:
            found = await list_destinations(session)
    except LumberError:
        return ()
    problems = [problem for each in found for problem in _problems(each)]
    if not problems:
        return [Check(_NAME, "ok", counted(len(found), "destination"))]
    return [Check(_NAME, "warning", text, advice) for text, advice in problems]


def _problems(found: Destination) -> Iterator[tuple[str, str]]:
    again = f"Then run `lumber destination probe {found.name}`."
    path = found.address.path
    try:
        found.credentials.load(found.address.kind)
    except LumberError as error:
        yield f"{found.name} can't be used: {error}", again
        return
    if path is not None and not path.is_dir():
        yield (
            f"{found.name} can't be used: there is no folder {path}",
            f"Mount its disk, or make the folder. {again}",
        )
    elif found.probe.status is Status.FAILING:
        yield (
            f"{found.name} failed its last check: {found.probe.message}",
            f"Correct the cause. {again}",
        )
