"""`lumber preview`: what an export would cover; writes nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from rich.table import Table

from lumber.catalog.registry import get_kind
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
from lumber.dataset.documents.statements import RANDOM_LEAKS
from lumber.exports.config import ExportConfig
from lumber.exports.preview import KindPreview, preview_export
from lumber.steps.deduplicate import DuplicateRule
from lumber.steps.split import SplitMode
from lumber.text import counted

_BARS = " ▁▂▃▄▅▆▇█"


def preview(
    data_type: DataTypeOption = None,
    start: StartOption = None,
    end: EndOption = None,
    process: ProcessOption = None,
    filter_: FilterOption = None,
    validation: ValidationOption = None,
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
    config: ConfigOption = None,
    samples: Annotated[int, typer.Option("--samples", min=0, max=100, help="Sample rows per kind.")] = 3,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show what an export would cover: counts, time span, sample rows, expected rejects. Writes nothing.

    Takes the options of `lumber export` that say what is exported. Lines are shown without labels and
    templates, and rows are counted before duplicates and the rows outside a sample are taken out.

    Example: `lumber preview --data-type logs --process sshd --validation strict`

    With splits: `lumber preview --data-type logs --data-type ips --split time --embargo 1h`
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
    kinds = asyncio.run(_preview(runtime, chosen, samples))
    out = Output(as_json=as_json)
    tell_unapplied(out, chosen)
    if chosen.split.mode is SplitMode.RANDOM:
        out.note(f"[yellow]note:[/] {RANDOM_LEAKS}")
    total = sum(kind.rows for kind in kinds.values())
    out.result({"rows": total, "kinds": {name: kind.as_json() for name, kind in kinds.items()}})
    for missing in dict.fromkeys(kind.missing_key for kind in kinds.values() if kind.missing_key):
        out.note(f"[yellow]note:[/] no sample rows are shown as they would be written: {printable(missing)}")
    for kind in kinds.values():
        _describe(out, kind, chosen)
    return ExitCode.OK if total else ExitCode.NOTHING_FOUND


async def _preview(runtime: Runtime, config: ExportConfig, samples: int) -> dict[str, KindPreview]:
    database = runtime.database()
    try:
        return await preview_export(config, database, samples=samples, settings=runtime.settings)
    finally:
        await database.close()


def _describe(out: Output, kind: KindPreview, config: ExportConfig) -> None:
    out.say(f"\n[bold]{kind.kind}[/]: {counted(kind.rows, 'row')}")
    if kind.rows == 0:
        out.say("  No rows match.")
        return
    out.say(f"  from {kind.first} to {kind.last}")
    out.say(f"  over time  {_sparkline([bar['rows'] for bar in kind.histogram])}")
    exactly = "" if kind.sampled == kind.rows else f" (estimated from {counted(kind.sampled, 'row')})"
    out.say(f"  expected rejects: {kind.estimated_rejects:,}{exactly}")
    for rule, rows in kind.rejects_by_rule.items():
        out.say(f"    {printable(rule)}: {rows:,} of the sampled rows")
    if kind.splits.rows:
        estimated = f" (estimated from {counted(kind.sampled, 'row')})" if kind.splits.is_estimate else ""
        shares = ", ".join(f"{name} {rows:,}" for name, rows in kind.splits.rows.items())
        out.say(f"  splits{_still_in(kind, config)}: {shares}{estimated}")
    table = Table("column", *(f"row {index + 1}" for index in range(len(kind.after))), box=None)
    for name in kind.after[0] if kind.after else ():
        table.add_row(name, *(printable(_short(row[name])) for row in kind.after))
    if kind.after:
        out.table(table)


def _still_in(kind: KindPreview, config: ExportConfig) -> str:
    """Say what the numbers of the splits still hold that the export will not write."""
    reasons = {
        "rejects": kind.estimated_rejects > 0,
        "duplicates": config.recipe(get_kind(kind.kind)).step(DuplicateRule.name) is not None,
        "rows outside the sample": config.sample is not None,
    }
    held = ", ".join(name for name, is_held in reasons.items() if is_held)
    return f" (with {held})" if held else ""


def _sparkline(rows: list[int]) -> str:
    highest = max(rows, default=0) or 1
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // highest)] for count in rows)


def _short(value: object) -> str:
    text = "-" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return text.strip('"') if len(text) <= 60 else text[:59] + "…"
