"""Telephone numbers: international ones with a plus (E.164), and others beside a word that tells them."""

from __future__ import annotations

import re

from lumber.privacy.ids.entry import Entry, bare

# Digits after the code of the country, fewest and most, where plans say so closely (ITU E.164).
_SIZES = {
    "1": (10, 10), "7": (10, 10), "20": (8, 10), "27": (9, 9), "30": (10, 10), "31": (9, 9), "32": (8, 9),
    "33": (9, 9), "34": (9, 9), "36": (8, 9), "39": (8, 11), "40": (9, 9), "41": (9, 9), "43": (7, 13),
    "44": (9, 10), "45": (8, 8), "46": (7, 10), "47": (8, 8), "48": (9, 9), "49": (7, 12), "51": (8, 9),
    "52": (10, 10), "53": (8, 8), "54": (10, 11), "55": (10, 11), "56": (9, 9), "57": (10, 10),
    "58": (10, 10),
    "60": (8, 10), "61": (9, 9), "62": (8, 12), "63": (9, 10), "64": (8, 10), "65": (8, 8), "66": (8, 9),
    "81": (9, 10), "82": (8, 10), "84": (9, 10), "86": (10, 11), "90": (10, 10), "91": (10, 10),
    "92": (9, 10), "93": (9, 9), "94": (9, 9), "95": (7, 10), "98": (10, 10),
}  # fmt: skip
# First two digits of the codes with three.
_OF_THREE = frozenset((
    "21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67", "68", "69", "80",
    "85", "87", "88", "96", "97", "99",
))  # fmt: skip
_USUAL_SIZES = (7, 11)
# What no plan of a country begins with, so that nobody has the number.
NOBODYS = "00"
NOBODYS_DIGITS = 10
_DATE = re.compile(r"(?:19|20)[0-9]{2}[ /-]?[01][0-9][ /-]?[0-3][0-9](?: [0-9 ]+)?")

WORDS = (
    r"(?:tele?)?(?:phone|fon)(?:s|number|nummer|no|nr)?|tel|t[ée]l[ée]phone|telef[oó]no?"
    r"|mobile?|handy|(?:mobil|handy)nummer"
    r"|cellphone|cellular|msisdn|gsm|fax|sms|whatsapp|landline|rufnummer|festnetz"
    r"|caller(?:[_ -]?id)?|callee|called|calling|callback|cli|ani|contact[_ -](?:number|no|nr)|subscriber"
    r"|[ab][_ -](?:number|party)|dnis|sips?|exten(?:sion)?|dial(?:l?ed|l?ing)?|hotline|anrufer"
)
_GROUPS = r"[0-9]{1,15}+(?:[ \u00a0./+-]?(?:\([0-9]{1,5}\)[ \u00a0./-]?)?[0-9]{1,15}+){0,7}+"


def country_code(digits: str) -> str:
    """Return the code of the country with which digits of E.164 begin; an empty text without one."""
    for size in (1, 2):
        if digits[:size] in _SIZES:
            return digits[:size]
    return digits[:3] if digits[:2] in _OF_THREE else ""


def is_international(digits: str) -> bool:
    """Return whether digits after a plus are a number of a country, by its code and the length."""
    code = country_code(digits)
    if not code:
        return False
    low, high = _SIZES.get(code, _USUAL_SIZES)
    rest = digits[len(code) :]
    # `+49 (0)30` keeps the zero that is dialled within the country.
    return low <= len(rest) <= high or (rest[:1] == "0" and low <= len(rest) - 1 <= high)


def is_nobodys(digits: str) -> bool:
    """Return whether digits after a plus are a pseudonym, which no country can assign."""
    code = country_code(digits)
    return (
        bool(code) and digits.startswith(NOBODYS, len(code)) and len(digits) == len(code) + 2 + NOBODYS_DIGITS
    )


def is_local(text: str) -> bool:
    """Return whether a text has as many digits as a telephone number, and isn't only zeros or a date."""
    digits = bare(text)
    if _DATE.fullmatch(text):
        return False
    return 7 <= len(digits) <= 15 and len(set(digits)) > 2


