"""Find the declared identifiers by type. Only texts that match the pattern of `maybe` are searched."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache

from lumber.privacy.found import COORDINATES, IBAN, NATIONAL_ID, PHONE, URL_IDS, Detector, Found, has_any
from lumber.privacy.ids import coordinates, ibans, national_ids, phones, url_ids
from lumber.privacy.ids.entry import Entry, any_digits, bare
from lumber.privacy.sieve import any_case

TYPES = (IBAN, COORDINATES, PHONE, NATIONAL_ID, URL_IDS)
_MAYBE = {
    IBAN: ibans.MAYBE,
    PHONE: phones.MAYBE,
    NATIONAL_ID: national_ids.MAYBE,
    COORDINATES: coordinates.MAYBE,
    URL_IDS: url_ids.MAYBE,
}
# Of each type, for a sieve: a text has this where one is found, or where the digits in it may decide.
ANY = {
    IBAN: ibans.ANY,
    PHONE: (rf"{any_case(phones.MARKS)}|\+\(?[0-9][0-9() \u00a0./+-]{{5,}}|{any_digits(phones.USUAL_SHAPE)}"),
    NATIONAL_ID: rf"{any_case(national_ids.MARKS)}|(?i:{any_digits(national_ids.SHAPES)})",
    COORDINATES: coordinates.ANY,
    URL_IDS: "[?&]",
}
# How far words stand before and after what they tell.
_BEFORE, _AFTER = 40, 16
_DIGIT = re.compile("[0-9]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_REPLACED = re.compile(
    r"(?:[a-z]{2,11}_)?[a-z]{2,11}_[0-9a-f]{16}|<[^>]*>?|\[(?:address|removed|secret:[a-z0-9_]++)\]?"
)
# Between a word and a telephone number.
_GAP = (
    r"[^a-z0-9]{0,8}(?:(?:numbers?|no|nr|num|is|was|to|of|from|home|work|private|office|type|cell|voice|e164)"
    r"[^a-z0-9]{1,4}){0,2}\Z"
)
_LONGEST_NAME = 64
_WORDS = "|".join(dict.fromkeys([phones.WORDS, *(entry.words for entry in national_ids.ENTRIES)]))
_TOLD_FIELD = re.compile(
    rf"(?<![a-z])(?:{_WORDS})(?![a-z])"
    r"|(?:latitude|longitude|coordinates?|coords|location|position|geo(?:point|loc)?|ll|latlng)\Z"
)
# Names of parts, of which the parent's name says what they are.
_PARTS = ("number", "value", "raw", "e164", "national", "international", "local", "home", "work")


def _reads_iban(text: str) -> bool:
    return ibans.QUICK.search(text) is not None and _ANY_IBAN.search(text) is not None


def _reads_phone(text: str) -> bool:
    if _ANY_INTERNATIONAL.search(text) is not None:
        return True
    if any(_is_told(text, match.start(), phones.USUAL.words, "") for match in _ANY_USUAL.finditer(text)):
        return True
    for match in _ANY_LOCAL.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if has_any(before.lower(), phones.MARKS) and _is_told(text, match.start(), phones.WORDS, _GAP):
            return True
    return False


def _reads_national_id(text: str) -> bool:
    lower = text.lower()
    if has_any(lower, national_ids.MARKS) and national_ids.WORD.search(_snake(text)) is not None:
        return True
    return national_ids.QUICK.search(text) is not None and _ANY_NATIONAL.search(text) is not None


def _reads_coordinates(text: str) -> bool:
    is_quick = has_any(text.lower(), coordinates.MARKS) or coordinates.QUICK.search(text) is not None
    return is_quick and _ANY_COORDINATES.search(text) is not None


# What a text has if the digits in it may decide. Those of ids in web addresses don't.
_ANY_IBAN = re.compile(any_digits(ibans.MAYBE))
_ANY_INTERNATIONAL = re.compile(r"\+\(?[0-9][0-9() \u00a0./+-]{6,}")
# Where one begins: at each place, because another number may begin before it.
_ANY_USUAL = re.compile(rf"(?<![\w+./-])(?={any_digits(phones.USUAL_SHAPE)})")
_ANY_LOCAL = re.compile(r"[0-9(][0-9() \u00a0/-]{5,}[0-9]|[0-9]{3}\.[0-9]{3}\.[0-9]{4}")
_ANY_NATIONAL = re.compile(any_digits(national_ids.SHAPE.pattern), re.IGNORECASE)
_ANY_COORDINATES = re.compile(any_digits(coordinates.MAYBE_WHOLE))
# By type: whether the digits in a text, whatever they are, may decide whether it contains one.
READS_DIGITS: dict[str, Callable[[str], bool]] = {
    IBAN: _reads_iban,
    PHONE: _reads_phone,
    NATIONAL_ID: _reads_national_id,
    COORDINATES: _reads_coordinates,
}


def maybe(types: Collection[str]) -> str:
    """Return a pattern in the syntax of Polars that every text with one of these types matches."""
    return "|".join(_MAYBE[type_] for type_ in TYPES if type_ in types)


def detectors(types: Collection[str]) -> list[Detector]:
    """Return the detectors of these types, in the order in which they search a text."""
    return [DETECTORS[type_] for type_ in TYPES if type_ in types]


@lru_cache(maxsize=4_096)
def is_told_field(name: str) -> bool:
    """Return whether a field's name tells what its value is."""
    return len(name) <= _LONGEST_NAME and _TOLD_FIELD.search(_snake(name)) is not None


