"""A service to call as its OpenAPI document says, and what must then be true of its answers."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as examples
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lumber.api import create_app
from lumber.settings import Settings
from tests.clones import make_tables
from tests.integration.api.serving import LONG_SECONDS, completed_export, listening, running_export

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def described_calls() -> schemathesis.BaseSchema:
    """Return the calls that the service's document describes."""
    # The service is made only for its document, which needs no database.
    return schemathesis.openapi.from_dict(create_app(Settings(data_dir=Path("nowhere"))).openapi())


def examples_of_each(count: int) -> examples:
    """Return how many calls are made up for each operation: always the same ones."""
    return examples(
        max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )


@dataclass(frozen=True)
class Served:
    """A service on a loopback port, with exports in several states."""

    address: str
    export_ids: tuple[str, ...]
    completed_id: str
    file_id: str


@contextmanager
def described_service(home: Path) -> Iterator[Served]:
    """Run a service in a thread, which answers with exports in several states."""
    make_tables(f"sqlite:///{home / 'lumber.db'}")
    settings = Settings(
        serve_worker=False, data_dir=home, database_url=f"sqlite:///{home / 'lumber.db'}", max_queued=1_000
    )
    found: list[Served] = []
    is_ready, may_stop = threading.Event(), threading.Event()

    async def serve() -> None:
        app = create_app(settings)
        async with listening(app) as (port, _):
            found.append(await _populated(f"http://127.0.0.1:{port}", app.state.service.ledger, home))
            is_ready.set()
            await asyncio.to_thread(may_stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert is_ready.wait(LONG_SECONDS)
        yield found[0]
    finally:
        may_stop.set()
        thread.join()


async def _populated(address: str, ledger: Any, home: Path) -> Served:
    files = {"logs/train-00000-of-00001.json": b"[]", "quality_report.json": b"{}", "rejects/logs.jsonl": b""}
    completed = await completed_export(ledger, home / "done", files)
    failed = await running_export(ledger)
    await ledger.fail(failed, "disk_full", "The disk is full.")
    running = await running_export(ledger)
    [file, *_] = await ledger.files(completed)
    return Served(address, (completed, failed.export_id, running.export_id), completed, file.id)
