"""Check digits and dates within numbers. All functions are given letters in upper case and digits only."""

from __future__ import annotations

from collections.abc import Sequence

# Verhoeff's scheme: the multiplication of the dihedral group of order 10, and a permutation of digits.
_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_ODD_CODES = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_MORE_ODD_CODES = (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def mod_97(text: str) -> int:
    """Return the remainder by 97 of a text's number in ISO 7064: A is 10, Z is 35."""
    return int("".join([str(int(char, 36)) for char in text])) % 97


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of the digits, each multiplied by its weight."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def is_luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of ISO/IEC 7812."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(n // 10 + n % 10 for n in doubled)) % 10 == 0


def is_verhoeff(digits: str) -> bool:
    """Return whether the last digit is a check digit by Verhoeff."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(place % 8):
            value = _PERMUTATION[value]
        check = _dihedral(check, value)
    return check == 0


def _dihedral(left: int, right: int) -> int:
    if left < 5:
        return (left + right) % 5 if right < 5 else 5 + (left + right - 5) % 5
    return 5 + (left - 5 - right) % 5 if right < 5 else (left - right) % 5


def is_mod_11_10(digits: str) -> bool:
    """Return whether the last digit is a check digit of ISO 7064, MOD 11,10."""
    product = 10
    for digit in digits[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def is_date(month: int, day: int) -> bool:
    """Return whether a year can have this day."""
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def fiscal_letter(code: str) -> str:
    """Return the check letter of the first 15 signs of an Italian codice fiscale."""
    codes = (*_ODD_CODES, *_MORE_ODD_CODES)
    total = 0
    for place, char in enumerate(code):
        value = int(char) if char.isdigit() else ord(char) - ord("A")
        total += value if place % 2 else codes[value]
    return chr(ord("A") + total % 26)
