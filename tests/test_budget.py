"""The plugin that sorts test files by their expected seconds, and asks long ones for a reason."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import budget


@pytest.fixture
def durations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with three test files and a table of what they take."""
    table = tmp_path / "durations.json"
    table.write_text('{"short.py": [1.0, 50.0], "long.py": [9.0, 0.0], "gone.py": [5.0, 0.0]}')
    for name in ("short.py", "long.py", "new.py"):
        (tmp_path / name).touch()
    monkeypatch.setattr(budget, "DURATIONS", table)
    monkeypatch.setattr(budget, "CHECKOUT", tmp_path)
    return table


def item(nodeid: str, *, is_slow: bool = False) -> Any:
    marker = pytest.mark.slow.mark if is_slow else None
    return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda _name: marker)


def order(items: list[Any]) -> list[str]:
    budget.Budget(None).pytest_collection_modifyitems(items)  # type: ignore[arg-type]
    return [each.nodeid for each in items]


@pytest.mark.usefixtures("durations")
def test_files_that_take_longest_come_first_and_unknown_ones_before_them() -> None:
    items = [item("short.py::a"), item("short.py::b"), item("new.py::c"), item("long.py::d")]
    assert order(items) == ["new.py::c", "long.py::d", "short.py::a", "short.py::b"]


@pytest.mark.usefixtures("durations")
def test_slow_tests_count_only_when_they_run() -> None:
    items = [item("long.py::d"), item("short.py::a"), item("short.py::b", is_slow=True)]
    assert order(items) == ["short.py::a", "short.py::b", "long.py::d"]


def test_the_files_of_a_folder_that_belong_together_stay_together(
    durations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    durations.write_text('{"a/one.py": [4.0, 0.0], "long.py": [9.0, 0.0], "a/two.py": [6.0, 0.0]}')
    items = [item("a/one.py::a"), item("long.py::b"), item("a/two.py::c"), item("a/one.py::d")]
    assert order(items) == ["long.py::b", "a/two.py::c", "a/one.py::a", "a/one.py::d"]
    monkeypatch.setattr(budget, "TOGETHER", ("a",))
    assert order(items) == ["a/two.py::c", "a/one.py::a", "a/one.py::d", "long.py::b"]
    assert [budget.part_of(file) for file in ("a/one.py", "a/b/one.py", "long.py")] == [
        *("a", "a/b/one.py", "long.py")
    ]


def test_the_table_keeps_what_did_not_run_and_drops_files_that_are_gone(durations: Path) -> None:
    budget.write_durations({"short.py": [2.04, 0.0], "new.py": [3.0, 4.0]})
    assert budget.read_durations() == {"short.py": [2.0, 50.0], "long.py": [9.0, 0.0], "new.py": [3.0, 4.0]}
    assert durations.read_text().count("\n") == 5


def test_a_reason_is_read_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "test_long.py"
    file.write_text('BUDGET_REASON = (\n    "It waits for "\n    "leases."\n)\n')
    assert budget.reason_of(file) == "It waits for leases."
    file.write_text("import os\n")
    assert budget.reason_of(file) is None


def test_every_file_above_the_limit_gives_its_reason() -> None:
    long = [file for file, (seconds, _) in budget.read_durations().items() if seconds > budget.LIMIT_SECONDS]
    assert [file for file in long if budget.reason_of(budget.CHECKOUT / file) is None] == []
