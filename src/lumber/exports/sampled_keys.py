"""Samples the keys of the selected rows, for a plan that does not count all of them."""

from __future__ import annotations

from dataclasses import replace

from lumber.catalog.selection import Selection
from lumber.engine.key_sample import KeySample
from lumber.exports.snapshot import Snapshot
from lumber.formats.staged_file import Key
from lumber.store.key_probes import KeyProbes, ProbedKey, spread_ids
from lumber.store.keyset import Keyset

# A smaller table is counted: that takes no longer.
EXACT_IDS = 200_000
_PROBES = 10_000
# With fewer rows in a sample of all dates, another one is taken where they are.
_FEW_IN_DATES = _PROBES // 2
# Dates with fewer sampled rows contain few rows, and these are counted.
_LEAST_IN_DATES = 100
# Fewer selected rows say how many there are, but not where.
_LEAST_SELECTED = 200


async def sample_keys(selection: Selection, snapshot: Snapshot) -> KeySample | None:
    """Sample the selected rows of our own table; None: counting them costs no more.

    It looks up at most twice `_PROBES` rows, at ids that follow from the first and the last id of the
    table alone. The kind must be append-only.
    """
    kind, dialect = selection.kind, snapshot.source.dialect
    cutoff = snapshot.cutoffs[kind.name]
    if cutoff.since is not None:  # another index finds what is new
        return None
    probes = KeyProbes(snapshot.connection, selection, dialect, cutoff)
    ids = await probes.id_range()
    if ids is None or ids[1] - ids[0] < EXACT_IDS:
        return None
    found = await probes.keys(spread_ids(*ids, _PROBES))
    step = (ids[1] - ids[0] + 1) / _PROBES
    if _LEAST_IN_DATES <= len(found) < _FEW_IN_DATES:
        near = _around(found, ids, step)
        found, step = await probes.keys(spread_ids(*near, _PROBES)), (near[1] - near[0] + 1) / _PROBES
    if len(found) < _LEAST_IN_DATES:
        return None
    dated = Keyset(snapshot.connection, replace(selection, conditions=()), dialect, cutoff)
    span = await dated.span()
    assert span is not None
    selected = [key for key in found if key.is_selected]
    keys = selected if len(selected) >= _LEAST_SELECTED else found
    return KeySample(
        tuple(Key(key.time_us, key.id) for key in keys), max(1, round(len(selected) * step)), *span
    )


def _around(found: list[ProbedKey], ids: tuple[int, int], step: float) -> tuple[int, int]:
    """Return the range of ids that has nearly all rows of which some were found."""
    least, most = min(key.id for key in found), max(key.id for key in found)
    return max(ids[0], least - round(step)), min(ids[1], most + round(step))