def field_below(parent: str, key: str, siblings: Collection[str]) -> str:
    """Return the name that tells what a field of JSON is: `latitude` for `lat` beside `lon`."""
    if key.lower() in _PARTS and is_told_field(parent):
        return parent
    place = coordinates.field_of_place(key)
    if place and any(coordinates.field_of_place(other) not in ("", place) for other in siblings):
        return place
    return key


def field_of_items(field: str) -> str:
    """Return the name that tells what the numbers of a list are, which is in a field of this name."""
    return coordinates.LONGITUDE if coordinates.is_pair_field(field) else field


def find_told(field: str, value: str, types: Iterable[Detector]) -> list[Found]:
    """Find what a value contains, read behind its field's name."""
    before = f"{field}: "
    text, size = f"{before}{value}", len(before)
    found: list[Found] = []
    for detect in types:
        for item in detect(text, 0, len(text)):
            if item.start >= size and not any(
                item.start < each.end and each.start < item.end for each in found
            ):
                found.append(item)
    return sorted(item._replace(start=item.start - size, end=item.end - size) for item in found)


def find_ibans(text: str, start: int, end: int) -> Iterator[Found]:
    """Find IBANs. The value is in upper case without spaces."""
    if ibans.QUICK.search(text, start, end) is None:
        return
    for match in ibans.ENTRY.compiled.finditer(text, start, end):
        last = _end_of(match, ibans.iban_length(match[0]))
        value = bare(text[match.start() : last])
        if ibans.is_iban(value):
            yield Found(match.start(), last, IBAN, value)


def _end_of(match: re.Match[str], length: int) -> int:
    """Return where so many letters and digits end: words may follow the groups of a number."""
    count = 0
    for at in range(*match.span()):
        count += match.string[at].isalnum()
        if count == length:
            is_last = at + 1 == match.end() or not match.string[at + 1].isalnum()
            return at + 1 if is_last else match.start()
    return match.start()


def find_phones(text: str, start: int, end: int) -> Iterator[Found]:
    """Find telephone numbers. The value is a plus and digits for international ones, otherwise digits."""
    found: list[Found] = []
    if text.find("+", start, end) >= 0:
        for match in phones.INTERNATIONAL.compiled.finditer(text, start, end):
            span = _international(match)
            if span is not None:
                found.append(span)
    told = []
    if phones.QUICK.search(text, start, end) is not None:
        around = text[max(0, start - _BEFORE) : end].lower()
        told = [(phones.LOCAL, _GAP)] if has_any(around, phones.MARKS) else []
    if phones.USUAL_QUICK.search(text, start, end) is not None:
        told.append((phones.USUAL, ""))
    for entry, gap in told:
        for match in entry.compiled.finditer(text, start, end):
            if _is_told(text, match.start(), entry.words, gap) and phones.is_local(match[0]):
                digits = bare(match[0])
                is_abroad = digits.startswith("00") and phones.is_international(digits[2:])
                found.append(Found(*match.span(), PHONE, f"+{digits[2:]}" if is_abroad else digits))
    yield from _disjoint(found)


