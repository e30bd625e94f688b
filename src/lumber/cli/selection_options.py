"""The options that say what to export; `lumber export` and `lumber preview` share them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lumber.cli.filters import parse_filters
from lumber.cli.label_options import labels_value
from lumber.cli.output import Output, printable
from lumber.cli.privacy_options import privacy_value
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.exports.parsing import parse_config, read_json

# The config's own default, 1,000, serves old configs; larger batches are faster.
BATCH_SIZE = 20_000

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="A JSON file with an ExportConfig; options given besides win."
    ),
]
DataTypeOption = Annotated[
    list[str] | None,
    typer.Option("--data-type", "-d", metavar="KIND", help="logs, anomalies or ips. Repeat for several."),
]
StartOption = Annotated[
    str | None,
    typer.Option(
        "--start", metavar="TIME", help="First moment, inclusive: 2026-01-31 or 2026-01-31T12:00Z. UTC."
    ),
]
EndOption = Annotated[
    str | None,
    typer.Option(
        "--end", metavar="TIME", help="Last moment, inclusive; a date alone means its whole day. UTC."
    ),
]
ProcessOption = Annotated[
    list[str] | None,
    typer.Option(
        "--process", "-p", metavar="NAME", help="Keep log lines of this process. Repeat for several."
    ),
]
FilterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        "-f",
        metavar="FILTER",
        help="'log_level=ERROR,CRITICAL', 'device_ip cidr 10.0.0.0/8', 'ips.risk_score>=50', "
        "'message contains failed', 'device_id is_null'. Repeat: all must hold. "
        "A column without a kind is that of every chosen kind that has it. "
        "Operators: = != > >= < <= in not_in contains starts_with is_null cidr.",
    ),
]
ValidationOption = Annotated[
    str | None,
    typer.Option("--validation", metavar="LEVEL", help="none, basic or strict. [default: basic]"),
]


def tell_unapplied(out: Output, config: ExportConfig) -> None:
    """Say which filters do not narrow which kinds: those have no such column."""
    for kind in config.kinds:
        if missing := config.unapplied_filters(kind):
            names = printable(", ".join(missing))
            out.note(f"[yellow]note:[/] {kind.name} is not filtered by {names}: it has no such column.")


_PARTS = ("split", "deduplicate", "fields", "sample", "order", "sequences")
# The field that the name of a mode alone stands for.
_MODES = {"split": "mode", "deduplicate": "mode", "order": "by", "sequences": "mode"}
_SAMPLE_SIZES = ("share", "rows")


def build_config(config_file: Path | None, **given: Any) -> ExportConfig:
    """Build the config from a file and the command line, which wins. Raises ConfigError.

    They are judged together, so that a file may leave out what the command line says. A filter of the
    command line replaces the file's on the same column.
    """
    values: Any = {"batch_size": BATCH_SIZE} if config_file is None else read_json(config_file)
    # Of these the command line and the file may each say a part.
    parts = {name: given.pop(name, None) or {} for name in _PARTS}
    privacy, privacy_parts = given.pop("privacy", None), given.pop("privacy_parts", None)
    labels = given.pop("labels", None)
    parts["filters"] = parse_filters(given.pop("filters", None) or ())
    if isinstance(values, dict):
        if isinstance(values.get("templates"), dict):
            # The command line can ask for them, and says nothing of how they are found.
            given.pop("templates", None)
        values.update({name: value for name, value in given.items() if value is not None and value != []})
        if privacy is not None or privacy_parts:
            values["privacy"] = privacy_value(privacy, values.get("privacy"), privacy_parts)
        if labels is not None:
            values["labels"] = labels_value(labels, values.get("labels"))
        for name, part in parts.items():
            if part:
                in_file = _in_words(name, values.get(name))
                if name == "sample" and isinstance(in_file, dict):
                    in_file = _resized(part, in_file)
                values[name] = {**in_file, **part} if isinstance(in_file, dict) else in_file
    return parse_config(values)


def _in_words(name: str, value: Any) -> Any:
    """Return a part of a file as an object of fields, where it is a short form of one."""
    if isinstance(value, str) and name in _MODES:
        return {_MODES[name]: value}
    if name == "sequences" and value is True:
        return {}
    if name == "sample" and isinstance(value, int | float) and not isinstance(value, bool):
        return {"rows" if isinstance(value, int) else "share": value}
    return value or {}


def _resized(part: Mapping[str, Any], in_file: dict[str, Any]) -> dict[str, Any]:
    """Return the file's sample without its size where the command line says one. Raises ConfigError.

    Somebody must say one: a seed and strata alone take no sample.
    """
    if part.keys() & set(_SAMPLE_SIZES):
        return {key: value for key, value in in_file.items() if key not in _SAMPLE_SIZES}
    if all(in_file.get(name) is None for name in _SAMPLE_SIZES):
        options = {"stratify": "--stratify", "seed": "--sample-seed"}
        message = "has no meaning without a sample: give --sample, such as --sample 0.1 or --sample 50000"
        raise ConfigError([FieldProblem(options[name], value, message) for name, value in part.items()])
    return in_file
