"""The split in words: how rows were divided, and what of it is not as it was asked for."""

from typing import Any

import pytest

from lumber.dataset.documents.split_text import split_notes, split_steps
from lumber.dataset.quality import Quality
from lumber.dataset.totals import KindTotals
from lumber.exports.options.split import SplitOptions

DAY = 86_400_000_000
# What rows nobody has: the cut of a plan that found no row for it.
NEVER = 2**63 - 1


def config(**split: Any) -> dict[str, Any]:
    return {"split": SplitOptions(**split).model_dump(mode="json")}


def kind(sampled_out: int = 0, **rows: int) -> KindTotals:
    splits = {name: Quality(rows=count) for name, count in rows.items()}
    return KindTotals(written=sum(rows.values()), sampled_out=sampled_out, splits=splits)


@pytest.mark.parametrize(
    ("split", "section", "told", "why"),
    [
        ({"mode": "time"}, kind(train=80, validation=10, test=10), None, None),
        ({"mode": "none"}, KindTotals(written=5), None, None),
        # Nothing to divide.
        ({"mode": "time"}, kind(), None, None),
        ({"mode": "random"}, kind(train=80, validation=14, test=6), None, None),
        (
            {"mode": "time_group"},
            kind(train=80, validation=10, test=10),
            "logs: the requested split test_unseen has no rows.",
            "A share of 0.1 of the values of device_id is held out at random",
        ),
        (
            {"mode": "time", "embargo_seconds": 3_600},
            kind(40, train=160),
            "logs: the requested splits validation and test have no rows.",
            "Rows less than 3,600 seconds after a cut are in no split.",
        ),
        (
            {"mode": "group"},
            kind(train=63, validation=37),
            "logs: the requested split test has no rows; validation has 37.0% of the rows, "
            "10.0% was requested.",
            "All rows of one value of device_id are in one split",
        ),
        (
            {"mode": "time_group", "unseen": 0.9},
            kind(190, test_unseen=10),
            "logs: the requested splits train, validation and test have no rows.",
            "A share of 0.9 of the values",
        ),
        (
            {"mode": "time", "embargo_seconds": 1},
            kind(100),
            "logs: the requested splits train, validation and test have no rows.",
            "Rows less than 1 second after",
        ),
        # Dates ask for splits and for no shares.
        ({"mode": "time", "dates": {"test": "2026-01-01"}}, kind(train=1, test=99), None, None),
        (
            {"mode": "time", "dates": {"test": "2026-01-01"}},
            kind(train=9),
            "logs: the requested split test has no rows.",
            "The dates of the cuts were given",
        ),
        (
            {"mode": "random", "ratios": {"train": 0.5, "test": 0.5}},
            kind(train=9, test=1),
            "logs: train has 90.0% of the rows, 50.0% was requested; test has 10.0% of the rows, "
            "50.0% was requested.",
            "Each row is assigned at random",
        ),
        # Held-out rows are no part of the shares.
        (
            {"mode": "time_group", "ratios": {"train": 0.5, "test": 0.5}},
            kind(train=50, test=50, test_unseen=900),
            None,
            None,
        ),
    ],
)
def test_splits_that_are_not_as_asked_for_are_named(
    split: dict[str, Any], section: KindTotals, told: str | None, why: str | None
) -> None:
    notes = split_notes(config(**split), {"logs": section})
    if told is None or why is None:
        assert notes == []
        return
    note, reasons = notes
    assert note == told
    assert why in reasons


def test_each_kind_has_its_note_and_the_reasons_come_once() -> None:
    section = kind(train=9)
    notes = split_notes(
        {**config(mode="time"), "sample": {"rows": 9}}, {"ips": section, "anomalies": section}
    )
    assert [note.split(":")[0] for note in notes[:2]] == ["ips", "anomalies"]
    assert len(notes) == 3
    assert "The cuts follow the times of ips" in notes[2]
    assert notes[2].endswith("The sample was drawn from all splits together.")


@pytest.mark.parametrize(
    ("split", "has_unseen", "told"),
    [
        ({"mode": "none"}, False, []),
        (
            {"mode": "random", "seed": 5},
            False,
            ["at random with the seed 5, for the shares train 0.8, validation 0.1, test 0.1."],
        ),
        (
            {"mode": "group", "by": "host_name", "ratios": {"test": 0.25, "train": 0.75}},
            False,
            [
                "by host_name, all rows of one value together, with the seed 0, for the shares train 0.75, "
                "test 0.25."
            ],
        ),
        (
            {"mode": "time", "embargo_seconds": 0.5},
            False,
            [
                "validation begins at 1970-01-02T00:00:00.000000Z; test would begin after the last row.",
                "The cuts were chosen so that logs give the shares train 0.8",
                "Rows less than 0.5 seconds after a cut are in no split.",
            ],
        ),
        (
            {"mode": "time", "dates": {"test": "2026-01-01"}},
            False,
            ["by time", "dates of the cuts were given"],
        ),
        ({"mode": "time_group", "seed": 7}, False, ["by time", "the shares"]),
        (
            {"mode": "time_group", "seed": 7},
            True,
            ["by time", "the shares", "with the seed 7, was held out"],
        ),
    ],
)
def test_it_says_how_rows_were_divided(split: dict[str, Any], has_unseen: bool, told: list[str]) -> None:
    cuts = [("validation", DAY), ("test", NEVER)] if split["mode"] == "time" else []
    steps = split_steps(config(**split), cuts, ["ips", "logs"], has_unseen=has_unseen)
    assert len(steps) == len(told)
    for step, part in zip(steps, told, strict=True):
        assert part in step
