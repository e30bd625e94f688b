"""The config of `export` and `preview`: a file, overridden by options, overridden by `--set`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumber.catalog.declared import EXTRA
from lumber.catalog.registry import all_kinds
from lumber.cli.config import values as readers
from lumber.cli.config.table import BATCH_SIZE, FORMAT, OPTIONS, PARQUET_COMPRESSION
from lumber.cli.config.values import PRESENT, Assignment
from lumber.cli.output import Output, printable
from lumber.dataset.documents.statements import RANDOM_LEAKS
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.exports.parsing import parse_config, read_json
from lumber.steps.split import SplitMode

# The field that a name alone stands for.
_NAMED = {("split",): "mode", ("deduplicate",): "mode", ("order",): "by", ("sequences",): "mode"}
_NAMED[("privacy",)] = "addresses"
# True asks for these with their defaults.
_OPTIONAL = {("labels",), ("privacy",), ("templates",), ("sequences",)}
_SAMPLE_SIZES = ("share", "rows")
# The defaults of a command without a file.
_DEFAULTS = {"batch_size": BATCH_SIZE, "output_format": FORMAT}
# The field that an option replaces besides its own.
_OTHER_END = {"--end": "end_before", "--end-before": "end_date"}
_DATES = {"--start": "start_date", "--end": "end_date", "--end-before": "end_before"}


@dataclass(frozen=True, slots=True)
class ConfigRequest:
    """What a command line says about the config. `given` holds the options that are given, by name."""

    file: Path | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    settings: Sequence[str] = ()

    def build(self) -> ExportConfig:
        """Return the config. Raises ConfigError.

        File and options are validated together, so that the file may leave out what the options set. A
        file is an ExportConfig: what it leaves out has the defaults of ExportConfig.
        """
        values = dict(_DEFAULTS) if self.file is None else read_json(self.file)
        options = {
            option.name: option.read_value(self.given[option.name])
            for option in OPTIONS
            if option.name in self.given
        }
        settings = [_setting(text) for text in self.settings]
        self._check_privacy(options)
        _check_conflicts(options, settings)
        if not isinstance(values, dict):
            return parse_config(values)
        self._choose_end(values)
        for path, value in (each for assigned in options.values() for each in assigned):
            _put(values, path, value)
        for text, (path, value) in zip(self.settings, settings, strict=True):
            if not _put(values, path, value):
                raise _set_problem(text, "the part before the last dot is not an object of fields")
        self._check_sample(values)
        if self.file is None and values["output_format"] == FORMAT:
            values.setdefault("compression", PARQUET_COMPRESSION)
        return parse_config(values)

    def _choose_end(self, values: dict[str, Any]) -> None:
        """Let options for dates override the file's other ones."""
        given = [name for name in _OTHER_END if name in self.given]
        if len(given) == 1:
            values.pop(_OTHER_END[given[0]], None)
        if "--range" in self.given:
            for name in _DATES.values():
                values.pop(name, None)
        elif any(name in self.given for name in _DATES):
            values.pop("date_range", None)
            values.pop("time_zone", None)

    def _check_privacy(self, options: Mapping[str, Sequence[Assignment]]) -> None:
        """Reject other parts of privacy if it is off. Raises ConfigError."""
        mode = self.given.get("--privacy")
        others = {
            path[0] for name, assigned in options.items() if name != "--privacy" for path, _ in assigned
        }
        if mode == readers.NONE and "privacy" in others:
            message = f"{mode} turns privacy off: leave out its other options, or use --privacy {readers.ON}"
            raise ConfigError([FieldProblem("--privacy", mode, message)])

    def _check_sample(self, values: Mapping[str, Any]) -> None:
        """Reject a seed and strata without a sample. Raises ConfigError."""
        sample = values.get("sample")
        if isinstance(sample, Mapping) and all(sample.get(name) is None for name in _SAMPLE_SIZES):
            message = "has no effect without a sample: add --sample, such as --sample 0.1 or --sample 50000"
            given = [name for name in ("--stratify", "--sample-seed") if name in self.given]
            if given:
                raise ConfigError([FieldProblem(name, self.given[name], message) for name in given])


