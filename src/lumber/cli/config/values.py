"""Readers: turn the text of an option into assignments to fields of the config."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from lumber.cli.config.filters import parse_filters
from lumber.errors import ConfigError, FieldProblem

# The path of a field in the config, such as ("split", "seed").
Path = tuple[str, ...]
Assignment = tuple[Path, Any]
Reader = Callable[[Any], Sequence[Assignment]]

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)")
# Words of --privacy and --identifiers that aren't modes or names.
ON, NONE = "on", "none"


class Present:
    """The value of a part that is asked for, whatever its fields: the file's, or the defaults."""


PRESENT: Final = Present()


def filters(texts: Sequence[str]) -> Sequence[Assignment]:
    """Read `--filter`, one assignment per column. Raises ConfigError."""
    return [(("filters", column), operators) for column, operators in parse_filters(texts).items()]


def columns(texts: Sequence[str]) -> Sequence[Assignment]:
    """Read `--fields`, one assignment per data type. Raises ConfigError."""
    found = []
    for text in texts:
        kind, sign, names = text.partition("=")
        if not sign:
            raise _problem("--fields", text, f"{text!r} isn't TYPE=COLUMNS, such as logs=timestamp,message")
        chosen = [name.strip() for name in names.split(",") if name.strip()]
        found.append((("fields", kind.strip()), chosen))
    return found


def compression(text: str) -> Sequence[Assignment]:
    """Read `--compression`: a name, or true or false."""
    return [(("compression",), {"true": True, "false": False}.get(text, text))]


def ratios(text: str) -> Sequence[Assignment]:
    """Read `--split-ratio`. Raises ConfigError."""
    shares = {name: _share(share) for name, share in _pairs("--split-ratio", text)}
    return [(("split", "ratios"), shares)]


def dates(texts: Sequence[str]) -> Sequence[Assignment]:
    """Read `--split-date`: together they replace those of the file. Raises ConfigError."""
    moments = dict(pair for text in texts for pair in _pairs("--split-date", text))
    return [(("split", "dates"), moments)]


def sample_size(text: str) -> Sequence[Assignment]:
    """Read `--sample`: a share such as 0.1 or 10%, or a number of rows. Raises ConfigError."""
    size = text.strip()
    try:
        if size.endswith("%"):
            return [(("sample", "share"), float(size[:-1]) / 100)]
        if size.isdecimal():
            return [(("sample", "rows"), int(size))]
        return [(("sample", "share"), float(size))]
    except ValueError:
        message = f"{text!r} isn't a share such as 0.1 or 10%, or a number of rows"
        raise _problem("--sample", text, message) from None


def label_window(text: str) -> Sequence[Assignment]:
    """Read `--label-window`: one duration for both sides, or two with a comma. Raises ConfigError."""
    before, sign, after = text.partition(",")
    sides = [before, after] if sign else [text, text]
    seconds = [parse_seconds("--label-window", side) for side in sides]
    return [(("labels", "window_seconds"), dict(zip(("before", "after"), seconds, strict=True)))]


def duration(option: str, *path: str) -> Reader:
    """Return the reader of a duration for a field in seconds. It raises ConfigError."""
    return lambda text: [(path, parse_seconds(option, text))]


def constant(value: Any, *path: str) -> Reader:
    """Return the reader of a flag that sets a field to one value."""
    return lambda _given: [(path, value)]


def privacy(mode: str) -> Sequence[Assignment]:
    """Read `--privacy`: a mode for addresses, `on` or `none`."""
    if mode == NONE:
        return [(("privacy",), False)]
    return [(("privacy",), PRESENT)] if mode == ON else [(("privacy", "addresses"), mode)]


def identifiers(text: str) -> Sequence[Assignment]:
    """Read `--identifiers`: names with commas, or `none`."""
    names = [] if text.strip() == NONE else [name.strip() for name in text.split(",") if name.strip()]
    return [(("privacy", "identifiers"), names)]


def column_sets(texts: Sequence[str]) -> Sequence[Assignment]:
    """Read `--k-anonymity`: together the sets of columns replace those of the file."""
    sets = [[name.strip() for name in text.split(",") if name.strip()] for text in texts]
    return [(("privacy", "k_anonymity"), sets)]


def privacy_rules(text: str) -> Sequence[Assignment]:
    """Read `--privacy-rules`: the name of a file with the rules as JSON. Raises ConfigError."""
    try:
        rules = json.loads(pathlib.Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        raise _problem("--privacy-rules", text, f"can't read {text}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise _problem("--privacy-rules", text, f"{text} is not JSON: {error}") from None
    return [(("privacy", "rules"), rules)]


def parse_seconds(option: str, text: str) -> float:
    """Return the seconds of a duration such as 90s, 30m, 1h or 2d. Raises ConfigError."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise _problem(option, text, f"{text!r} isn't a duration such as 90s, 30m, 1h or 2d")
    return float(found[1]) * _UNITS[found[2]]


def _pairs(option: str, text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(sign and value.strip() for _, sign, value in pairs):
        example = {"--split-ratio": "train=0.8,test=0.2", "--split-date": "test=2026-03-01"}[option]
        raise _problem(option, text, f"{text!r} isn't written like {example}")
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _problem("--split-ratio", text, f"{text!r} isn't a number") from None


def _problem(option: str, value: str, message: str) -> ConfigError:
    return ConfigError([FieldProblem(option, value, message)])
