"""The privacy rule of an export with its key, and the config that a private dataset shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from lumber.catalog.kind import Column, Holds, Kind
from lumber.catalog.operators import Operand, all_operators
from lumber.catalog.storage import Storage
from lumber.exports.config import ExportConfig
from lumber.exports.options.privacy import PrivacyOptions
from lumber.privacy.key import KEY_VARIABLE, load_key
from lumber.privacy.rule import PrivacyRule
from lumber.settings import Settings

HIDDEN = "[hidden]"
# Filters on smaller numbers don't tell a time in seconds since 1970, or in a smaller unit.
_LEAST_TIME = 100_000_000


def privacy_rule(
    options: PrivacyOptions | None, settings: Settings, dataset: str | None = None
) -> PrivacyRule | None:
    """Return the privacy rule with its key from the settings, or None for an export without privacy.

    `dataset` is the name of the dataset of which the export is a version.

    Raises ConfigError, with instructions for creating a key, if a required key is missing or invalid.
    """
    if options is None:
        return None
    if not options.needs_key:
        return options.rule()
    secret = settings.privacy_key
    given = {} if secret is None else {KEY_VARIABLE: secret.get_secret_value()}
    return options.rule(load_key(given, settings.privacy_key_file), dataset)


def shown_config(config: ExportConfig, rule: PrivacyRule | None) -> dict[str, Any]:
    """Return the config for the dataset's documents.

    Private datasets hide filter values on text columns, because a filter on an address reveals it. Process
    names and categories are treated like the column that they filter, and texts that templates keep like
    messages. Regular expressions are hidden: the privacy steps would not recognise an address in them. If
    times are shifted, so are dates; filters on times and on numbers that may be times are hidden.
    """
    shown = config.as_json()
    if rule is None:
        return shown
    shown["filters"] = {
        key: HIDDEN
        if (rule.renumbers_ids and _names_rows(config.kinds, key))
        or (rule.shifts_times and _names_times(config.kinds, key, value))
        else _hidden(value, [column for kind in config.kinds if (column := _column(kind, key))], rule)
        for key, value in shown["filters"].items()
    }
    shown["processes"] = _texts(shown["processes"], rule)
    if shown["privacy"] and shown["privacy"].get("rules"):
        rules = dict(shown["privacy"]["rules"])
        for name in ("allow", "deny"):
            if name in rules:
                rules[name] = [_without_values(rule) for rule in rules[name]]
        shown["privacy"] = {**shown["privacy"], "rules": rules}
    if shown.get("labels") and shown["labels"].get("detectors"):
        shown["labels"] = {
            **shown["labels"],
            "detectors": _texts(shown["labels"]["detectors"], rule),
        }
    if rule.shifts_times:
        shown = _with_other_dates(shown, rule)
    if shown.get("templates"):
        shown["templates"] = {
            **shown["templates"],
            "custom_masks": dict.fromkeys(shown["templates"]["custom_masks"], HIDDEN),
            "keep": _texts(shown["templates"]["keep"], rule),
        }
    return shown


def _with_other_dates(shown: Mapping[str, Any], rule: PrivacyRule) -> dict[str, Any]:
    """Return a config with the dates that its rows have after the shift."""
    # Slow to load, and most exports don't need it.
    from lumber.privacy.time_shift import shifted_iso

    dates = {
        name: shifted_iso(rule, shown[name])
        for name in ("start_date", "end_date", "end_before")
        if shown.get(name)
    }
    split = shown["split"]
    if split.get("dates"):
        split = {**split, "dates": {name: shifted_iso(rule, date) for name, date in split["dates"].items()}}
    return {**shown, **dates, "split": split}


def _names_times(kinds: Sequence[Kind], key: str, value: Any) -> bool:
    """Return whether a filter's key names a column with times, or has numbers that may be times."""
    columns = [column for kind in kinds if (column := _column(kind, key))]
    return any(column.storage is Storage.TIME for column in columns) or _has_large(value)


def _has_large(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_large, value.values()))
    if isinstance(value, list):
        return any(map(_has_large, value))
    return isinstance(value, int | float) and abs(value) >= _LEAST_TIME


def _without_values(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return an own rule as private datasets show it: only its type."""
    shown = {name: HIDDEN for name in ("value", "pattern") if name in rule}
    return {**shown, **({"type": rule["type"]} if "type" in rule else {})}


def _names_rows(kinds: Sequence[Kind], key: str) -> bool:
    """Return whether a filter's key names a column with ids of rows."""
    # Slow to load, and most exports don't need it.
    from lumber.privacy.row_ids import id_columns

    return any((column := _column(kind, key)) and column.name in id_columns(kind) for kind in kinds)


def _column(kind: Kind, key: str) -> Column | None:
    """Return the column that a filter's key names."""
    name, dot, column = key.partition(".")
    if dot and name != kind.name:
        return None
    return kind.filterable.get(column if dot else key)


def _hidden(value: Any, columns: list[Column], rule: PrivacyRule) -> Any:
    """Return the value of a filter on these columns, as private datasets show it."""
    if value is None or (columns and all(_is_plain(column) for column in columns)):
        return value
    if isinstance(value, Mapping):
        return {name: _hidden_operand(name, each, columns, rule) for name, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each, columns, rule) for each in value]
    if isinstance(value, str) and columns and all(_is_category(column) for column in columns):
        return _texts([value], rule)[0]
    return HIDDEN


def _hidden_operand(name: str, value: Any, columns: list[Column], rule: PrivacyRule) -> Any:
    """Return what an operator is given as it may be shown."""
    operator = all_operators().get(name)
    if operator is not None and operator.operand is Operand.FLAG:
        return value
    if operator is not None and operator.operand is Operand.VALUE:
        return _hidden(value, columns, rule)
    # The privacy steps would not recognise a part of a name or an address.
    return HIDDEN


def _is_category(column: Column) -> bool:
    """Return whether the column has few different texts, which the dataset also shows."""
    return _is_plain(column) or (column.is_category and column.content is Holds.TEXT)


def _is_plain(column: Column) -> bool:
    """Return whether the column contains only numbers, times and words of a closed vocabulary."""
    return column.content is None or column.vocabulary is not None


def _texts(values: list[str], rule: PrivacyRule) -> list[str]:
    if not values:
        return []
    if rule.finds_known:
        # One of them may be a known value.
        return [HIDDEN for _ in values]
    if rule.shifts_times:
        # Slow to load, and most exports don't need it.
        from lumber.privacy.time_shift import TimeShift

        values = TimeShift.alone(rule, values)
    # The same.
    from lumber.privacy.pseudonymizer import Pseudonymizer

    changed, _ = Pseudonymizer(rule).apply_texts(pl.Series(values, dtype=pl.String))
    return [str(value) for value in changed]
