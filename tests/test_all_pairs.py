"""The choice of combinations has every pair of values, and is small."""

import pytest

from tests.all_pairs import all_pairs, all_pairs_first, every_combination, pairs_of

LETTERS, DIGITS, SIGNS = "abcd", range(3), ("+", "-")


@pytest.mark.parametrize(
    ("axes", "is_allowed"),
    [
        ([LETTERS, DIGITS, SIGNS], lambda *_: True),
        ([LETTERS, DIGITS, SIGNS, SIGNS, DIGITS], lambda *_: True),
        ([LETTERS, DIGITS, SIGNS], lambda letter, digit, _: (letter, digit) not in {("a", 1), ("d", 2)}),
    ],
)
def test_every_pair_that_is_possible_occurs(axes, is_allowed) -> None:
    every, chosen = every_combination(axes, is_allowed), all_pairs(axes, is_allowed)
    assert set(chosen) <= set(every)
    assert set().union(*map(pairs_of, chosen)) == set().union(*map(pairs_of, every))


def test_few_are_chosen_and_always_the_same() -> None:
    axes = [LETTERS, DIGITS, SIGNS, SIGNS]
    chosen = all_pairs(axes)
    assert chosen == all_pairs(axes)
    assert len(LETTERS) * len(DIGITS) <= len(chosen) <= 1.25 * len(LETTERS) * len(DIGITS)


def test_all_others_are_slow() -> None:
    cases = all_pairs_first(LETTERS, DIGITS, SIGNS)
    assert [case.values for case in cases] == every_combination([LETTERS, DIGITS, SIGNS])
    quick = {case.values for case in cases if not case.marks}
    assert quick == set(all_pairs([LETTERS, DIGITS, SIGNS]))
