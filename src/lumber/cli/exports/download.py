"""`lumber exports download`: copies a finished dataset and checks every byte."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from lumber.audit.actor import local_actor
from lumber.audit.append import record
from lumber.audit.download import Download
from lumber.audit.line import Line, NewLine
from lumber.cli.audited import tell
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.exports.printing import bytes_text
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.audited import WHOLE_DATASET, export_target, files_sha256
from lumber.exports.copying import copy_dataset, size_of, zip_dataset
from lumber.exports.download import DatasetFiles, find_dataset
from lumber.exports.ledger import ExportStatusManager
from lumber.paths import require_local
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.download import RemoteDataset

_AUDIT_SECONDS = 60.0


def download(
    export_id: IdArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="A new or empty folder.")
    ] = None,
    zip_file: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="A new zip file instead of a folder.")
    ] = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Copy a completed export's dataset into a folder or a zip file, and check each file's sha256.

    The copy appears only when it is complete. On a database, the dataset must be on this machine or on a
    shared disk. From a service it is downloaded; if that breaks, the same command resumes it.

    Exit codes: 0 copied, 1 failed, 2 no destination, 4 no such export, 130 interrupted.

    Examples:
      lumber exports download 3f2a --output ./out
      lumber exports download 3f2a --zip out.zip
    """
    if (output is None) == (zip_file is None):
        raise typer.BadParameter("give a destination: either --output FOLDER or --zip FILE.")
    require_local("--output", output)
    require_local("--zip", zip_file)
    place = load_place(database_url, server)
    out = Output(as_json=as_json)
    if isinstance(place, Runtime):
        return _copy(place, export_id, output, zip_file, out)
    with place as client:
        dataset = client.dataset(find_there(client, export_id).export_id)
        fetch_dataset(dataset, output, zip_file, out)
    return _conclude(out, dataset.export_id, output or zip_file, len(dataset.files) + 1, dataset.size_bytes)


def _copy(runtime: Runtime, text: str, output: Path | None, zip_file: Path | None, out: Output) -> int:
    dataset = asyncio.run(_find(runtime, text))
    size_bytes = size_of(dataset)
    with _audited(runtime, dataset, size_bytes, out) as on_audited, _shown(out, size_bytes) as on_shown:

        def on_bytes(count: int) -> None:
            on_audited(count)
            on_shown(count)

        if zip_file is not None:
            zip_dataset(dataset, zip_file, on_bytes)
        elif output is not None:
            copy_dataset(dataset, output, on_bytes)
    return _conclude(out, dataset.export_id, output or zip_file, len(dataset.files) + 1, size_bytes)


def fetch_dataset(dataset: RemoteDataset, output: Path | None, zip_file: Path | None, out: Output) -> None:
    """Download a dataset of a service, and say how to resume a download that breaks."""
    from lumber.remote.staging import staging_path

    target = output or zip_file
    assert target is not None
    try:
        with _shown(out, dataset.size_bytes) as on_bytes:
            if output is not None:
                dataset.download(output, on_bytes)
            else:
                dataset.download_zip(target, on_bytes)
    except BaseException:
        kept = staging_path(target, dataset.export_id)
        if os.path.lexists(kept):
            option = "--output" if output is not None else "--zip"
            again = f"lumber exports download {dataset.export_id} {option} {target} --server {dataset.server}"
            out.note(f"What was downloaded is kept in {printable(kept)}. Resume: {printable(again)}")
        raise


def _conclude(out: Output, export_id: str, target: Path | None, files: int, size_bytes: int) -> int:
    out.result({"export_id": export_id, "path": str(target), "files": files, "size_bytes": size_bytes})
    out.say(
        f"[green]ok:[/] {counted(files, 'file')}, {bytes_text(size_bytes)}, in [bold]{printable(target)}[/]"
    )
    return ExitCode.OK


async def _find(runtime: Runtime, text: str) -> DatasetFiles:
    async with open_ledger(runtime) as database:
        export = await find_export(database, text)
        return await find_dataset(ExportStatusManager(database), export.export_id)


@contextmanager
def _audited(
    runtime: Runtime, dataset: DatasetFiles, size_bytes: int, out: Output
) -> Iterator[Callable[[int], None]]:
    """Record the download: before the first byte is copied, and at its end."""
    digest = files_sha256([(file.path, file.sha256) for file in dataset.files])
    download = Download(local_actor(), export_target(dataset.export_id), WHOLE_DATASET, digest, size_bytes)
    (line,) = asyncio.run(_record(runtime, download.started()))
    copied = 0

    def on_bytes(count: int) -> None:
        nonlocal copied
        copied += count

    is_complete = False
    try:
        yield on_bytes
        is_complete = True
    finally:
        tell(runtime, [download.ended(line.seq, copied, is_complete=is_complete)], out)


async def _record(runtime: Runtime, line: NewLine) -> Sequence[Line]:
    async with open_ledger(runtime) as database:
        return await record(database, [line], seconds=_AUDIT_SECONDS)


@contextmanager
def _shown(out: Output, size_bytes: int) -> Iterator[Callable[[int], None]]:
    """Show the progress on a terminal."""
    if out.as_json or not out.errors.is_terminal:
        yield lambda _count: None
        return
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out.errors, transient=True) as progress:
        task = progress.add_task("", total=size_bytes)
        yield lambda count: progress.advance(task, count)
