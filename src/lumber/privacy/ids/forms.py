"""Pseudonyms that keep the form of what they replace, and that anybody can tell from real values.

An IBAN keeps its country and gets valid check digits. Its last four signs are a public checksum of the
others, which one real IBAN in ten thousand has by chance. A telephone number keeps the code of its country.
Then come two zeros, with which no number of a country begins.
"""

from __future__ import annotations

import hashlib
import hmac
from string import ascii_uppercase, digits

from lumber.privacy.ids.checks import mod_97
from lumber.privacy.ids.phones import NOBODYS, NOBODYS_DIGITS, country_code, is_nobodys

_MARK_SIGNS = 4


def iban_pseudonym(key: bytes, iban: str) -> str:
    """Return the IBAN that stands for another one, which is given in upper case without spaces."""
    country, account = iban[:2], iban[4:]
    body = _shaped(hmac.digest(key, f"iban\0{iban}".encode(), hashlib.sha256), account[:-_MARK_SIGNS])
    body += _mark(country, body, account[-_MARK_SIGNS:])
    return f"{country}{98 - mod_97(f'{body}{country}00'):02d}{body}"


def is_iban_pseudonym(iban: str) -> bool:
    """Return whether a valid IBAN, in upper case without spaces, is a pseudonym."""
    body, mark = iban[4:-_MARK_SIGNS], iban[-_MARK_SIGNS:]
    return mark == _mark(iban[:2], body, mark)


def phone_pseudonym(key: bytes, number: str) -> str:
    """Return the number that stands for another one, given as a plus and its digits."""
    number_key = int.from_bytes(hmac.digest(key, f"phone\0{number}".encode(), hashlib.sha256))
    return f"+{country_code(number[1:])}{NOBODYS}{number_key % 10**NOBODYS_DIGITS:0{NOBODYS_DIGITS}d}"


def is_phone_pseudonym(number: str) -> bool:
    """Return whether a number, given as a plus and its digits, is a pseudonym."""
    return number.startswith("+") and is_nobodys(number[1:])


def _mark(country: str, body: str, like: str) -> str:
    return _shaped(hashlib.sha256(f"lumber/iban/{country}{body}".encode()).digest(), like)


def _shaped(seed: bytes, like: str) -> str:
    """Return signs made from a seed: a digit for each digit of a text, a letter for each letter."""
    number, signs = int.from_bytes(seed), []
    for char in like:
        alphabet = digits if char.isdigit() else ascii_uppercase
        number, place = divmod(number, len(alphabet))
        signs.append(alphabet[place])
    return "".join(signs)
