"""Whether a first version has enough rows to place the splits of all versions after it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from lumber.catalog.registry import timing_kind
from lumber.steps.split import SplitRule
from lumber.text import counted

# Of ten rows, one more or less is a tenth of the split; of chance, about a third (the root of ten).
_ROWS_OF_A_SPLIT = 10


def few_rows(rule: SplitRule, rows: Mapping[str, int]) -> str | None:
    """Say that the rows of a version, by kind, are too few to place splits by time; None if they aren't.

    Later versions keep the cuts. A cut that no row of the first version reaches comes after all rows for
    ever, and one between a few rows is where chance has put it. Cuts at given dates depend on no rows, and
    without rows there is no cut yet.
    """
    shares = [share for _, share in rule.shares if share]
    if not rule.mode.is_in_time or not shares or not rows:
        return None
    kind = timing_kind(rows)
    needed = math.ceil(round(_ROWS_OF_A_SPLIT / min(shares), 6))
    if not 0 < rows[kind] < needed:
        return None
    return (
        f"The times of {counted(rows[kind], 'row')} of {kind} place the splits of this version and all later "
        f"ones. With fewer than {counted(needed, 'row')}, some splits get less than {_ROWS_OF_A_SPLIT} of "
        "them, or none. Give split.dates, begin with more rows, or place the splits again later with "
        "--new-major (new_major)"
    )
