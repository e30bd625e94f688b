"""What a later attempt may keep of an earlier one, whose rows were read at another moment."""

import pytest

from lumber.engine.plan import KindPlan, PartitionRange, Plan
from lumber.exports import ExportConfig
from lumber.exports.planner import mixes_moments

PARTS = tuple(PartitionRange(ordinal, None, None, 2) for ordinal in range(2))
PLAN = Plan("config", "sqlite", {}, (KindPlan("logs", "schema", 4, 0, 1, (), PARTS),))
FIRST, BOTH = [("logs", 0)], [("logs", 0), ("logs", 1)]


@pytest.mark.parametrize(
    ("split", "finished", "is_mixed"),
    [
        ({"mode": "group", "stratify": "log_level"}, FIRST, True),
        ({"mode": "group", "stratify": "log_level"}, BOTH, False),
        ({"mode": "group", "stratify": "log_level"}, [], False),
        ({"mode": "group"}, FIRST, False),
    ],
)
def test_strata_are_counted_at_one_moment(
    split: dict[str, str], finished: list[tuple[str, int]], is_mixed: bool
) -> None:
    """A group whose rows changed between attempts could otherwise be in two splits."""
    config = ExportConfig(data_types=["logs"], split=split)
    assert mixes_moments(PLAN, config, finished) is is_mixed


def test_strata_with_digests_are_compared_later() -> None:
    config = ExportConfig(data_types=["logs"], split={"mode": "group", "stratify": "log_level"})
    assert not mixes_moments(PLAN, config, FIRST, has_digests=True)
