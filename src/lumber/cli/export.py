"""`lumber export`: turns rows of the database into a dataset."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from lumber.cli.config.parameters import PrivacyKeyFileOption, with_config_options
from lumber.cli.config.request import ConfigRequest, tell_choices
from lumber.cli.config.table import FILES
from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.progress import RowProgress, row_progress
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.dataset.documents.split_text import split_notes
from lumber.dataset.manifest_file import read_manifest
from lumber.errors import ExportCancelled
from lumber.exports.config import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.metadata import ExportMetadata
from lumber.exports.progress import ExportProgress
from lumber.steps.split import SplitMode
from lumber.text import counted

# `datasets.load_dataset` takes a path with one of these for a pattern, or for a file in an archive.
_PATTERNS = ("*", "?", "[", "::")
_INTERRUPTED = "The export was interrupted and its files were removed. Run it again to get the dataset."


@with_config_options(writes=True)
def export(
    request: ConfigRequest,
    privacy_key_file: PrivacyKeyFileOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            rich_help_panel=FILES,
            help="A new or empty folder. [default: a folder in LUMBER_DATA_DIR]",
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Export rows as a validated dataset.

    The output folder appears only when it is complete. Lumber writes `manifest.json` last. It lists every
    file with rows, bytes and sha256. Rejected rows are in `rejects/`, each with its rule and reason.

    Exit codes: 0 exported, 1 failed, 3 bad configuration, 4 no row matched, 130 interrupted.

    Examples:
      lumber export --data-type logs --format parquet --output ./out
      lumber export --data-type logs --filter 'log_level=ERROR' --start 2026-01-01
      lumber export -d logs -d anomalies --split time --embargo 1h --output ./split
      lumber export -d logs --labels --label-window 5m --output ./labelled
      lumber export --config export.json --format csv --set templates.similarity=0.5
    """
    runtime = load_runtime(database_url, privacy_key_file=privacy_key_file)
    chosen = request.build()
    out = Output(as_json=as_json)
    tell_choices(out, chosen)
    try:
        with row_progress(out.errors, is_quiet=as_json) as progress:
            done = asyncio.run(_run(runtime, chosen, output, progress))
    except asyncio.CancelledError:
        raise ExportCancelled(_INTERRUPTED) from None
    out.result({"export_id": done.export_id, "status": done.status, "path": done.path, "kinds": done.kinds})
    for note in _split_notes(chosen, done):
        out.note(f"[yellow]note:[/] {printable(note)}")
    _describe(out, done, chosen)
    return ExitCode.OK if any(counts["read"] for counts in done.kinds.values()) else ExitCode.NOTHING_FOUND


async def _run(
    runtime: Runtime, config: ExportConfig, output: Path | None, progress: RowProgress
) -> ExportMetadata:
    """Run the export. Ctrl-C and SIGTERM cancel it. A second signal doesn't interrupt the clean-up."""
    task = asyncio.current_task()
    assert task is not None

    def interrupt(task: asyncio.Task[object] = task) -> None:
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell ignores it for background jobs
            asyncio.get_running_loop().add_signal_handler(number, interrupt)

    def show(state: ExportProgress) -> None:
        progress.update(state.rows_done, state.rows_total, state.stage)

    exporter = DataExporter(settings=runtime.settings, output=output, on_progress=show)
    return await exporter.export_data(config)


def _split_notes(config: ExportConfig, done: ExportMetadata) -> list[str]:
    """Return notes on splits that are empty or whose shares differ from the requested ones."""
    if config.split.mode is SplitMode.NONE or done.path is None:
        return []
    return split_notes(config.as_json(), read_manifest(Path(done.path)).kinds)


def _opening(path: str, kind: str) -> list[str]:
    """Return how to open a data type of the dataset, and why `load_dataset` can't if it can't."""
    if not any(pattern in path for pattern in _PATTERNS):
        return [f"Open it: datasets.load_dataset({path!r}, {kind!r})"]
    return [
        f"Open it: lumber.open({path!r}).to_hf({kind!r})",
        f"datasets.load_dataset can't open this path: it treats {' '.join(_PATTERNS)} as patterns.",
    ]


def _describe(out: Output, done: ExportMetadata, config: ExportConfig) -> None:
    shown = {"read": "read", "written": "written", "rejected": "rejected"}
    # Only some exports have these.
    for name, title in {"deduplicated": "duplicates", "sampled_out": "sampled out"}.items():
        if any(counts.get(name) for counts in done.kinds.values()):
            shown[name] = title
    table = Table("kind", *shown.values(), box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, counts in done.kinds.items():
        table.add_row(kind, *(f"{counts.get(name, 0):,}" for name in shown))
    out.table(table)
    if not any(counts["read"] for counts in done.kinds.values()):
        out.say("[yellow]No rows matched.[/] The dataset is empty. Check the filters with `lumber preview`.")
    if duplicates := sum(counts["deduplicated"] for counts in done.kinds.values()):
        out.say(f"Removed {counted(duplicates, 'duplicate row')}.")
    rejected = sum(counts["rejected"] for counts in done.kinds.values())
    if rejected:
        out.say(f"{counted(rejected, 'rejected row')} with their reasons: {printable(done.path)}/rejects/")
    out.say(f"Dataset: [bold]{printable(done.path)}[/]  ({counted(done.file_size, 'byte')})")
    first = next((kind for kind, counts in done.kinds.items() if counts["written"]), None)
    if first and done.path and config.include_metadata:
        for line in _opening(done.path, first):
            out.say(printable(line))
    out.say(f"Check it: lumber verify {printable(done.path)}")