def _international(match: re.Match[str]) -> Found | None:
    """Return the number in a match, without the groups behind it that are no part of it."""
    last = match.end()
    while last > match.start():
        text = match.string[match.start() : last]
        digits = bare(text)
        if phones.is_nobodys(digits) or (phones.is_international(digits) and not _is_decimal(text)):
            return Found(match.start(), last, PHONE, f"+{digits}")
        # The last group may be another number behind a space.
        last = match.start() + max(text.rfind(" "), text.rfind("\u00a0"), 0)
    return None


def _is_decimal(text: str) -> bool:
    """Return whether a number has one dot and nothing else, such as degrees with a sign have."""
    whole, dot, rest = text[1:].partition(".")
    return bool(dot) and whole.isdigit() and rest.isdigit() and len(rest) < 9


def find_national_ids(text: str, start: int, end: int) -> Iterator[Found]:
    """Find national ids. The value is their letters and digits, in upper case."""
    found: list[Found] = []
    around = text[max(0, start - _BEFORE) : end + _AFTER]
    has_word = has_any(around.lower(), national_ids.MARKS)
    has_word = has_word and national_ids.WORD.search(_snake(around)) is not None
    if not has_word and (
        national_ids.QUICK.search(text, start, end) is None
        or national_ids.SHAPE.search(text, start, end) is None
    ):
        return
    for entry in national_ids.ENTRIES:
        if entry.needs_word and not has_word:
            continue
        for match in entry.compiled.finditer(text, start, end):
            value = bare(match[0])
            if entry.needs_word and not _is_beside(entry, text, match):
                continue
            if entry.check(value):
                found.append(Found(*match.span(), NATIONAL_ID, value))
    yield from _disjoint(found)


def find_coordinates(text: str, start: int, end: int) -> Iterator[Found]:
    """Find degrees: a pair is one value, and so is each of two that a key tells."""
    lower = text[start:end].lower()
    if not has_any(lower, coordinates.MARKS) and coordinates.QUICK.search(text, start, end) is None:
        return
    found = []
    for place in coordinates.PLACES:
        if has_any(lower, place.marks) and (place.quick is None or place.quick.search(text, start, end)):
            for match in place.compiled.finditer(text, start, end):
                groups = match.groupdict()
                names = [name for name in ("lat", "lon", "pair") if groups.get(name)]
                if place.is_checked and not coordinates.is_place(" ".join(match[name] for name in names)):
                    continue
                found += [Found(*match.span(name), COORDINATES, _place(match[name])) for name in names]
    yield from _disjoint(found)


def _place(text: str) -> str:
    return re.sub(r"\s+", "", text.replace("%2C", ","))


def find_url_ids(text: str, start: int, end: int) -> Iterator[Found]:
    """Find ids in the queries of web addresses."""
    if text.find("?", start, end) < 0 and text.find("&", start, end) < 0:
        return
    for match in url_ids.ENTRY.compiled.finditer(text, start, end):
        value = match["value"]
        if url_ids.is_id(value) and not _REPLACED.match(value):
            yield Found(*match.span("value"), URL_IDS, value)


def _is_beside(entry: Entry, text: str, match: re.Match[str]) -> bool:
    """Return whether a word tells what a match is, with no other number between them."""
    if _is_told(text, match.start(), entry.words, ""):
        return True
    after = text[match.end() : match.end() + _AFTER]
    return _word(entry.words, "").search(_snake(_DIGIT.split(after, maxsplit=1)[0])) is not None


def _is_told(text: str, start: int, words: str, gap: str) -> bool:
    before = text[max(0, start - _BEFORE) : start]
    return _word(words, gap).search(_snake(_DIGIT.split(before)[-1])) is not None


@lru_cache(maxsize=64)
def _word(words: str, gap: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{words})(?![a-z]){gap}")


def _snake(text: str) -> str:
    return _HUMP.sub("_", text).lower()


def _disjoint(found: list[Found]) -> Iterator[Found]:
    """Yield matches in order, the longest of those that begin together, without those that overlap one."""
    last = -1
    for item in sorted(found, key=lambda item: (item.start, -item.end)):
        if item.start >= last:
            yield item
            last = item.end


DETECTORS: dict[str, Callable[[str, int, int], Iterator[Found]]] = {
    IBAN: find_ibans,
    COORDINATES: find_coordinates,
    PHONE: find_phones,
    NATIONAL_ID: find_national_ids,
    URL_IDS: find_url_ids,
}
