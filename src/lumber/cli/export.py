"""`lumber export`: turns rows of the database into a dataset."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from lumber.cli.config.parameters import PrivacyKeyFileOption, with_config_options
from lumber.cli.config.request import ConfigRequest, tell_choices
from lumber.cli.config.table import FILES
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.naming_options import NameOption, NoteOption, TagOption
from lumber.cli.interruption import cancel_on_signals
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, load_place
from lumber.cli.progress import RowProgress, row_progress
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.dataset.documents.sample_text import sample_notes
from lumber.dataset.documents.split_text import split_notes
from lumber.dataset.manifest import Manifest
from lumber.dataset.manifest_file import read_manifest
from lumber.errors import ExportCancelled
from lumber.exports.config import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import Naming
from lumber.exports.progress import ExportProgress
from lumber.paths import require_local
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

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
    allow_empty: Annotated[
        bool,
        typer.Option(
            "--allow-empty",
            rich_help_panel=FILES,
            help="Write a dataset also if no row matches.",
        ),
    ] = False,
    name: NameOption = None,
    tag: TagOption = None,
    note: NoteOption = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Export rows as a validated dataset.

    The output folder appears only when it is complete. Lumber writes `manifest.json` last. It lists every
    file with rows, bytes and sha256. Rejected rows are in `rejects/`, each with its rule and reason. If no
    row matches, no dataset is written, unless you add --allow-empty.

    With --server, a service runs the export. The dataset stays there, or is downloaded into --output.

    Exit codes: 0 exported, 1 failed, 3 bad configuration, 4 no row matched, 130 interrupted.

    Examples:
      lumber export --data-type logs --output ./out
      lumber export --data-type logs --filter 'log_level=ERROR' --start 2026-01-01
      lumber export -d logs -d anomalies --split time --embargo 1h --output ./split
      lumber export -d logs --labels --label-window 5m --output ./labelled
      lumber export -d logs --start 2026-01-01 --name 'Since January' --tag plant
      lumber export --config export.json --format csv --set templates.similarity=0.5
    """
    require_local("--output", output)
    place = load_place(database_url, server, privacy_key_file=privacy_key_file)
    chosen, naming = request.build(), Naming.checked(name, tag or (), note)
    out = Output(as_json=as_json)
    tell_choices(out, chosen)
    with row_progress(out.errors, is_quiet=as_json) as progress:
        if isinstance(place, Runtime):
            done, manifest = _export_here(place, chosen, output, progress, naming, allow_empty=allow_empty)
        else:
            done, manifest = _ask(place, chosen, output, out, progress, naming, allow_empty=allow_empty)
    tables = _tables(manifest)
    out.result(
        {
            "export_id": done.export_id,
            "status": done.status,
            "path": done.path,
            **({} if chosen.destination is None else {"destination": chosen.destination}),
            "kinds": done.kinds,
            "derived": tables,
        }
    )
    for note in _notes(chosen, manifest):
        out.note(f"[yellow]note:[/] {printable(note)}")
    _describe(
        out, done, chosen, tables, None if isinstance(place, Runtime) or output is not None else place.server
    )
    return ExitCode.OK if any(counts["read"] for counts in done.kinds.values()) else ExitCode.NOTHING_FOUND


def _export_here(
    runtime: Runtime,
    config: ExportConfig,
    output: Path | None,
    progress: RowProgress,
    naming: Naming,
    *,
    allow_empty: bool,
) -> tuple[ExportMetadata, Manifest]:
    try:
        done = asyncio.run(_run(runtime, config, output, progress, naming, allow_empty=allow_empty))
    except asyncio.CancelledError:
        raise ExportCancelled(_INTERRUPTED) from None
    assert done.path is not None
    return done, read_manifest(Path(done.path))


