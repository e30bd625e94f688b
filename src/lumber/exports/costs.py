"""What the options of an export cost in time, compared with an export without any.

The costs are those of benchmarks/RESULTS.md, rounded. Past exports with the same options are a better basis;
these costs compare exports with different options.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# How much time each option adds, in times of a plain export. The names are those for people.
_ADDED = {
    "privacy": 5.5,
    "address privacy": 1.8,
    "templates": 0.8,
    "sequences": 0.3,
    "splits": 0.3,
    "duplicate removal": 0.2,
    "shuffling": 0.2,
    "labels": 0.1,
}
# These change which columns a row has, or what is in them.
_IN_ROWS = frozenset(("privacy", "address privacy", "templates", "sequences", "labels", "duplicate removal"))

Options = frozenset[str]


def options_of(config: Mapping[str, Any]) -> Options:
    """Return the names of the options that cost time, from the JSON values of a config of any version."""
    found = {
        "templates": config.get("templates") is not None or config.get("sequences") is not None,
        "sequences": config.get("sequences") is not None,
        "splits": _part(config, "split").get("mode", "none") != "none",
        "duplicate removal": _part(config, "deduplicate").get("mode", "off") != "off",
        "shuffling": _part(config, "order").get("by", "time") != "time",
        "labels": config.get("labels") is not None,
    }
    if config.get("privacy") is not None:
        privacy = _part(config, "privacy")
        has_more = privacy.get("identifiers", True) or privacy.get("secrets", True) or privacy.get("rules")
        found["privacy" if has_more else "address privacy"] = True
    return frozenset(name for name, is_on in found.items() if is_on)


def cost_of(options: Options) -> float:
    """Return about how many times as long an export with these options takes as one without."""
    return 1.0 + sum(_ADDED[name] for name in options)


def have_like_rows(one: Options, two: Options) -> bool:
    """Say whether exports with these options write rows of the same size."""
    return one & _IN_ROWS == two & _IN_ROWS


def in_words(options: Options) -> str:
    """Name options, such as `with labels, splits and templates`."""
    if not options:
        return "without options that take time"
    *most, last = sorted(options)
    return f"with {', '.join(most)} and {last}" if most else f"with {last}"


def _part(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = config.get(name)
    return part if isinstance(part, Mapping) else {}
