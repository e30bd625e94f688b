"""The README and docs/promises.md name tests for every promise, and each of them runs in `make test`."""

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PAGE = (CHECKOUT / "docs" / "promises.md").read_text()
README = (CHECKOUT / "README.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", README + PAGE)))
SLOW = "pytest.mark.slow"


def is_slow(node: ast.AST) -> bool:
    """Say whether a decorator, or a module's `pytestmark`, leaves all of its tests out of `make test`."""
    return SLOW in ast.unparse(node) and "parametrize" not in ast.unparse(node)


def quick_tests(file: Path) -> set[str]:
    """Return the tests of a file of which at least some cases run in `make test`."""
    body = ast.parse(file.read_text()).body
    marks = [
        node.value for node in body if isinstance(node, ast.Assign) and "pytestmark" in ast.unparse(node)
    ]
    if any(map(is_slow, marks)):
        return set()
    return {
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not any(map(is_slow, node.decorator_list))
    }


@pytest.mark.parametrize(("file", "test"), TESTS)
def test_a_named_test_exists_and_runs_in_make_test(file: str, test: str) -> None:
    assert test in quick_tests(CHECKOUT / file)


def test_every_promise_of_the_readme_has_its_row() -> None:
    sections = re.split(r"^## ", README, flags=re.MULTILINE)
    promises = [
        promise.rstrip(".")
        for section in sections
        if section.startswith(("What Lumber promises", "What makes it different"))
        for promise in re.findall(r"^- \*\*(.+?)\*\*", section, re.MULTILINE)
    ]
    assert len(promises) >= 10
    rows = re.findall(r"^\| (.+?) \| `tests/", PAGE, re.MULTILINE)
    assert [promise for promise in promises if promise not in rows] == []


def test_every_row_names_a_test() -> None:
    rows = [
        line for line in PAGE.splitlines() if line.startswith("| ") and "tests in `make test`" not in line
    ]
    assert len(rows) > 20
    assert [row for row in rows if not re.search(r"::\w+`", row)] == []


def test_the_readme_names_a_test_with_each_promise() -> None:
    section = README[README.index("## What Lumber promises") : README.index("## What makes it different")]
    promises = section.split("\n- **")[1:]
    assert len(promises) >= 5
    assert [promise for promise in promises if not re.search(r"\(`tests/[\w/]+\.py::\w+`\)", promise)] == []
