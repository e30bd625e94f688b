"""What a schedule does about the nominal times that have come: which to run, and which were missed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

from lumber.schedules.definition import CatchUp
from lumber.schedules.timetable import Timetable
from lumber.store.types import to_microseconds

# A scheduler looks every few seconds. What is later than this was missed.
ON_TIME = timedelta(minutes=2)
# So many runs are made in one transaction; the rest at the next look.
MOST_AT_ONCE = 100
# After a long sleep, a schedule of each minute has many times. They are counted up to this number.
_MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Decision:
    """The nominal times to run, how many were missed before the first of them, and when to look next.

    `skipped_at` is the last missed time if none is run in its place.
    """

    run: Sequence[datetime]
    missed: int
    skipped_at: datetime | None
    next_at: datetime | None


def decide(
    timetable: Timetable, next_at: datetime, now: datetime, catch_up: CatchUp, jitter: timedelta
) -> Decision:
    """Decide about the nominal times from `next_at` to `now`. `jitter` is the longest delay of a run."""
    due = _from(timetable, next_at, now)
    run, later = due, None
    if catch_up is CatchUp.ALL:
        run = due[:MOST_AT_ONCE]
        later = due[MOST_AT_ONCE] if len(due) > MOST_AT_ONCE else None
    elif due:
        is_on_time = now - due[-1] <= ON_TIME + jitter
        run = due[-1:] if is_on_time or catch_up is CatchUp.ONE else []
    missed = 0 if catch_up is CatchUp.ALL else len(due) - len(run)
    skipped_at = due[-1] if missed and not run else None
    return Decision(run, missed, skipped_at, later or timetable.next_after(now))


def delay_of(schedule_id: str, nominal_at: datetime, jitter_seconds: int) -> timedelta:
    """Return the delay of a run: the same on every machine, and spread over schedules and times."""
    if not jitter_seconds:
        return timedelta(0)
    text = f"{schedule_id} {to_microseconds(nominal_at)}"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    return timedelta(seconds=number % (jitter_seconds + 1))


def _from(timetable: Timetable, first: datetime, now: datetime) -> list[datetime]:
    """Return the nominal times from `first` to `now`; of very many the first ones, and the last."""
    found = list(islice(_until(timetable, first - timedelta(microseconds=1), now), _MOST_COUNTED))
    if len(found) < _MOST_COUNTED:
        return found
    back = timedelta(hours=1)
    while not (latest := list(_until(timetable, now - back, now))):
        back *= 4
    return [*found[:-1], latest[-1]]


def _until(timetable: Timetable, after: datetime, now: datetime) -> Iterator[datetime]:
    return takewhile(lambda moment: moment <= now, timetable.after(after))
