"""The sample in words: where it is smaller than it was asked for."""

from typing import Any

import pytest

from lumber.dataset.documents.sample_text import sample_notes
from lumber.dataset.totals import KindTotals


@pytest.mark.parametrize(
    ("sample", "totals", "notes"),
    [
        (None, KindTotals(read=5, written=5), []),
        ({"share": 0.5, "rows": None}, KindTotals(read=5, written=2, sampled_out=3), []),
        ({"rows": 5}, KindTotals(read=5, written=5), []),
        ({"rows": 2}, KindTotals(read=5, written=2, sampled_out=3), []),
        ({"rows": 9}, KindTotals(), []),
        (
            {"rows": 50_000},
            KindTotals(read=20_000, written=20_000),
            ["logs: the sample asked for 50,000, the selection has 20,000."],
        ),
        (
            {"rows": 10},
            KindTotals(read=12, written=8, rejected=3, deduplicated=1),
            [
                "logs: the sample asked for 10, the selection has 12, of which 8 are left without rejects, "
                "duplicates and rows in no split."
            ],
        ),
    ],
)
def test_a_sample_that_is_short_is_named(sample: Any, totals: KindTotals, notes: list[str]) -> None:
    assert sample_notes({"sample": sample}, {"logs": totals}) == notes