def _ask(
    place: Client,
    config: ExportConfig,
    output: Path | None,
    out: Output,
    progress: RowProgress,
    naming: Naming,
    *,
    allow_empty: bool,
) -> tuple[ExportMetadata, Manifest]:
    from lumber.cli.export_there import export_there  # loads the HTTP client

    with place as client:
        return export_there(client, config, output, out, progress, naming, allow_empty=allow_empty)


async def _run(
    runtime: Runtime,
    config: ExportConfig,
    output: Path | None,
    progress: RowProgress,
    naming: Naming,
    *,
    allow_empty: bool,
) -> ExportMetadata:
    """Run the export. Ctrl-C and SIGTERM cancel it. A second signal doesn't interrupt the clean-up."""
    cancel_on_signals()

    def show(state: ExportProgress) -> None:
        progress.update(state.rows_done, state.rows_total, state.stage)

    exporter = DataExporter(
        settings=runtime.settings,
        output=output,
        on_progress=show,
        allow_empty=allow_empty,
        naming=naming,
    )
    return await exporter.export_data(config)


def _notes(config: ExportConfig, manifest: Manifest) -> list[str]:
    """Return where the dataset differs from what was asked for: data types, samples and splits."""
    empty = [name for name, section in manifest.kinds.items() if not section.read]
    found = [f"No row of {name} matched." for name in empty if len(empty) < len(manifest.kinds)]
    asked = config.as_json()
    return [*found, *sample_notes(asked, manifest.kinds), *split_notes(asked, manifest.kinds)]


def _tables(manifest: Manifest) -> dict[str, dict[str, int]]:
    """Return rows and files of the tables made from the rows, such as templates and sequences."""
    return {
        name: {"rows": table.rows, "files": sum(file.kind == name for file in manifest.files)}
        for name, table in manifest.derived.items()
    }


def _opening(path: str, kind: str) -> list[str]:
    """Return how to open a data type of the dataset, and why `load_dataset` can't if it can't."""
    if not any(pattern in path for pattern in _PATTERNS):
        return [f"Open it: datasets.load_dataset({path!r}, {kind!r})"]
    return [
        f"Open it: lumber.open({path!r}).to_hf({kind!r})",
        f"datasets.load_dataset can't open this path: it treats {' '.join(_PATTERNS)} as patterns.",
    ]


def _describe(
    out: Output,
    done: ExportMetadata,
    config: ExportConfig,
    tables: Mapping[str, Mapping[str, int]],
    server: str | None,
) -> None:
    """Print what the dataset contains and what comes next. `server` has it, if it isn't on this machine."""
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
    for name, made in tables.items():
        out.say(f"{name}: {counted(made['rows'], 'row')} in {counted(made['files'], 'file')}")
    if not any(counts["read"] for counts in done.kinds.values()):
        out.say("[yellow]No rows matched.[/] The dataset is empty. Check the filters with `lumber preview`.")
    if duplicates := sum(counts["deduplicated"] for counts in done.kinds.values()):
        out.say(f"Removed {counted(duplicates, 'duplicate row')}.")
    rejected = sum(counts["rejected"] for counts in done.kinds.values())
    if rejected:
        folder = "" if server is not None else f"{printable(done.path)}/"
        out.say(f"{counted(rejected, 'rejected row')} with their reasons: {folder}rejects/")
    if server is not None:
        name = printable(done.export_id)
        out.say(f"Dataset: export [bold]{name}[/] at {server}  ({counted(done.file_size, 'byte')})")
        out.say(f"Download it: lumber exports download {name} --output FOLDER --server {server}")
        return
    out.say(f"Dataset: [bold]{printable(done.path)}[/]  ({counted(done.file_size, 'byte')})")
    if config.destination is not None:
        out.say(f"Published: lumber exports show {printable(done.export_id)} says where.")
    first = next((kind for kind, counts in done.kinds.items() if counts["written"]), None)
    if first and done.path and config.include_metadata:
        for line in _opening(done.path, first):
            out.say(printable(line))
    out.say(f"Check it: lumber verify {printable(done.path)}")
