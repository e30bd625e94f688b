"""The process that loads an upload: whatever happens to the service, it ends without a traceback."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lumber.ingest.options import IngestOptions
from lumber.ingest.uploads import child
from lumber.ingest.uploads.job import UploadJob
from tests.integration.processes import PATIENCE_SECONDS

COMMAND = [sys.executable, "-m", "lumber.ingest.uploads.process"]


def test_it_ends_silently_with_its_service() -> None:
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (1, b"")


async def test_an_interrupt_while_it_starts_is_left_to_the_service(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = IngestOptions("logs")
    job = UploadJob(
        "a.log", options, None, tmp_path, f"sqlite:///{tmp_path}/rows.db", is_dry_run=True, is_whole=True
    )
    process = await child.LoadingProcess.started(job)
    try:
        process._process.send_signal(signal.SIGINT)
        await process.send(b"2024-05-01T10:00:00Z host app: one\n")
        await process.end()
        (event,) = [event async for event in process.events()]
    finally:
        await process.close()
    assert (event["event"], event.get("loaded")) == ("result", 1), event
    assert capfd.readouterr().err == ""
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
