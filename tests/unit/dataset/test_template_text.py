"""What the documents say of custom masks and of the texts that templates keep."""

from typing import Any

import pytest

from lumber.dataset.documents.template_text import template_steps


@pytest.mark.parametrize("config", [{}, {"templates": None}, {"templates": {"custom_masks": {}, "keep": []}}])
def test_templates_with_built_in_masks_need_no_words(config: dict[str, Any]) -> None:
    assert template_steps(config) == []


def test_custom_masks_and_kept_texts_are_named() -> None:
    custom = {"order": r"ORD-[0-9]+", "a": "x|y"}
    assert template_steps({"templates": {"custom_masks": custom, "keep": ["404", "eth0"]}}) == [
        "Templates have slots for further forms of values, by regular expression: "
        "`<:a:>` for `x|y`, `<:order:>` for `ORD-[0-9]+`.",
        "In templates, these texts stay as they are: `404`, `eth0`.",
    ]


def test_texts_that_end_code_or_lines_are_shown_as_code_on_one_line() -> None:
    kept = ["`", "a``b", "a\u2028b"]
    (text,) = template_steps({"templates": {"keep": kept}})
    assert text.endswith(r'stay as they are: `` ` ``, ``` a``b ```, `"a\u2028b"`.')


def test_long_lists_and_patterns_are_cut() -> None:
    custom, kept = {"a": "x" * 500}, [f"k{number}" for number in range(100)]
    masks, texts = template_steps({"templates": {"custom_masks": custom, "keep": kept}})
    assert masks.endswith(f"`<:a:>` for `{'x' * 200}…`.")
    assert texts.endswith("`k19` and 80 more.")
