"""The options that say how log lines are labelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from lumber.cli.units import parse_seconds

_PANEL = "Labels"

LabelsOption = Annotated[
    bool,
    typer.Option(
        "--labels",
        rich_help_panel=_PANEL,
        help="Label log lines by the anomalies found in them: 1, 0 (a false positive), or null. The other "
        "options here ask for labels too.",
    ),
]
LabelWindowOption = Annotated[
    str | None,
    typer.Option(
        "--label-window",
        metavar="TIME",
        rich_help_panel=_PANEL,
        help="Let anomalies that name a device and no line label its lines this long before and after them: "
        "90s, 5m; or before and after apart: 5m,30s.",
    ),
]
AssumeNormalOption = Annotated[
    bool,
    typer.Option("--assume-normal", rich_help_panel=_PANEL, help="Label lines 0 in which nothing was found."),
]
ConfirmedOnlyOption = Annotated[
    bool,
    typer.Option(
        "--confirmed-only",
        rich_help_panel=_PANEL,
        help="Label 1 only what a person called a true positive.",
    ),
]
DetectorOption = Annotated[
    list[str] | None,
    typer.Option(
        "--detector",
        metavar="NAME",
        rich_help_panel=_PANEL,
        help="Use the anomalies of this detector only. Repeat for several. [default: all]",
    ),
]


def label_values(
    is_asked: bool,
    window: str | None,
    assume_normal: bool,
    confirmed_only: bool,
    detectors: Sequence[str] | None,
) -> dict[str, Any] | None:
    """Return what was given of the config's `labels`; None: nothing was. Raises ConfigError."""
    given = {
        "window_seconds": None if window is None else _window(window),
        "assume_normal": assume_normal or None,
        "confirmed_only": confirmed_only or None,
        "detectors": list(detectors or ()) or None,
    }
    values = {name: value for name, value in given.items() if value is not None}
    return values if values or is_asked else None


def labels_value(given: dict[str, Any], in_file: Any) -> Any:
    """Return the config's `labels`, of the command line and the file. What is odd in the file stays so."""
    if in_file is None or isinstance(in_file, bool):
        return given
    return {**in_file, **given} if isinstance(in_file, dict) else in_file


def _window(text: str) -> dict[str, float]:
    before, sign, after = text.partition(",")
    seconds = [parse_seconds("--label-window", part) for part in ([before, after] if sign else [text, text])]
    return dict(zip(("before", "after"), seconds, strict=True))
