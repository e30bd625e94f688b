"""Card numbers: an issuer's prefix, its length and a valid check digit (Luhn).

Not found: a number behind a name that isn't one of a card (`id4111..`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lumber.privacy.found import SECRET, Found

# Groups of digits between spaces or dashes. A card number is one group or several adjacent ones.
_DIGIT_GROUPS = re.compile(r"[0-9]++(?:(?:[ \u00a0\u202f]{1,2}|-)[0-9]++)*+")
_DIGIT_GROUP = re.compile(r"([^0-9]*+)([0-9]++)")
_CARD_DIGITS = range(13, 20)
# Far cheaper than a look at every group.
QUICK = r"[0-9](?:[ \u00a0\u202f-]{0,2}[0-9]){12}"
_MAYBE_CARD = re.compile(QUICK)
_GROUP_DIGITS = range(3, 8)
# How issuers print their numbers. Other groups count as a card number only if no digits precede them: in a
# list of numbers, some adjacent ones always have a valid check digit.
_CARD_LAYOUTS = frozenset(((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 3, 3, 3)))
# An identifier such as `blk_4111111111111111` is not a card number; a number after one of these words is.
_NO_CARD_BEFORE = re.compile(r"[0-9A-Za-z][-_]{0,2}\Z|\.\Z")
_CARD_WORD = re.compile(
    r"(?:card|cards|ccn?|pan|visa|amex|master|maestro|discover|diners|jcb|debit|credit|pay|payment"
    r"|num|number)[-_]{0,2}\Z",
    re.IGNORECASE,
)
# 19 digits in groups of three and more, two spaces between them.
_LONGEST_CARD = 31
# The longest of these words, and two dashes.
_WORD_BEFORE = 10
_NO_CARD_AFTER = re.compile(r"[0-9A-Za-z]|-[0-9]|\.(?![0-9]{2}(?![0-9A-Za-z.]))[0-9]")
_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"6011|64[4-9]|65"), (16, 17, 18, 19)),
    (re.compile(r"30[0-5]|3[689]"), (14,)),
    (re.compile(r"352[89]|35[3-8]"), (16, 17, 18, 19)),
    (re.compile(r"62"), (16, 17, 18, 19)),
    (re.compile(r"5018|5020|5038|5893|6304|6759|676[1-3]"), (13, 14, 15, 16, 17, 18, 19)),
)


def find_cards(text: str, start: int, end: int) -> Iterator[Found]:
    """Find card numbers, in one piece or in groups between spaces or dashes, also next to other numbers."""
    if not _MAYBE_CARD.search(text, start, end):
        return
    for match in _DIGIT_GROUPS.finditer(text, start, end):
        if match.end() - match.start() >= _CARD_DIGITS[0]:
            for first, last in _cards(text, *match.span(), is_card):
                yield Found(first, last, SECRET + "card", "")


def may_have_grouped_card(text: str) -> bool:
    """Return whether a text with other digits at the same places may have a card number in several groups."""
    if not _MAYBE_CARD.search(text):
        return False
    return any(
        next(_cards(text, *match.span(), _is_grouped), None) is not None
        for match in _DIGIT_GROUPS.finditer(text)
        if match.end() - match.start() >= _CARD_DIGITS[0]
    )


def _is_grouped(text: str) -> bool:
    return not text.isdigit()


def _cards(text: str, start: int, end: int, judge: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Return the positions of card numbers in adjacent groups of digits. `judge` is asked about each."""
    groups = [match.span(2) for match in _DIGIT_GROUP.finditer(text, start, end)]
    sizes_of = [last - first for first, last in groups]
    before = text[max(0, start - _WORD_BEFORE) : start]
    has_begun = _NO_CARD_BEFORE.search(before) is not None and _CARD_WORD.search(before) is None
    is_cut_off = _NO_CARD_AFTER.match(text, end) is not None
    number = 1 if has_begun else 0
    while number < len(groups):
        first, stop = groups[number][0], 0
        for last in range(number, len(groups)):
            if groups[last][1] - first > _LONGEST_CARD:
                break
            if last == len(groups) - 1 and is_cut_off:
                break
            # Of several groups, each has some digits only.
            if last > number and not (sizes_of[number] in _GROUP_DIGITS and sizes_of[last] in _GROUP_DIGITS):
                break
            sizes = tuple(sizes_of[number : last + 1])
            is_usual = number == 0 or len(sizes) == 1 or sizes in _CARD_LAYOUTS
            if is_usual and sum(sizes) in _CARD_DIGITS and judge(text[first : groups[last][1]]):
                stop = last + 1
        if stop:
            yield first, groups[stop - 1][1]
        number = stop or number + 1


def is_card(text: str) -> bool:
    """Return whether digits, with or without spaces and dashes, are a card number."""
    groups = re.split("[^0-9]+", text)
    if len(groups) > 1 and (
        ("-" in text and not text.replace("-", "").isdigit())
        or not all(len(group) in _GROUP_DIGITS for group in groups)
    ):
        return False
    digits = "".join(groups)
    if not any(prefix.match(digits) and len(digits) in lengths for prefix, lengths in _ISSUERS):
        return False
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(n // 10 + n % 10 for n in doubled)) % 10 == 0
