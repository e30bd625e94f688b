"""Lines of the audit trail for what commands have done outside of a transaction of the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from lumber.audit.append import record
from lumber.audit.line import NewLine
from lumber.cli.output import Output, printable
from lumber.cli.runtime import Runtime, load_runtime
from lumber.errors import AuditError, DatabaseError, LumberError
from lumber.store.database import Database
from lumber.store.migrate import SchemaState, schema_state

# A load that runs beside this command holds the lock of SQLite for moments only.
_PATIENCE_SECONDS = 60.0
# For what needs no database, and doesn't wait for one.
_HASTE_SECONDS = 3.0


def tell(runtime: Runtime, lines: Sequence[NewLine], output: Output) -> None:
    """Record what was done. It can't be taken back, so an error is a note only."""

    async def run() -> None:
        database = runtime.database()
        try:
            await record(database, lines, seconds=_PATIENCE_SECONDS)
        finally:
            await database.close()

    try:
        asyncio.run(run())
    except (AuditError, DatabaseError) as error:
        output.note(f"[yellow]note:[/] this is missing in the audit trail: {printable(error)}")


async def record_before(database: Database, line: NewLine) -> None:
    """Record what is about to be shown. Raises AuditFailed, and then nothing may be shown."""
    await record(database, [line], seconds=_PATIENCE_SECONDS)


def tell_if_possible(lines: Sequence[NewLine]) -> None:
    """Record what needs no database, if the settings name one with an audit trail. Otherwise do nothing."""

    async def run() -> None:
        database = load_runtime(None).database()
        try:
            if await schema_state(database) is SchemaState.CURRENT:
                await record(database, lines, seconds=_HASTE_SECONDS)
        finally:
            await database.close()

    async def run_in_haste() -> None:
        with suppress(TimeoutError, LumberError):
            async with asyncio.timeout(_HASTE_SECONDS):
                await run()

    asyncio.run(run_in_haste())
