"""`lumber migrate`: creates or upgrades the database's tables."""

from __future__ import annotations

import asyncio
from typing import Any

from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.store.migrate import (
    SchemaState,
    head_revision,
    require_schema,
    schema_revision,
    schema_state,
    upgrade,
)


def migrate(database_url: DatabaseUrlOption = None, as_json: JsonOption = False) -> None:
    """Create the database's tables, or upgrade them to the current version.

    Back up the database first. Running the command again changes nothing.

    Examples:
      lumber migrate
      lumber migrate --database-url postgresql://lumber@localhost/lumber --json
    """
    runtime = load_runtime(database_url)
    output = Output(as_json=as_json)
    before = asyncio.run(_migrate(runtime))
    after = head_revision()
    result: dict[str, Any] = {"database": str(runtime.url), "from": before, "to": after}
    output.result(result | {"is_changed": before != after})
    where = printable(runtime.url)
    if before == after:
        output.say(f"The tables at {where} already have the current version, {after}.")
    elif before is None:
        output.say(f"Created the tables at {where}, version {after}.")
    else:
        output.say(f"Upgraded the tables at {where} from version {before} to {after}.")


async def _migrate(runtime: Runtime) -> str | None:
    """Upgrade the tables and return the previous revision. Raises SchemaUnknown if they are newer."""
    database = runtime.database()
    try:
        state = await schema_state(database)
        if state is SchemaState.UNKNOWN:
            await require_schema(database)
        is_missing = database.is_sqlite and not database.url.path.exists()
        before = None if is_missing else await schema_revision(database)
        if state is not SchemaState.CURRENT:
            await upgrade(database)
        return before
    finally:
        await database.close()
