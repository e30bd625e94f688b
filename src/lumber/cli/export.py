"""`lumber export`: rows of the database become a dataset."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from lumber.cli.duplicate_options import BurstSecondsOption, DeduplicateOption, deduplicate_values
from lumber.cli.exit_codes import ExitCode
from lumber.cli.label_options import (
    AssumeNormalOption,
    ConfirmedOnlyOption,
    DetectorOption,
    LabelsOption,
    LabelWindowOption,
    label_values,
)
from lumber.cli.output import Output, printable
from lumber.cli.privacy_options import (
    IdentifiersOption,
    Ipv4PrefixOption,
    Ipv6PrefixOption,
    KeepSecretsOption,
    PrivacyKeyFileOption,
    PrivacyOption,
    privacy_parts,
)
from lumber.cli.progress import RowProgress, row_progress
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.selection_options import (
    ConfigOption,
    DataTypeOption,
    EndOption,
    FilterOption,
    ProcessOption,
    StartOption,
    ValidationOption,
    build_config,
    tell_unapplied,
)
from lumber.cli.split_options import (
    EmbargoOption,
    FieldsOption,
    SplitByOption,
    SplitDateOption,
    SplitOption,
    SplitRatioOption,
    SplitSeedOption,
    UnseenOption,
    field_values,
    split_values,
)
from lumber.cli.training_options import (
    OrderOption,
    OrderSeedOption,
    SampleOption,
    SampleSeedOption,
    SequenceDropLastOption,
    SequenceGapOption,
    SequenceMaxLengthOption,
    SequenceSizeOption,
    SequencesOption,
    SequenceStepOption,
    SequenceUnitOption,
    StratifyOption,
    TemplatesOption,
    order_values,
    sample_values,
    sequence_values,
)
from lumber.dataset.documents.split_text import split_notes
from lumber.dataset.documents.statements import RANDOM_LEAKS
from lumber.dataset.manifest_file import read_manifest
from lumber.errors import ExportCancelled
from lumber.exports.config import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.metadata import ExportMetadata
from lumber.exports.progress import ExportProgress
from lumber.steps.split import SplitMode
from lumber.text import counted

# What a path may hold that `datasets.load_dataset` takes for a pattern, or for the address of a file in one.
_PATTERNS = ("*", "?", "[", "::")
_INTERRUPTED = "The export was interrupted, and nothing of it is left. Run it again to have the dataset."


def export(
    data_type: DataTypeOption = None,
    start: StartOption = None,
    end: EndOption = None,
    process: ProcessOption = None,
    filter_: FilterOption = None,
    validation: ValidationOption = None,
    output_format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="json, jsonl, csv, parquet or arrow. [default: json]"
        ),
    ] = None,
    compression: Annotated[
        str | None,
        typer.Option(
            "--compression", metavar="NAME", help="none, gzip, zstd, or true for the format's usual one."
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            "--batch-size",
            help="Most rows that one step holds in memory. [default: 20000; with --config 1000]",
        ),
    ] = None,
    max_reject_ratio: Annotated[
        float | None,
        typer.Option(
            "--max-reject-ratio", help="Fail when a larger share of rows is rejected. [default: 1.0]"
        ),
    ] = None,
    split: SplitOption = None,
    split_ratio: SplitRatioOption = None,
    split_date: SplitDateOption = None,
    embargo: EmbargoOption = None,
    split_by: SplitByOption = None,
    unseen: UnseenOption = None,
    split_seed: SplitSeedOption = None,
    fields: FieldsOption = None,
    labels: LabelsOption = False,
    label_window: LabelWindowOption = None,
    assume_normal: AssumeNormalOption = False,
    confirmed_only: ConfirmedOnlyOption = False,
    detector: DetectorOption = None,
    sample: SampleOption = None,
    stratify: StratifyOption = None,
    sample_seed: SampleSeedOption = None,
    order: OrderOption = None,
    order_seed: OrderSeedOption = None,
    templates: TemplatesOption = False,
    sequences: SequencesOption = None,
    sequence_size: SequenceSizeOption = None,
    sequence_step: SequenceStepOption = None,
    sequence_unit: SequenceUnitOption = None,
    sequence_gap: SequenceGapOption = None,
    sequence_max_length: SequenceMaxLengthOption = None,
    sequence_drop_last: SequenceDropLastOption = None,
    deduplicate: DeduplicateOption = None,
    burst_seconds: BurstSecondsOption = None,
    privacy: PrivacyOption = None,
    ipv4_prefix: Ipv4PrefixOption = None,
    ipv6_prefix: Ipv6PrefixOption = None,
    identifiers: IdentifiersOption = None,
    keep_secrets: KeepSecretsOption = False,
    privacy_key_file: PrivacyKeyFileOption = None,
    metadata: Annotated[
        bool | None,
        typer.Option("--metadata/--no-metadata", help="Write the dataset card. [default: metadata]"),
    ] = None,
    config: ConfigOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="A new or empty folder. [default: in LUMBER_DATA_DIR]"
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Export rows as a validated dataset that balances to the row.

    The folder is whole or it is not there: `manifest.json`, written last, lists every file with its
    rows, bytes and sha256. Rows that break a rule are kept in `rejects/` with the reason.

    Example: `lumber export --data-type logs --data-type ips --start 2026-01-01 --process sshd
    --filter 'log_level=ERROR,CRITICAL' --format parquet --validation strict --output ./out`

    With splits: `lumber export --data-type logs --data-type anomalies --split time --embargo 1h
    --format parquet --output ./out`
    """
    runtime = load_runtime(database_url, privacy_key_file=privacy_key_file)
    chosen = build_config(
        config,
        data_types=data_type,
        start_date=start,
        end_date=end,
        processes=process,
        filters=filter_,
        validation_level=validation,
        output_format=output_format,
        compression=_compression(compression),
        batch_size=batch_size,
        max_reject_ratio=max_reject_ratio,
        include_metadata=metadata,
        split=split_values(split, split_ratio, split_date, embargo, split_by, split_seed, unseen),
        fields=field_values(fields),
        labels=label_values(labels, label_window, assume_normal, confirmed_only, detector),
        deduplicate=deduplicate_values(deduplicate, burst_seconds),
        sample=sample_values(sample, stratify, sample_seed),
        order=order_values(order, order_seed),
        templates=templates or None,
        sequences=sequence_values(
            sequences,
            sequence_size,
            sequence_step,
            sequence_unit,
            sequence_gap,
            sequence_max_length,
            sequence_drop_last,
        ),
        privacy=privacy,
        privacy_parts=privacy_parts(ipv4_prefix, ipv6_prefix, identifiers, keep_secrets),
    )
    out = Output(as_json=as_json)
    tell_unapplied(out, chosen)
    if chosen.split.mode is SplitMode.RANDOM:
        out.note(f"[yellow]note:[/] {RANDOM_LEAKS}")
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


