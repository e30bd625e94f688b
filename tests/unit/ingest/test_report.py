"""Reports of loads: rejects by reason, and when a load counts as failed."""

import pytest

from lumber.ingest.rejects import Reject
from lumber.ingest.report import OTHER_REASONS, SourceReport, reason_of


@pytest.mark.parametrize(
    ("reject", "reason"),
    [
        (Reject(1, "timestamp: 'it's 5' is not a time", ""), "timestamp: … is not a time"),
        (Reject(1, "score: 'x' is not a number", "", "score", "x"), "score: … is not a number"),
        (Reject(1, 'score: {"a":1} is an object', "", "score", {"a": 1}), "score: … is an object"),
        (Reject(1, "message: is required, but missing", "", "message"), "message: is required, but missing"),
        (Reject(1, "PRI: 200 is not between 0 and 191", ""), "PRI: … is not between 0 and 191"),
        (Reject(1, "has 5 fields, and the header has 6", ""), "has … fields, and the header has 6"),
        (Reject(1, "not valid JSON: no value: line 1 column 3 (char 2)", ""), "not valid JSON: no value"),
        (Reject(1, "it doesn't end; it can't be read", ""), "it doesn't end; it can't be read"),
    ],
)
def test_reasons_are_grouped_without_their_varying_value(reject, reason) -> None:
    assert reason_of(reject) == reason


def test_a_group_has_its_number_and_its_first_line() -> None:
    report = SourceReport("a", "a")
    report.count_rejects(
        [Reject(3, "timestamp: 'x' is not a time", "x" * 5_000), Reject(4, "blank line", "")]
    )
    report.count_rejects([Reject(9, "blank line", ""), Reject(10, "blank line", "")])
    assert [(group.reason, group.count, group.line) for group in report.reasons] == [
        ("blank line", 3, 4),
        ("timestamp: … is not a time", 1, 3),
    ]
    assert report.reasons[1].example == "x" * 200
    assert report.rejected == 4


def test_the_number_of_groups_is_bounded() -> None:
    report = SourceReport("a", "a")
    report.count_rejects([Reject(n, f"reason {n}", "") for n in range(1, 1_001)])
    assert len(report.reasons) == 21
    assert (report.reasons[0].reason, report.reasons[0].count) == (OTHER_REASONS, 980)


@pytest.mark.parametrize(
    ("lines", "loaded", "is_failed"),
    [(0, 0, False), (1, 0, True), (19, 1, False), (20, 1, True), (100, 10, False), (100, 9, True)],
)
@pytest.mark.parametrize("is_second_run", [False, True])
def test_almost_all_rejected_counts_as_failed(lines, loaded, is_failed, is_second_run) -> None:
    report = SourceReport("a", "a")
    if is_second_run:
        report.skipped, report.loaded_before = lines, loaded
    else:
        report.lines, report.loaded, report.rejected = lines, loaded, lines - loaded
    report.judge(0.9)
    assert report.is_mostly_rejected is is_failed
