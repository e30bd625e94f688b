"""The folders of an export are counted exactly, with few questions, and never more than allowed."""

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.engine.period_shards import period_numbers, period_starts
from lumber.engine.plan import plan_kind
from lumber.errors import ConfigError
from lumber.exports.period_folders import MOST_FOLDERS, check_folders, count_folders
from lumber.formats.periods import PERIODS, Period, period_folder
from lumber.formats.staged_file import Key
from tests.examples import examples
from tests.unit.engine.test_plan import EARLY, FAR, LIMITS, ListedKeys

DAY_US = 86_400_000_000
NOW = 1_767_225_600_000_000
TIMES = st.one_of(
    st.integers(NOW, NOW + 400 * DAY_US),
    st.integers(EARLY, FAR),
    st.sampled_from([EARLY, EARLY - 1, FAR, FAR + 1, *LIMITS, NOW - 1, NOW]),
)


class ManyKeys(ListedKeys):
    """Counts between ascending edges, as fast as thousands of rows need."""

    async def counts(self, edges: Sequence[int]) -> list[int]:
        places = [bisect_left(self.keys, Key(edge, -1)) for edge in edges]
        places[-1] = bisect_left(self.keys, Key(edges[-1], 2**63))
        return [end - start for start, end in pairwise(places)]


def counted(times: list[int], period: Period) -> tuple[int, ListedKeys]:
    source = ManyKeys([(time, place) for place, time in enumerate(times)])

    async def count() -> int:
        plan = await plan_kind(source, kind="logs", schema_hash="", partition_rows=2**62, is_divisible=True)
        await check_folders(source, plan, period)
        return await count_folders(source, plan, period)

    return asyncio.run(count()), source


@examples(60)
@given(st.lists(TIMES, min_size=1, max_size=40), st.sampled_from(PERIODS))
def test_every_folder_is_counted_once(times: list[int], period: Period) -> None:
    assert counted(times, period)[0] == len({period_folder(period, time) for time in times})


@given(st.lists(st.integers(*LIMITS), min_size=1), st.sampled_from(PERIODS))
def test_rows_have_the_same_number_if_they_go_into_the_same_folder(times: list[int], period: Period) -> None:
    """The numbers cut the files, the folders take them in. Times before and after all years share one."""
    numbers = period_numbers(period, np.array(times, np.int64))
    folders = {int(number): period_folder(period, time) for number, time in zip(numbers, times, strict=True)}
    for number, time in zip(numbers.tolist(), times, strict=True):
        assert folders[number] == period_folder(period, time)
        assert period_folder(period, int(period_starts(period, np.array([number]))[0])) == folders[number]


def test_as_many_folders_as_allowed_are_exported() -> None:
    times = [NOW + day * DAY_US for day in range(MOST_FOLDERS)]
    assert counted([*times, times[0] + 1], "date")[0] == MOST_FOLDERS


@pytest.mark.parametrize("step", [1, 700])
def test_more_folders_are_rejected_with_what_to_do(step: int) -> None:
    times = [EARLY + day * step * DAY_US for day in range(MOST_FOLDERS + 1)]
    with pytest.raises(ConfigError, match=r"partition_by: would make more than 4,000 folders of logs: 4,001"):
        counted(times, "date")


def test_far_times_alone_do_not_reach_the_limit() -> None:
    assert counted([NOW, NOW + DAY_US, FAR, EARLY, LIMITS[1]], "date")[0] == 5