def _compression(text: str | None) -> str | bool | None:
    return {"true": True, "false": False}.get(text, text) if text is not None else None


async def _run(
    runtime: Runtime, config: ExportConfig, output: Path | None, progress: RowProgress
) -> ExportMetadata:
    """Run the export. Ctrl-C and SIGTERM cancel it; again, they do not disturb the cleaning up."""
    task = asyncio.current_task()
    assert task is not None

    def interrupt(task: asyncio.Task[object] = task) -> None:
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell asks for in the background
            asyncio.get_running_loop().add_signal_handler(number, interrupt)

    def show(state: ExportProgress) -> None:
        progress.update(state.rows_done, state.rows_total, state.stage)

    exporter = DataExporter(settings=runtime.settings, output=output, on_progress=show)
    return await exporter.export_data(config)


def _split_notes(config: ExportConfig, done: ExportMetadata) -> list[str]:
    """Say which splits have no rows or other shares than asked for, by the manifest."""
    if config.split.mode is SplitMode.NONE or done.path is None:
        return []
    return split_notes(config.as_json(), read_manifest(Path(done.path)).kinds)


def _opening(path: str, kind: str) -> list[str]:
    """Return the line that says how to open a kind of the dataset, and why not as usual."""
    if not any(pattern in path for pattern in _PATTERNS):
        return [f"Open it: datasets.load_dataset({path!r}, {kind!r})"]
    return [
        f"Open it: lumber.open({path!r}).to_hf({kind!r})",
        f"datasets.load_dataset does not open this path: it takes {' '.join(_PATTERNS)} for patterns.",
    ]


def _describe(out: Output, done: ExportMetadata, config: ExportConfig) -> None:
    shown = {"read": "read", "written": "written", "rejected": "rejected"}
    # What only some exports do.
    for name, title in {"deduplicated": "duplicates", "sampled_out": "left out"}.items():
        if any(counts.get(name) for counts in done.kinds.values()):
            shown[name] = title
    table = Table("kind", *shown.values(), box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, counts in done.kinds.items():
        table.add_row(kind, *(f"{counts.get(name, 0):,}" for name in shown))
    out.table(table)
    if not any(counts["read"] for counts in done.kinds.values()):
        out.say("[yellow]No rows matched.[/] The dataset is complete and empty; try `lumber preview`.")
    if duplicates := sum(counts["deduplicated"] for counts in done.kinds.values()):
        one = "was a duplicate of another, which stands for it."
        many = "were duplicates of others, which stand for them."
        out.say(f"{counted(duplicates, 'row')} {one if duplicates == 1 else many}")
    rejected = sum(counts["rejected"] for counts in done.kinds.values())
    if rejected:
        out.say(f"{counted(rejected, 'rejected row')} with their reasons: {printable(done.path)}/rejects/")
    out.say(f"Dataset: [bold]{printable(done.path)}[/]  ({counted(done.file_size, 'byte')})")
    first = next((kind for kind, counts in done.kinds.items() if counts["written"]), None)
    if first and done.path and config.include_metadata:
        for line in _opening(done.path, first):
            out.say(printable(line))
    out.say(f"Check it: lumber verify {printable(done.path)}")
