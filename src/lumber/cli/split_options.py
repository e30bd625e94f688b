"""The options that say how an export is split, and which columns it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from lumber.cli.units import parse_seconds
from lumber.errors import ConfigError, FieldProblem

_PANEL = "Splits and columns"

SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="MODE",
        rich_help_panel=_PANEL,
        help="none, time (cut at moments), group (all rows of a device together), time_group, or random, "
        "which leaks between neighbours in time. [default: none]",
    ),
]
SplitRatioOption = Annotated[
    str | None,
    typer.Option(
        "--split-ratio",
        metavar="SHARES",
        rich_help_panel=_PANEL,
        help="Shares that add up to 1. [default: train=0.8,validation=0.1,test=0.1]",
    ),
]
SplitDateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--split-date",
        metavar="SPLIT=TIME",
        rich_help_panel=_PANEL,
        help="Instead of shares, where a split begins: 'test=2026-03-01'. Repeat for several. UTC.",
    ),
]
EmbargoOption = Annotated[
    str | None,
    typer.Option(
        "--embargo",
        metavar="TIME",
        rich_help_panel=_PANEL,
        help="Leave out rows less than this after a cut: 90s, 30m, 1h or 2d.",
    ),
]
SplitByOption = Annotated[
    str | None,
    typer.Option(
        "--split-by",
        metavar="COLUMN",
        rich_help_panel=_PANEL,
        help="The column whose value makes rows a group. [default: device_id]",
    ),
]
UnseenOption = Annotated[
    float | None,
    typer.Option(
        "--unseen",
        metavar="SHARE",
        rich_help_panel=_PANEL,
        help="With time_group: the share of groups held out of training, as test_unseen. [default: 0.1]",
    ),
]
SplitSeedOption = Annotated[
    int | None,
    typer.Option("--split-seed", rich_help_panel=_PANEL, help="Another seed, another division. [default: 0]"),
]
FieldsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fields",
        metavar="KIND=COLUMNS",
        rich_help_panel=_PANEL,
        help="Write these columns only: 'logs=timestamp,log_level,message'. Repeat for several kinds.",
    ),
]


def split_values(
    mode: str | None,
    ratio: str | None,
    dates: Sequence[str] | None,
    embargo: str | None,
    by: str | None,
    seed: int | None,
    unseen: float | None = None,
) -> dict[str, Any]:
    """Return what was given of the config's `split`; what was not is not in it. Raises ConfigError."""
    given = {
        "mode": mode,
        "ratios": None
        if ratio is None
        else {name: _share(text) for name, text in _pairs("--split-ratio", ratio)},
        "dates": dict(pair for text in dates or () for pair in _pairs("--split-date", text)) or None,
        "embargo_seconds": None if embargo is None else parse_seconds("--embargo", embargo),
        "by": by,
        "seed": seed,
        "unseen": unseen,
    }
    return {name: value for name, value in given.items() if value is not None}


def field_values(texts: Sequence[str] | None) -> dict[str, list[str]]:
    """Return the config's `fields`. Raises ConfigError."""
    found = {}
    for text in texts or ():
        kind, sign, columns = text.partition("=")
        if not sign:
            raise ConfigError([FieldProblem("--fields", text, "is not like 'logs=timestamp,message'")])
        found[kind.strip()] = [column.strip() for column in columns.split(",") if column.strip()]
    return found


def _pairs(option: str, text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(sign and value.strip() for _, sign, value in pairs):
        raise ConfigError(
            [FieldProblem(option, text, "is not like 'train=0.8,test=0.2' or 'test=2026-03-01'")]
        )
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError([FieldProblem("--split-ratio", text, f"{text!r} is not a number")]) from None