INTERNATIONAL = Entry(
    "international",
    rf"\+(?:\([1-9][0-9]{{0,2}}\)|(?=[1-9]))[ \u00a0]?{_GROUPS}",
    WORDS,
    (
        "SMS sent to «+4915123456789»",
        "call «+1 (212) 555-0123» or «+44 7700 900123».",
        "customer «+49 30 2345678», «+33612345678»",
        "tel:«+1-212-555-0123»",
        "contact «+49.15123456789»",
        "«+49 (0)30 2345678»",
        "from=«+4915123456789»&to=«+49+30+2345678»",
        "GET /sms/«+4915123456789»/status",
    ),
    (
        "10/Oct/2025:13:55:36 +0200",
        "delta +12345678 bytes",
        "at +52.520008,+13.404954",
        "key AAAA+4915123456789BBBB",
        "2025-10-10T13:55:36+02:00",
        "+1 -1 lines, +120 -40",
    ),
    before=r"(?<![\w+.-])",
    after=r"(?![\w+]|\.[0-9])",
)
LOCAL = Entry(
    "local",
    r"\([0-9]{2,5}\)[ \u00a0-]?[0-9]{2,8}(?:[ -][0-9]{2,8}){0,3}|[0-9]{2,5}/[0-9]{4,10}"
    r"|[0-9]{3}\.[0-9]{3}\.[0-9]{4}|[0-9]{2,15}(?:[ \u00a0-][0-9]{2,8}){0,5}",
    WORDS,
    (
        "phone=«030 2345678» verified",
        "tel. «0171/2345678» added to profile",
        "Mobile: «(212) 555-0123»",
        'msisdn="«491511234567»"',
        "caller «07700 900123» hung up",
        "dialing «00491511234567»",
    ),
    (
        "phone 12 of 40",
        "mobile 4.19.0",
        "tel 192.168.10.20",
        "mobile=2025-10-12",
        "order 030 2345678",
        "called 0000000000",
    ),
    is_local,
    needs_word=True,
    before=r"(?<![\w+./-])",
    after=r"(?![\w/]|[.:-][0-9])",
)
# How local numbers are usually grouped: a word that tells less is enough.
USUAL_SHAPE = (
    r"\([2-9][0-9]{2}\) ?[0-9]{3}-[0-9]{4}|[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}"
    r"|0[1-9][0-9]{1,4}(?:/|[ -])[0-9]{5,8}(?: [0-9]{2,6})?"
)
USUAL = Entry(
    "usual",
    USUAL_SHAPE,
    rf"{WORDS}|cell|call|number|nummer|contact|kontakt|recipient|to|from|ring|rang|reach|customer|patient|user",
    ("call (212) 555-0123".replace("(212) 555-0123", "«(212) 555-0123»"), "sent to «07700 900123»"),
    ("order 030 2345678", "part 212-555-0123"),
    is_local,
    needs_word=True,
    before=r"(?<![\w+./-])",
    after=r"(?![\w/]|[.:-][0-9])",
)
ENTRIES = (INTERNATIONAL, LOCAL, USUAL)
# For one text: digits as a number has them, and as a usual one has them.
QUICK = re.compile(r"[0-9][0-9 ()\u00a0./-]{4,}[0-9]")
USUAL_QUICK = re.compile(r"[0-9](?:[0-9]{2}-[0-9]{4}|[ /-][0-9]{5})")
# Parts of all the words, in lower case.
MARKS = (
    *(
        "phone",
        "fon",
        "tel",
        "t\u00e9l",
        "mobil",
        "handy",
        "cellular",
        "msisdn",
        "gsm",
        "fax",
        "sms",
        "whatsapp",
    ),
    *("landline", "rufnummer", "festnetz", "call", "cli", "ani", "contact", "subscriber", "number", "party"),
    *("dnis", "sip", "exten", "dial", "hotline", "anrufer"),
)
# A text with a number matches one of these, in the syntax of Polars.
MAYBE = (
    rf"(?:{USUAL_SHAPE})|"
    r"\+\(?[1-9][0-9() \u00a0./+-]{6,}"
    rf"|(?i:(?-i:^|[^A-Z])(?:{WORDS})[ -'*,./:-~\u00a0]{{1,24}}[0-9(][0-9() \u00a0./-]{{5,}}[0-9])"
)