def tell_choices(out: Output, config: ExportConfig) -> None:
    """Print what a user may overlook: filters that don't apply to a data type, and a split that leaks."""
    known = all_kinds()
    for kind in (known[name] for name in config.data_types if name in known):
        missing = config.unapplied_filters(kind)
        if not config.has_known_kinds:
            # Columns that the source's mapping may declare.
            missing = tuple(name for name in missing if not name.startswith(EXTRA))
        if missing:
            names = printable(", ".join(missing))
            out.note(f"[yellow]note:[/] {kind.name} is not filtered by {names}: it has no such column.")
    if config.split.mode is SplitMode.RANDOM:
        out.note(f"[yellow]note:[/] {RANDOM_LEAKS}")


def _put(values: dict[str, Any], path: readers.Path, value: Any) -> bool:
    """Set a field. Return False if a value on the way has no fields; it stays for the config to judge."""
    where = values
    for depth, name in enumerate(path[:-1], start=1):
        part = _in_full(path[:depth], where.get(name))
        if not isinstance(part, dict):
            return False
        where[name] = where = dict(part)
    name = path[-1]
    if path[0] == "sample" and name in _SAMPLE_SIZES:
        for size in _SAMPLE_SIZES:
            where.pop(size, None)
    where[name] = _in_full(path, where.get(name)) if value is PRESENT else value
    return True


def _in_full(path: readers.Path, value: Any) -> Any:
    """Return a part of the config as an object of fields, if it is a short form of one."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None or value is False or (value is True and path in _OPTIONAL):
        return {}
    if isinstance(value, str) and path in _NAMED:
        return {_NAMED[path]: value}
    if is_number and path == ("sample",):
        is_whole = isinstance(value, int) or (value > 1 and value.is_integer())
        return {"rows" if is_whole else "share": value}
    if is_number and path == ("labels", "window_seconds"):
        return {"before": value, "after": value}
    return value


def _setting(text: str) -> Assignment:
    """Read one `--set KEY=VALUE`. Raises ConfigError."""
    key, sign, value = text.partition("=")
    key = key.strip()
    # The name of a column may hold a dot.
    path = tuple(key.split(".", 1) if key.startswith("filters.") else key.split("."))
    if not sign or not all(path):
        raise _set_problem(text, f"{text!r} isn't KEY=VALUE, such as split.seed=7")
    return path, _json_or_text(value)


def _json_or_text(text: str) -> Any:
    def reject(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=reject)
    except (ValueError, RecursionError):
        return text


def _check_conflicts(options: Mapping[str, Sequence[Assignment]], settings: Sequence[Assignment]) -> None:
    """Reject values that another value of the command line would replace. Raises ConfigError."""
    problems = []
    for index, (path, _) in enumerate(settings):
        key = ".".join(path)
        for name, assigned in options.items():
            if any(_clash(path, other, value) for other, value in assigned):
                message = f"{key} is also set by {name}: use only one of them"
                problems.append(FieldProblem("--set", key, message))
        if any(_covers(path, earlier) for earlier, _ in settings[:index]):
            problems.append(FieldProblem("--set", key, f"{key} is set more than once"))
    if problems:
        raise ConfigError(problems)


def _clash(path: readers.Path, option: readers.Path, value: Any) -> bool:
    """Say whether `--set` of a path and an option replace each other."""
    return _covers(path, option) or (value is not PRESENT and _covers(option, path))


def _covers(path: readers.Path, other: readers.Path) -> bool:
    """Say whether a value at `path` replaces one at `other`."""
    return _one_size(other)[: len(path)] == _one_size(path)


def _one_size(path: readers.Path) -> readers.Path:
    """Return the same path for both sizes of a sample."""
    return ("sample", "share") if path == ("sample", "rows") else path


def _set_problem(text: str, message: str) -> ConfigError:
    return ConfigError([FieldProblem("--set", text, message)])
