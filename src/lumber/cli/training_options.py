"""The options that choose a sample, an order, and tables for sequence models."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lumber.cli.units import parse_seconds
from lumber.errors import ConfigError, FieldProblem

_PANEL = "Sample, order and sequences"

SampleOption = Annotated[
    str | None,
    typer.Option(
        "--sample",
        metavar="SHARE|ROWS",
        rich_help_panel=_PANEL,
        help="Keep a share of the rows of each kind (0.1 or 10%) or so many of them (50000).",
    ),
]
StratifyOption = Annotated[
    str | None,
    typer.Option(
        "--stratify",
        metavar="COLUMN",
        rich_help_panel=_PANEL,
        help="Keep the proportions of log_level or of label in the sample.",
    ),
]
SampleSeedOption = Annotated[
    int | None,
    typer.Option("--sample-seed", rich_help_panel=_PANEL, help="Another seed, other rows. [default: 0]"),
]
OrderOption = Annotated[
    str | None,
    typer.Option(
        "--order",
        metavar="ORDER",
        rich_help_panel=_PANEL,
        help="time, or shuffle: the rows of every split at random, the same way each time. [default: time]",
    ),
]
OrderSeedOption = Annotated[
    int | None,
    typer.Option("--order-seed", rich_help_panel=_PANEL, help="Another seed, another order. [default: 0]"),
]
TemplatesOption = Annotated[
    bool,
    typer.Option(
        "--templates",
        rich_help_panel=_PANEL,
        help="Give each log line the id of its template and the values in it; templates are mined from train "
        "alone and stand in a table of their own.",
    ),
]
SequencesOption = Annotated[
    str | None,
    typer.Option(
        "--sequences",
        metavar="MODE",
        rich_help_panel=_PANEL,
        help="Cut each device's templates into sequences: sliding windows, or session (no long gap).",
    ),
]
SequenceSizeOption = Annotated[
    int | None,
    typer.Option(
        "--sequence-size",
        metavar="NUMBER",
        rich_help_panel=_PANEL,
        help="Of sliding: lines of a window, or its seconds. [default: 100]",
    ),
]
SequenceStepOption = Annotated[
    int | None,
    typer.Option(
        "--sequence-step",
        metavar="NUMBER",
        rich_help_panel=_PANEL,
        help="Of sliding: from the start of a window to that of the next. [default: the size]",
    ),
]
SequenceUnitOption = Annotated[
    str | None,
    typer.Option(
        "--sequence-unit",
        metavar="UNIT",
        rich_help_panel=_PANEL,
        help="Of size and step: events (log lines), or seconds. [default: events]",
    ),
]
SequenceGapOption = Annotated[
    str | None,
    typer.Option(
        "--sequence-gap",
        metavar="TIME",
        rich_help_panel=_PANEL,
        help="A longer gap between lines of a device ends its session: 90s, 5m. [default: 5m]",
    ),
]
SequenceMaxLengthOption = Annotated[
    int | None,
    typer.Option(
        "--sequence-max-length",
        metavar="LINES",
        rich_help_panel=_PANEL,
        help="Most lines of a session, or of a window over seconds. [default: 512]",
    ),
]
SequenceDropLastOption = Annotated[
    bool | None,
    typer.Option(
        "--sequence-drop-last/--sequence-keep-last",
        rich_help_panel=_PANEL,
        help="Leave out what the end of a split cuts short, or keep it. [default: sliding windows are left "
        "out, but for a device that would have none]",
        show_default=False,
    ),
]


def sample_values(sample: str | None, stratify: str | None, seed: int | None) -> dict[str, Any]:
    """Return what was given of the config's `sample`. Raises ConfigError."""
    given: dict[str, Any] = {"stratify": stratify, "seed": seed}
    if sample is not None:
        text = sample.strip()
        try:
            if text.endswith("%"):
                given["share"] = float(text[:-1]) / 100
            elif text.isdecimal():
                given["rows"] = int(text)
            else:
                given["share"] = float(text)
        except ValueError:
            message = f"{sample!r} is not a share such as 0.1 or 10%, or a number of rows"
            raise ConfigError([FieldProblem("--sample", sample, message)]) from None
    return {name: value for name, value in given.items() if value is not None}


def order_values(order: str | None, seed: int | None) -> dict[str, Any]:
    """Return what was given of the config's `order`."""
    given = {"by": order, "seed": seed}
    return {name: value for name, value in given.items() if value is not None}


def sequence_values(
    mode: str | None,
    size: int | None,
    step: int | None,
    unit: str | None = None,
    gap: str | None = None,
    max_length: int | None = None,
    drop_last: bool | None = None,
) -> dict[str, Any]:
    """Return what was given of the config's `sequences`. Raises ConfigError."""
    given = {
        "mode": mode,
        "size": size,
        "step": step,
        "unit": unit,
        "gap_seconds": None if gap is None else parse_seconds("--sequence-gap", gap),
        "max_length": max_length,
        "drop_last": drop_last,
    }
    return {name: value for name, value in given.items() if value is not None}
