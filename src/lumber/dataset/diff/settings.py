"""Compares the configs of two datasets, and says what limits a comparison of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumber.dataset.diff.opened import Opened
from lumber.text import counted


def config_difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the two values of each field that differs. A part of a field is named like `split.mode`.

    A field that one of them lacks is null there.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for name in [*a, *(name for name in b if name not in a)]:
        of_a, of_b = a.get(name), b.get(name)
        if isinstance(of_a, Mapping) and isinstance(of_b, Mapping):
            inner = config_difference(of_a, of_b)
            found |= {f"{name}.{part}": values for part, values in inner.items()}
        elif of_a != of_b:
            found[name] = (of_a, of_b)
    return found


def comparison_notes(a: Opened, b: Opened) -> list[str]:
    """Say why rows may differ that are the same in the database."""
    found = []
    keys = [_privacy_key(each) for each in (a, b)]
    if keys[0] != keys[1]:
        shown = " and ".join(map(_key_text, keys))
        found.append(
            f"A and B are private in different ways ({shown}): a row whose addresses and names were "
            "replaced in another way counts as changed."
        )
    tables = sorted({name for each in (a, b) for name in each.tables})
    if tables:
        found.append(f"Only kinds are compared, not what was made of them: {', '.join(tables)}.")
    for letter, each in (("A", a), ("B", b)):
        for name, kind in each.manifest.kinds.items():
            left_out = [
                text
                for rows, text in (
                    (kind.sampled_out, f"{counted(kind.sampled_out, 'row')} by its sample or split"),
                    (kind.deduplicated, f"{counted(kind.deduplicated, 'row')} as duplicates"),
                )
                if rows
            ]
            if left_out:
                found.append(
                    f"{letter} left out {' and '.join(left_out)} of {name}: what is missing there may well "
                    "be in the database."
                )
    return found


def _privacy_key(opened: Opened) -> tuple[bool, str | None]:
    """Return whether a dataset is private, and the name of its key with its context."""
    section = opened.manifest.privacy
    if section is None:
        return bool(opened.manifest.config.get("privacy")), None
    within = "" if section.context is None else f" in the context {section.context}"
    return True, section.key_id and f"{section.key_id}{within}"


def _key_text(key: tuple[bool, str | None]) -> str:
    is_private, name = key
    return f"key {name}" if name else "no key" if is_private else "not at all"
