"""The options of an export that is a version of a dataset."""

from __future__ import annotations

import re

from lumber.errors import FieldProblem

MAX_NAME = 100
# Also in JSON schemas, whose patterns are those of JavaScript.
PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]*([.][A-Za-z0-9_-]+)*$"
_ALLOWED = f"letters, digits, '_', '-' and single dots inside, at most {MAX_NAME}; first a letter or digit"


def checked_name(name: str) -> str:
    """Return the name of a dataset. It is part of paths and addresses. Raises ValueError."""
    if len(name) > MAX_NAME or re.fullmatch(PATTERN[1:-1], name) is None:
        raise ValueError(f"{name!r} is not a name for a dataset: it may have {_ALLOWED}")
    return name


def version_problems(
    dataset: str | None, is_incremental: bool, is_new_major: bool, stratify: str | None
) -> list[FieldProblem]:
    """Return what is wrong with the options of a version."""
    if dataset is None:
        reasons = {
            "incremental": (is_incremental, "needs dataset, the name of what the new rows are added to"),
            "new_major": (is_new_major, "needs dataset, the name of what begins a new major version"),
        }
        return [FieldProblem(name, True, reason) for name, (is_set, reason) in reasons.items() if is_set]
    if stratify is not None:
        reason = "can't be used in a version of a dataset: new rows could move groups from test into train"
        return [FieldProblem("split.stratify", stratify, reason, ("null",))]
    return []
