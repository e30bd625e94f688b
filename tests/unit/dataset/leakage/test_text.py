"""What the dataset card says of splits that share something, and of those that do not."""

from typing import Any

from lumber.dataset.leakage.text import leakage_section
from lumber.dataset.manifest import PairSection

NOTHING: dict[str, Any] = {
    "a": "train",
    "b": "test",
    "rows_a": 900_000,
    "rows_b": 100_000,
    **{
        measure: {"columns": ["message"], "values": 0, "rows": 0, "share": 0.0}
        for measure in ("exact", "near")
    },
    "template": None,
    "groups": {"columns": ["device_id"], "values": 0, "rows": 0, "share": 0.0},
    "time": {"columns": ["timestamp"], "overlap": False, "gap_seconds": 5_400.0},
}


def measure(column: str, rows: int) -> dict[str, Any]:
    return {"columns": [column], "values": 1, "rows": rows, "share": round(rows / 100_000, 6)}


def section(**changed: Any) -> list[str]:
    return leakage_section({"logs": [PairSection.model_validate({**NOTHING, **changed})]})


def test_nothing_is_said_of_one_split() -> None:
    assert leakage_section({"logs": []}) == []


def test_a_clean_split_is_said_to_be_clean() -> None:
    text = "\n".join(section())
    assert "| logs | test | train | 0.0% | 0.0% | - | 0.0% | 1.5 h |" in text
    assert "nothing of train is found in another split" in text


def test_what_leaks_is_said_in_a_sentence() -> None:
    leaking = section(
        exact=measure("message", 3),
        near=measure("message", 99_999),
        groups=measure("device_id", 100_000),
        time={"columns": ["timestamp"], "overlap": True, "gap_seconds": 0.0},
    )
    text = "\n".join(leaking)
    assert "| logs | test | train | <0.1% | >99.9% | - | 100.0% | they overlap |" in text
    assert (
        "- logs, test: <0.1% of the rows have the message of a row of train; >99.9% when numbers and "
        "addresses are ignored; 100.0% have a device_id of train; their times overlap with those "
        "of train." in text
    )
    assert "nothing of train" not in text


def test_near_copies_alone_are_named_as_such() -> None:
    text = "\n".join(section(near=measure("message", 25_000)))
    assert "- logs, test: 25.0% of the rows have the content of a row of train when numbers" in text


def test_what_validation_and_test_share_is_in_the_table_only() -> None:
    text = "\n".join(section(a="validation", groups=measure("device_id", 100_000)))
    assert "| logs | test | validation |" in text
    assert "nothing of train is found" in text
