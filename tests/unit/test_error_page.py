"""Every error code has a section with cause and cure, and no section is about a code that doesn't exist."""

import re
from pathlib import Path

import pytest

from lumber.api.problems import STATUS_BY_CODE

_PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text()
_SECTIONS = dict(re.findall(r"^### (\w+)\n\n(.+?)(?=^#|\Z)", _PAGE, re.MULTILINE | re.DOTALL))


def test_the_page_has_each_code_once() -> None:
    named = re.findall(r"^### (\w+)$", _PAGE, re.MULTILINE)
    assert sorted(named) == sorted(STATUS_BY_CODE)


@pytest.mark.parametrize("code", STATUS_BY_CODE)
def test_a_section_says_why_and_what_to_do(code: str) -> None:
    assert len(re.findall(r"[.:](?=\s|$)", _SECTIONS[code])) >= 2


def test_codes_in_other_pages_exist() -> None:
    linked = re.findall(r"\(#(\w+)\)", _PAGE)
    assert linked
    assert set(linked) <= set(STATUS_BY_CODE)
