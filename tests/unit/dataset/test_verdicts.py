"""Verdicts on manifests: both sides of each threshold, what each says, and the fix that it offers."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.manifest import Manifest
from lumber.dataset.verdicts.judging import judge
from lumber.dataset.verdicts.thresholds import THRESHOLDS, TITLES, Threshold, VerdictLevel, VerdictTopic
from lumber.dataset.verdicts.verdict import Verdict, percent, unknown
from lumber.exports.parsing import parse_config

DOCS = Path(__file__).resolve().parents[3] / "docs" / "datasets.md"
HASH = "ab" * 32
TIME = {
    "mode": "time",
    "ratios": {"train": 0.8, "validation": 0.1, "test": 0.1},
    "by": "device_id",
    "seed": 3,
}


def kind(rows: int = 1000, /, **fields: Any) -> dict[str, Any]:
    return {
        "read": rows,
        "written": rows,
        "rejected": 0,
        "deduplicated": 0,
        "balanced": True,
        "planned": rows,
        "rejects_by_rule": {},
        "schema_hash": HASH,
        "schema": [{"name": "id", "type": "int64", "nullable": False}],
        **fields,
    }


def verdict(
    topic: VerdictTopic, kinds: Mapping[str, Any], config: Mapping[str, Any] | None = None, **fields: Any
) -> Verdict:
    values = {
        "manifest_version": 1,
        "config": {"data_types": list(kinds), **(config or {})},
        "config_hash": HASH,
        "kinds": dict(kinds),
        "plan": {"kinds": {}},
        "files": [],
        **fields,
    }
    found = judge(Manifest.model_validate(values, by_alias=True, by_name=False))
    assert [each.topic for each in found] == list(VerdictTopic)
    [one] = [each for each in found if each.topic is topic]
    if one.fix is not None and one.fix.changes is not None:
        parse_config({**values["config"], **one.fix.changes})  # the form and the service take it
    return one


def splits(**rows: int) -> dict[str, Any]:
    return {name: {"rows": count, "first": None, "last": None} for name, count in rows.items()}


def pair(
    b: str = "test", rows: int = 100, *, is_overlapping: bool = False, **shares: float
) -> dict[str, Any]:
    columns = {"exact": "message", "groups": "device_id"}
    measures = {
        name: {"columns": [columns[name]], "values": 1, "rows": round(share * rows), "share": share}
        for name, share in shares.items()
    }
    time = {"columns": ["timestamp"], "overlap": is_overlapping, "gap_seconds": 0.0}
    return {"a": "train", "b": b, "rows_a": 900, "rows_b": rows, **measures, "time": time}


def leakage(mode: str, *pairs: dict[str, Any], **split: Any) -> Verdict:
    return verdict(
        VerdictTopic.LEAKAGE, {"logs": kind(leakage=list(pairs))}, {"split": {**TIME, "mode": mode, **split}}
    )


def labels(**counts: tuple[int, int]) -> Verdict:
    """Judge splits with so many rows of label 1 and of label 0."""
    found = {name: {"1": one, "0": zero, "null": 0} for name, (one, zero) in counts.items()}
    config = {"split": TIME, "labels": {"assume_normal": False}}
    return verdict(VerdictTopic.CLASSES, {"logs": kind(labels=found)}, config)


def private(residues: int = 0, k: int = 50) -> Verdict:
    scan = {"files": 1, "rows": 1000, "residues": residues, "judges_addresses": True}
    smallest = {"columns": ["host_name"], "k": k, "groups": 3, "unique_rows": 0}
    proof = {"replaced": {}, "residue_scan": scan, "k_anonymity": [smallest]}
    return verdict(VerdictTopic.PRIVACY, {"logs": kind(privacy=proof)}, {"privacy": {"addresses": "token"}})


@pytest.mark.parametrize(
    ("read", "counts", "level"),
    [
        (1000, {"written": 900, "rejected": 60, "deduplicated": 30, "sampled_out": 10}, VerdictLevel.GREEN),
        (1000, {"written": 900, "rejected": 60, "deduplicated": 30, "sampled_out": 9}, VerdictLevel.RED),
        (1000, {"written": 1001}, VerdictLevel.RED),
        (1, {"written": 1}, VerdictLevel.GREEN),
        (0, {"written": 0}, VerdictLevel.AMBER),
    ],
)
def test_rows_balance(read: int, counts: dict[str, int], level: VerdictLevel) -> None:
    found = verdict(VerdictTopic.BALANCE, {"logs": kind(**{"read": read, **counts})})
    assert found.level == level
    assert (found.fix is None) == (level == VerdictLevel.GREEN)


def test_a_manifest_that_says_that_it_does_not_balance_is_red() -> None:
    assert verdict(VerdictTopic.BALANCE, {"logs": kind(balanced=False)}).level == VerdictLevel.RED


def test_an_empty_export_with_limits_is_offered_without_them() -> None:
    config = {"start_date": "2026-01-01", "processes": ["sshd"]}
    found = verdict(VerdictTopic.BALANCE, {"logs": kind(0)}, config)
    assert found.text == "0 rows read, and none written."
    assert found.fix is not None
    assert found.fix.changes == {"start_date": None, "processes": []}


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ({"train": 8000, "validation": 1000, "test": 1000}, VerdictLevel.GREEN),
        ({"train": 800, "validation": 100, "test": 100}, VerdictLevel.GREEN),
        ({"train": 801, "validation": 100, "test": 99}, VerdictLevel.AMBER),
        ({"train": 8, "validation": 1, "test": 1}, VerdictLevel.AMBER),
        ({"train": 900, "validation": 100}, VerdictLevel.RED),
        ({"train": 900, "validation": 100, "test": 0}, VerdictLevel.RED),
        # 5 and 20 points off.
        ({"train": 8500, "validation": 500, "test": 1000}, VerdictLevel.GREEN),
        ({"train": 8501, "validation": 499, "test": 1000}, VerdictLevel.AMBER),
        ({"train": 6000, "validation": 3000, "test": 1000}, VerdictLevel.AMBER),
        ({"train": 5999, "validation": 3001, "test": 1000}, VerdictLevel.RED),
    ],
)
def test_splits(rows: dict[str, int], level: VerdictLevel) -> None:
    kinds = {"logs": kind(sum(rows.values()), splits=splits(**rows)), "ips": kind(3)}
    assert verdict(VerdictTopic.SPLITS, kinds, {"split": TIME}).level == level


def test_what_splits_say_and_offer() -> None:
    uneven = {"logs": kind(900, splits=splits(train=700, validation=200))}
    by_group = verdict(VerdictTopic.SPLITS, uneven, {"split": {**TIME, "mode": "group"}})
    assert by_group.text == "logs: test has no rows."
    assert by_group.fix is not None
    assert by_group.fix.changes == {"split": {"mode": "time", "ratios": TIME["ratios"], "seed": 3}}
    sampled = verdict(VerdictTopic.SPLITS, uneven, {"split": TIME, "sample": {"rows": 900}})
    assert sampled.fix is not None
    assert sampled.fix.changes == {"sample": None}
    dated = {"mode": "time", "dates": {"test": "2026-01-20T00:00:00Z"}}
    even = {"logs": kind(1000, splits=splits(train=200, test=800))}
    assert verdict(VerdictTopic.SPLITS, even, {"split": dated}).text == "logs: train 20%, test 80%."


@pytest.mark.parametrize(
    ("share", "level"),
    [
        (0.0, VerdictLevel.GREEN),
        (0.5, VerdictLevel.GREEN),
        (0.51, VerdictLevel.AMBER),
        (1.0, VerdictLevel.AMBER),
    ],
)
def test_groups_that_nothing_keeps_apart(share: float, level: VerdictLevel) -> None:
    assert leakage("time", pair(groups=share)).level == level
    assert leakage("time", pair(rows=29, groups=share)).level == VerdictLevel.GREEN
    assert leakage("time_group", pair(groups=share)).level == VerdictLevel.GREEN


def test_every_device_of_test_in_train_offers_a_split_by_device() -> None:
    found = leakage("time", pair(groups=1.0), dates={}, embargo_seconds=60)
    assert found.text == "logs: every device_id of test is also in train."
    assert found.fix is not None
    assert found.fix.text == "Split by device_id instead"
    assert found.fix.changes == {
        "split": {"mode": "group", "ratios": TIME["ratios"], "seed": 3, "by": "device_id"}
    }


@pytest.mark.parametrize(("share", "level"), [(0.0, VerdictLevel.GREEN), (0.01, VerdictLevel.RED)])
def test_groups_that_the_split_keeps_apart(share: float, level: VerdictLevel) -> None:
    assert leakage("group", pair(rows=5, groups=share, is_overlapping=True)).level == level
    assert leakage("time_group", pair("test_unseen", groups=share)).level == level


@pytest.mark.parametrize(
    ("mode", "level"),
    [("time", VerdictLevel.RED), ("time_group", VerdictLevel.RED), ("random", VerdictLevel.AMBER)],
)
def test_times_that_overlap(mode: str, level: VerdictLevel) -> None:
    assert leakage(mode, pair()).level == VerdictLevel.GREEN
    assert leakage(mode, pair(is_overlapping=True)).level == level
    assert leakage("group", pair(is_overlapping=True)).level == VerdictLevel.GREEN


@pytest.mark.parametrize(
    ("share", "level"),
    [
        (0.2, VerdictLevel.GREEN),
        (0.201, VerdictLevel.AMBER),
        (0.8, VerdictLevel.AMBER),
        (0.801, VerdictLevel.RED),
        (1.0, VerdictLevel.RED),
    ],
)
def test_content_that_is_also_in_train(share: float, level: VerdictLevel) -> None:
    assert leakage("time", pair(rows=30, exact=share)).level == level
    assert leakage("time", pair(rows=29, exact=share)).level == VerdictLevel.GREEN


def test_a_certificate_that_is_missing_is_grey() -> None:
    several = {"logs": kind(splits=splits(train=900, test=100))}
    assert verdict(VerdictTopic.LEAKAGE, several, {"split": TIME}).level == VerdictLevel.GREY
    assert leakage("time").text == "All rows are in one split, so there is nothing to compare."


@pytest.mark.parametrize(
    ("counts", "level"),
    [
        ({"train": (10, 990), "test": (10, 0)}, VerdictLevel.GREEN),
        ({"train": (10, 990), "test": (9, 0)}, VerdictLevel.AMBER),
        ({"train": (10, 990), "test": (1, 99)}, VerdictLevel.AMBER),
        ({"train": (10, 990), "test": (0, 100)}, VerdictLevel.RED),
        ({"train": (10, 990), "test": (10, 0), "test_unseen": (0, 10)}, VerdictLevel.GREEN),
        ({"train": (10, 10)}, VerdictLevel.GREEN),
        ({"train": (10, 9)}, VerdictLevel.AMBER),
        ({"train": (10, 991)}, VerdictLevel.AMBER),
        ({"train": (0, 0)}, VerdictLevel.RED),
    ],
)
def test_class_balance(counts: dict[str, tuple[int, int]], level: VerdictLevel) -> None:
    assert labels(**counts).level == level


def test_what_class_balance_says_and_offers() -> None:
    none = labels(train=(20, 100), validation=(0, 9), test=(0, 9))
    assert none.text == "logs: validation and test have no row with label 1."
    assert none.fix is not None
    assert none.fix.changes is not None
    assert none.fix.changes["split"]["stratify"] == "label"
    assert labels(train=(0, 50), test=(0, 50)).text == "logs: no row has label 1."
    normal = labels(train=(20, 0), test=(20, 0))
    assert normal.text == "logs: train has no row with label 0."
    assert normal.fix is not None
    assert normal.fix.changes == {"labels": {"assume_normal": True}}


@pytest.mark.parametrize(
    ("residues", "k", "level"),
    [
        (0, 5, VerdictLevel.GREEN),
        (0, 4, VerdictLevel.AMBER),
        (0, 2, VerdictLevel.AMBER),
        (0, 1, VerdictLevel.RED),
        (1, 5, VerdictLevel.RED),
    ],
)
def test_privacy(residues: int, k: int, level: VerdictLevel) -> None:
    assert private(residues, k).level == level


@pytest.mark.parametrize(
    ("rejected", "level"),
    [
        (0, VerdictLevel.GREEN),
        (10, VerdictLevel.GREEN),
        (11, VerdictLevel.AMBER),
        (50, VerdictLevel.AMBER),
        (51, VerdictLevel.RED),
    ],
)
def test_rejects(rejected: int, level: VerdictLevel) -> None:
    rules = {"message.required": rejected} if rejected else {}
    section = kind(1000, written=1000 - rejected, rejected=rejected, rejects_by_rule=rules)
    found = verdict(VerdictTopic.REJECTS, {"logs": section, "ips": kind(0)}, {"validation_level": "strict"})
    assert found.level == level
    assert ("most often message.required" in found.text) == (rejected > 0)
    changes = found.fix.changes if found.fix else None
    assert changes == (None if level == VerdictLevel.GREEN else {"validation_level": "basic"})


@pytest.mark.parametrize(
    ("guarantee", "level"),
    [
        (None, VerdictLevel.GREEN),
        ("append_only", VerdictLevel.GREEN),
        ("snapshot", VerdictLevel.GREEN),
        ("best_effort", VerdictLevel.AMBER),
    ],
)
def test_reproducible(guarantee: str | None, level: VerdictLevel) -> None:
    plan = {"kinds": {}, "source": {"guarantee": guarantee}} if guarantee else {"kinds": {}}
    found = verdict(VerdictTopic.REPRODUCIBLE, {"logs": kind()}, plan=plan, reproducibility_hash=HASH)
    assert found.level == level
    assert (HASH[:12] in found.text) == (level == VerdictLevel.GREEN)


def test_what_was_not_asked_for_is_grey_and_offered() -> None:
    for topic, field in (
        (VerdictTopic.SPLITS, "split"),
        (VerdictTopic.CLASSES, "labels"),
        (VerdictTopic.PRIVACY, "privacy"),
    ):
        found = verdict(topic, {"logs": kind()})
        assert found.level == VerdictLevel.GREY
        assert found.fix is not None
        assert list(found.fix.changes or {}) == [field]
    assert verdict(VerdictTopic.LEAKAGE, {"logs": kind()}).level == VerdictLevel.GREY


def test_a_manifest_of_an_earlier_version_is_grey_where_it_lacks_something() -> None:
    config = {"split": TIME, "labels": {}, "privacy": {"addresses": "token"}}
    for topic in (
        VerdictTopic.SPLITS,
        VerdictTopic.LEAKAGE,
        VerdictTopic.CLASSES,
        VerdictTopic.PRIVACY,
        VerdictTopic.REPRODUCIBLE,
    ):
        found = verdict(topic, {"logs": kind()}, config)
        assert (found.level, found.fix) == (VerdictLevel.GREY, None), topic


def test_a_split_that_does_not_state_its_shares_is_judged_by_its_rows() -> None:
    kinds = {"logs": kind(1000, splits=splits(train=900, test=100))}
    assert (
        verdict(VerdictTopic.SPLITS, kinds, {"split": {"mode": "time"}}).text == "logs: train 90%, test 10%."
    )
    assert verdict(VerdictTopic.SPLITS, kinds, {"split": "time"}).level == VerdictLevel.GREEN


def test_a_manifest_without_data_types_is_grey() -> None:
    assert {verdict(topic, {}).level for topic in VerdictTopic} == {VerdictLevel.GREY}


def test_what_cannot_be_read_is_grey_on_every_topic() -> None:
    assert [(each.level, each.text) for each in unknown("No.")] == [(VerdictLevel.GREY, "No.")] * len(
        VerdictTopic
    )


def test_levels_and_limits_of_a_threshold() -> None:
    high = Threshold(VerdictTopic.REJECTS, "x", amber=0.01, red=0.05, is_share=True)
    assert (high.limit_text(high.amber), high.limit_text(high.red)) == ("above 1%", "above 5%")
    low = Threshold(VerdictTopic.SPLITS, "x", amber=1000, is_low_bad=True)
    assert (low.limit_text(low.amber), low.limit_text(low.red)) == ("below 1,000", "never")
    assert (low.level(1000), low.level(999)) == (VerdictLevel.GREEN, VerdictLevel.AMBER)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.0001, "<0.1%"), (0.015, "1.5%"), (0.25, "25%"), (0.9999, ">99.9%"), (1.0, "100%")],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_the_documentation_has_all_thresholds_in_order() -> None:
    table = re.search(r"^\| verdict \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", DOCS.read_text(), re.MULTILINE)
    assert table is not None
    found = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in table[1].splitlines()]
    assert found == [
        (TITLES[each.topic], each.meaning, each.limit_text(each.amber), each.limit_text(each.red))
        for each in THRESHOLDS
    ]
