"""`lumber export` on a service: creates the export there, follows it, and downloads the dataset."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING
from uuid import uuid4

from pydantic import ValidationError

from lumber.cli.exports.download import fetch_dataset
from lumber.cli.output import Output, printable
from lumber.cli.progress import RowProgress
from lumber.dataset.manifest import Manifest
from lumber.errors import ExportCancelled, ExportStateError, LumberError, NothingMatched, ServerUnreachable
from lumber.exports.config import ExportConfig
from lumber.exports.exporter import NO_ROWS
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import Naming
from lumber.exports.status import ENDED
from lumber.remote.client import completed
from lumber.remote.problems import stranger
from lumber.remote.staging import place_of, require_free

if TYPE_CHECKING:
    from lumber.remote.client import Client

_INTERRUPTED = "The export was interrupted and cancelled at the service. Run it again to get the dataset."
_CANCEL_SECONDS = 60.0
_LOOK_SECONDS = 0.2


def export_there(
    client: Client,
    config: ExportConfig,
    output: Path | None,
    out: Output,
    progress: RowProgress,
    naming: Naming,
    *,
    allow_empty: bool,
) -> tuple[ExportMetadata, Manifest]:
    """Run an export on a service; with `output`, download it. Return its record and manifest.

    Ctrl-C and SIGTERM cancel it, as on a database. Raises the error of a failed export, NothingMatched,
    ExportCancelled, OutputError, and the errors of calls.
    """
    if output is not None:
        require_free(output)
    with interruptible():
        done = completed(_run(client, config, out, progress, naming))
        if not allow_empty and not any(counts["read"] for counts in done.kinds.values()):
            with suppress(LumberError):
                client.delete(done.export_id)
            raise NothingMatched(NO_ROWS)
        dataset = client.dataset(done.export_id)
        try:
            manifest = Manifest.model_validate(json.loads(dataset.manifest), by_alias=True, by_name=False)
        except ValidationError:
            raise stranger(client.server, "its manifest can't be read") from None
        if output is None:
            return done, manifest
        progress.close()
        fetch_dataset(dataset, output, None, out)
    return done.model_copy(update={"path": str(place_of(output))}), manifest


def _run(
    client: Client, config: ExportConfig, out: Output, progress: RowProgress, naming: Naming
) -> ExportMetadata:
    """Create the export and wait for its end."""
    key = uuid4().hex

    def created() -> str:
        return client.create_export(config, idempotency_key=key, naming=naming).export_id

    try:
        export_id = created()
    except KeyboardInterrupt:
        # It may have arrived: with the same key, the answer is the same export.
        return _cancelled(client, created(), out)
    try:
        for state in client.follow(export_id):
            if state.progress is not None and not state.has_ended:
                progress.update(state.progress.rows_done, state.progress.rows_total, state.progress.stage)
            if state.has_ended:
                return state.export
    except KeyboardInterrupt:
        return _cancelled(client, export_id, out)
    except ServerUnreachable:
        out.note(f"The export may continue there. Follow it: {_watching(client, export_id)}")
        raise
    raise AssertionError


def _cancelled(client: Client, export_id: str, out: Output) -> ExportMetadata:
    """Cancel the export and wait until it has stopped. Return it if it was completed before."""
    try:
        export = client.cancel(export_id)
    except ExportStateError:
        export = client.state(export_id)
    until = time.monotonic() + _CANCEL_SECONDS
    while export.status not in ENDED and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        export = client.state(export_id)
    if export.status not in ENDED:
        out.note(f"It is still being cancelled. Follow it: {_watching(client, export_id)}")
    if export.status == "completed":
        return export
    raise ExportCancelled(_INTERRUPTED)


def _watching(client: Client, export_id: str) -> str:
    return printable(f"lumber exports watch {export_id} --server {client.server}")


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM interrupt the block; a second one doesn't interrupt the clean-up."""
    has_come = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal has_come
        if not has_come:
            has_come = True
            raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    # A shell ignores Ctrl-C for background jobs.
    chosen = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in chosen}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
