"""The nominal times of a schedule: a cron expression or an interval, in a time zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.date_range import zone_of

SHORTEST_SECONDS, LONGEST_SECONDS = 60, 366 * 86_400
# Text of a cron expression: lists in all fields are long.
MOST_CRON = 400
_FIELDS = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
# Longer than clocks go back.
_LONGEST_REPEAT = timedelta(hours=3)
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a schedule runs. One of `cron` and `every_seconds` is given. Build it with `timetable_of`."""

    cron: str | None
    every_seconds: int | None
    time_zone: str

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the nominal times after a moment, in UTC and ascending, as long as there are any."""
        if self.every_seconds is not None:
            yield from _intervals(self.every_seconds, moment)
        elif self.cron is not None:
            yield from _cron_times(self.cron, moment, ZoneInfo(self.time_zone))

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first nominal time after a moment; None if there is none in the next fifty years."""
        return next(self.after(moment), None)

    def upcoming(self, moment: datetime, count: int = 5) -> Sequence[datetime]:
        """Return the next nominal times after a moment."""
        return list(islice(self.after(moment), count))


def timetable_of(cron: str | None, every_seconds: int | None, time_zone: str) -> Timetable:
    """Return the timetable of a schedule. Raises ConfigError."""
    zone_of(time_zone)
    if (cron is None) == (every_seconds is None):
        message = "give either cron or every_seconds"
        raise ConfigError([FieldProblem("cron", cron, message)])
    if cron is None:
        return Timetable(None, every_seconds, time_zone)
    chosen = _NAMED.get(cron.strip().lower(), " ".join(cron.upper().split()))
    _check_cron(cron, chosen)
    return Timetable(chosen, None, time_zone)


def _check_cron(given: str, cron: str) -> None:
    from cronsim import CronSim, CronSimError  # only schedules need it

    try:
        if len(cron.split()) != _FIELDS or len(cron) > MOST_CRON:
            raise CronSimError("it needs five fields: minute, hour, day of the month, month, day of the week")
        if next(CronSim(cron, datetime(2000, 1, 1)), None) is None:  # noqa: DTZ001 - a time on the wall
            raise CronSimError("it never occurs")
    except CronSimError as error:
        text = str(error)
        message = f"{given!r} isn't a cron expression: {text[0].lower()}{text[1:]}"
        raise ConfigError([FieldProblem("cron", given, message, ("0 2 * * *", "*/15 * * * *"))]) from None


def _intervals(every_seconds: int, moment: datetime) -> Iterator[datetime]:
    """Yield multiples of an interval since 1970, so a schedule needs no memory of when it began."""
    every = timedelta(seconds=every_seconds)
    number = (moment - _EPOCH) // every + 1
    while True:
        try:
            yield _EPOCH + number * every
        except OverflowError:
            return
        number += 1


def _cron_times(cron: str, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the times of a cron expression.

    If it names hours, each time on the wall occurs once: the first of two when clocks go back, and at the end
    of the gap when they skip it. If its hour is `*`, elapsed time decides: each hour has its runs.
    """
    from cronsim import CronSim

    if cron.split()[1] == "*":
        yield from _elapsed_times(cron, moment, zone)
        return
    last = moment
    # The wall may show a time before `moment` again, so look from before it.
    on_the_wall = moment.astimezone(zone).replace(tzinfo=None) - _LONGEST_REPEAT
    for naive in CronSim(cron, on_the_wall):
        found = _moment_of(naive, zone)
        if found > last:
            last = found
            yield found


def _elapsed_times(cron: str, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield each moment at which the wall shows such a time, whatever the clock does.

    Given a zone, `cronsim` leaves out times where clocks change by half an hour. So it gets none, and this
    starts again at each change.
    """
    from cronsim import CronSim

    offset = _offset(moment, zone)
    while True:
        for naive in CronSim(cron, (moment + offset).replace(tzinfo=None)):
            found = naive.replace(tzinfo=UTC) - offset
            if _offset(found, zone) != offset:
                change = _change_between(moment, found, offset, zone)
                moment, offset = change - timedelta(seconds=1), _offset(change, zone)
                break
            moment = found
            yield found
        else:
            return


def _change_between(before: datetime, after: datetime, offset: timedelta, zone: ZoneInfo) -> datetime:
    """Return the first second after `before` that doesn't have the offset; `after` doesn't."""
    low, high = 0, int((after - before).total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(before + timedelta(seconds=middle), zone) == offset:
            low = middle
        else:
            high = middle
    return (before + timedelta(seconds=high)).replace(microsecond=0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _moment_of(naive: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment at which a clock on the wall shows a time, or skips it."""
    found = naive.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == naive:
        return found
    # It is in a gap, and `found` as long after the gap's end as the time is after its begin.
    offset = found.astimezone(zone).utcoffset()
    while (found - _MINUTE).astimezone(zone).utcoffset() == offset:
        found -= _MINUTE
    return found
