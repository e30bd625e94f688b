"""The journal of an export stays small, goes on over attempts, and is read back as it was written."""

import json
from datetime import UTC, datetime, timedelta

from lumber.engine.plan import KindPlan, PartitionRange, Plan
from lumber.exports.journal import MOST_LINES, MOST_PHASES, MOST_READINGS, JournalKeeper, Reading
from lumber.exports.journal_lines import planned_texts
from lumber.exports.progress import ExportProgress
from lumber.exports.stored import PROGRESS

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def after(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def test_each_phase_has_its_time_and_the_last_one_is_open() -> None:
    clock = Clock()
    keeper = JournalKeeper(clock)
    keeper.enter("planning")  # before the beginning, nothing is noted
    assert ExportProgress("planning", journal=keeper.journal) == ExportProgress("planning")
    keeper.begin(None, 1)
    keeper.enter("planning")
    clock.after(2)
    keeper.enter("planning")
    clock.after(1)
    keeper.enter("exporting")
    clock.after(5)
    journal = keeper.journal
    assert journal is not None
    seconds = [(phase.phase, journal.seconds_in(phase, clock.now)) for phase in journal.phases]
    assert seconds == [("planning", 3), ("exporting", 5)]
    assert [phase.ended_at is None for phase in journal.phases] == [False, True]
    keeper.end(10)
    assert keeper.journal is not None
    assert keeper.journal.phases[-1].ended_at == clock.now
    assert keeper.journal.readings == (Reading(8, 10),)


def test_a_long_export_has_few_readings_from_its_beginning_to_its_end() -> None:
    clock = Clock()
    keeper = JournalKeeper(clock)
    keeper.begin(None, 1)
    for second in range(1, 10_001):
        clock.after(1)
        keeper.read(second * 50)
        keeper.write(f"Partition {second}.")
        keeper.enter(f"phase {second}")
    journal = keeper.journal
    assert journal is not None
    assert MOST_READINGS / 3 < len(journal.readings) <= MOST_READINGS
    assert journal.readings[0].seconds < 200
    assert journal.readings[-1].seconds > 9_800
    rates = {
        (later.rows - earlier.rows) / (later.seconds - earlier.seconds)
        for earlier, later in zip(journal.readings, journal.readings[1:], strict=False)
    }
    assert rates == {50}
    assert [line.text for line in journal.lines][-1] == "Partition 10000."
    assert (len(journal.lines), len(journal.phases)) == (MOST_LINES, MOST_PHASES)


def test_the_time_without_any_row_is_no_part_of_the_speed_after_it() -> None:
    clock = Clock()
    keeper = JournalKeeper(clock)
    keeper.begin(None, 1)
    for rows in (0, 0, 0, 0, 500, 1000):
        clock.after(1)
        keeper.read(rows)
    assert keeper.journal is not None
    noted = [(reading.seconds, reading.rows) for reading in keeper.journal.readings]
    assert noted == [(1, 0), (4, 0), (5, 500), (6, 1000)]


def test_the_next_attempt_goes_on_and_ends_what_a_dead_one_left_open() -> None:
    clock = Clock()
    dead = JournalKeeper(clock)
    dead.begin(None, 1)
    dead.enter("exporting")
    clock.after(4)
    dead.write("Partition 1 of 2 of logs.")
    clock.after(100)
    keeper = JournalKeeper(clock)
    keeper.begin(dead.journal, 2)
    keeper.enter("exporting")
    journal = keeper.journal
    assert journal is not None
    first, second = journal.phases
    assert (first.ended_at, second.started_at) == (START + timedelta(seconds=4), clock.now)
    assert (first.attempt, second.attempt) == (1, 2)
    assert journal.lines[0].text == "Partition 1 of 2 of logs."


def test_the_ledger_keeps_a_journal_until_a_new_attempt_has_one() -> None:
    clock = Clock()
    keeper = JournalKeeper(clock)
    keeper.begin(None, 1)
    keeper.enter("exporting")
    clock.after(1)
    keeper.read(100)
    keeper.write("First pass over 100 rows began.")
    told = ExportProgress("exporting", journal=keeper.journal)
    stored = PROGRESS.load(json.loads(json.dumps(PROGRESS.dump(told))))
    assert stored == told
    assert ExportProgress("planning").not_before(stored).journal == keeper.journal


def test_lines_about_the_plan_have_numbers_only() -> None:
    parts = tuple(PartitionRange(ordinal, None, None, 600) for ordinal in range(2))
    kind = KindPlan("logs", "0", 1200, None, None, (), parts)
    plan = Plan("0", "sqlite", {}, (kind,))
    assert planned_texts(plan, 0) == ["Planned 1,200 rows of logs in 2 partitions."]
    assert planned_texts(plan, 1)[1:] == ["Kept 1 finished partition."]
