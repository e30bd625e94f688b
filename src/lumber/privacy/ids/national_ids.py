"""Numbers that countries give to people, with their check digits. The examples are made up.

Numbers of digits alone, which many others resemble, only count beside a word that tells them.
"""

from __future__ import annotations

import re

from lumber.privacy.ids.checks import (
    fiscal_letter,
    is_date,
    is_luhn,
    is_mod_11_10,
    is_verhoeff,
    weighted,
)
from lumber.privacy.ids.entry import Entry

_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FISCAL_MONTHS = "ABCDEHLMPRST"
# Letters that stand for digits where two people would have the same code.
_FISCAL_DIGITS = str.maketrans("LMNPQRSTUV", "0123456789")
# Prefixes that no National Insurance number has.
_NO_NINO = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")
_NO_SSN_AREAS = ("000", "666")
_ANY = (
    r"(?:citizen|national|personal|person|identity|tax)[_ -]?(?:id|no|nr|number|identifier|code)|id[_ -]?card"
)


def _is_ssn(text: str) -> bool:
    area, group, serial = text[:3], text[3:5], text[5:]
    return area not in _NO_SSN_AREAS and area[0] != "9" and group != "00" and serial != "0000"


def _is_dni(text: str) -> bool:
    return _SPANISH_LETTERS[int(text[:8]) % 23] == text[8]


def _is_nie(text: str) -> bool:
    return _SPANISH_LETTERS[int(f"{'XYZ'.index(text[0])}{text[1:8]}") % 23] == text[8]


def _is_pesel(text: str) -> bool:
    # The month also tells the century.
    month, day = int(text[2:4]) % 20, int(text[4:6])
    check = -weighted(text[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10
    return is_date(month, day) and check == int(text[10])


def _is_nir(text: str) -> bool:
    # Corsica's departments are 2A and 2B.
    number = text[:13].replace("2A", "19").replace("2B", "18") if text[5:7] in ("2A", "2B") else text[:13]
    if not number.isdigit() or not (1 <= int(text[3:5]) <= 12 or 20 <= int(text[3:5]) <= 42):
        return False
    return text[5:7] != "00" and 97 - int(number) % 97 == int(text[13:])


def _is_fiscal_code(text: str) -> bool:
    year_day = (text[6:8] + text[9:11]).translate(_FISCAL_DIGITS)
    is_plain = year_day.isdigit() and text[12:15].translate(_FISCAL_DIGITS).isdigit()
    if not is_plain or text[8] not in _FISCAL_MONTHS:
        return False
    # A woman's day is 40 more.
    day = int(year_day[2:])
    return 1 <= (day - 40 if day > 40 else day) <= 31 and fiscal_letter(text[:15]) == text[15]


def _is_tax_id(text: str) -> bool:
    """Return whether it is a German one: of the first ten digits one occurs twice or three times."""
    counts = sorted(text[:10].count(digit) for digit in set(text[:10]))
    return (
        text[0] != "0"
        and counts[-1] in (2, 3)
        and counts[:-1] == [1] * (len(counts) - 1)
        and is_mod_11_10(text)
    )


def _is_bsn(text: str) -> bool:
    return text != "0" * 9 and weighted(text, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _is_nino(text: str) -> bool:
    return text[:2] not in _NO_NINO


def _is_personnummer(text: str) -> bool:
    short = text[-10:]
    # A coordination number has 60 more than the day.
    month, day = int(short[2:4]), int(short[4:6])
    return is_date(month, day - 60 if day > 60 else day) and is_luhn(short)


def _is_cpf(text: str) -> bool:
    if len(set(text)) == 1:
        return False
    for size in (9, 10):
        rest = weighted(text[:size], range(size + 1, 1, -1)) * 10 % 11 % 10
        if rest != int(text[size]):
            return False
    return True


def _is_aadhaar(text: str) -> bool:
    return text[0] not in "01" and len(set(text)) > 1 and is_verhoeff(text)


ENTRIES = (
    Entry(
        "us_ssn",
        r"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}|[0-9]{9}",
        rf"ssn|social[_ -]?security(?:[_ -]?(?:no|nr|number|num))?|itin|{_ANY}",
        ("ssn=«219-09-9999» masked=false", "social security number: «219 09 9999»", '"ssn":"«219099999»"'),
        ("ticket 219-09-9999", "ssn=000-09-9999", "ssn=219-00-9999", "lessn 219-09-9999"),
        _is_ssn,
        needs_word=True,
    ),
    Entry(
        "es_dni",
        r"[0-9]{8}[- ]?[A-HJ-NP-TV-Z]|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}[- ]?[A-HJ-NP-TV-Z]",
        rf"dni|nif|documento|{_ANY}",
        ("DNI «12345678Z» checked", "nif: «12.345.678-Z»", "for «12345678Z»"),
        ("DNI 12345678A checked", "build 12345678Zx", "a12345678Z", "0x12345678Z"),
        _is_dni,
    ),
    Entry(
        "es_nie",
        r"[XYZ][- ]?[0-9]{7}[- ]?[A-HJ-NP-TV-Z]",
        rf"nie|nif|documento|{_ANY}",
        ("NIE «X1234567L» checked", "for «Y-1234567-X»"),
        ("NIE X1234567A checked", "AX1234567L"),
        _is_nie,
    ),
    Entry(
        "pl_pesel",
        "[0-9]{11}",
        rf"pesel|{_ANY}",
        ("pesel=«44051401359» status=ok", "for «44051401359»"),
        ("pesel=44051401358", "pesel 44131401359", "pesel 440514013590", "id-44051401359"),
        _is_pesel,
    ),
    Entry(
        "fr_nir",
        r"[12][ ]?[0-9]{2}[ ]?[0-9]{2}[ ]?(?:[0-9]{2}|2[AB])[ ]?[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{2}",
        rf"nir|insee|s[ée]cu(?:rit[ée][_ ]sociale)?|{_ANY}",
        ("NIR «255081416802538»", "sécu: «2 55 08 14 168 025 38»", "for «2550814168025 38»"),
        ("NIR 255081416802539", "255131416802538"),
        _is_nir,
    ),
    Entry(
        "it_codice_fiscale",
        r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]",
        rf"codice[_ ]fiscale|fiscale|{_ANY}",
        ("codice fiscale «RSSMRA85T10A562S»", "for «rssmra85t10a562s»"),
        ("codice fiscale RSSMRA85T10A562T", "XRSSMRA85T10A562S"),
        _is_fiscal_code,
    ),
    Entry(
        "de_steuer_id",
        r"[0-9]{2}[ ][0-9]{3}[ ][0-9]{3}[ ][0-9]{3}|[0-9]{11}",
        rf"steuer[_ -]?(?:id|identifikationsnummer|nr|nummer)?|idnr|tin|{_ANY}",
        ("Steuer-ID «86095742719»", "steuerid=«86 095 742 719»"),
        ("Steuer-ID 86095742718", "job 86095742719"),
        _is_tax_id,
        needs_word=True,
    ),
    Entry(
        "nl_bsn",
        r"[0-9]{9}|[0-9]{4}[.][0-9]{2}[.][0-9]{3}",
        rf"bsn|burgerservicenummer|sofi(?:nummer)?|{_ANY}",
        ("bsn «111222333» stored", "burgerservicenummer: «1112.22.333»"),
        ("bsn 111222334", "order 111222333"),
        _is_bsn,
        needs_word=True,
    ),
    Entry(
        "gb_nino",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?[0-9]{2}[ ]?[0-9]{2}[ ]?[0-9]{2}[ ]?[A-D]",
        rf"nino|national[_ -]?insurance(?:[_ -]?(?:no|nr|number))?|ni[_ -]?(?:no|nr|number)|{_ANY}",
        ("NINO «QQ123456C»".replace("QQ", "AB"), "national insurance number: «AB 12 34 56 C»"),
        ("commit ab123456c", "NINO GB123456C"),
        _is_nino,
        needs_word=True,
    ),
    Entry(
        "se_personnummer",
        r"(?:19|20)?[0-9]{6}[-+][0-9]{4}",
        rf"personnummer|pnr|person[_ -]?nr|{_ANY}",
        ("personnummer «811228-9874» lookup", "for «19811228-9874»"),
        ("personnummer 811228-9875", "811328-9874", "1811228-9874"),
        _is_personnummer,
    ),
    Entry(
        "se_personnummer",
        r"(?:19|20)?[0-9]{10}",
        rf"personnummer|pnr|person[_ -]?nr|{_ANY}",
        ("personnummer «8112289874»", '"pnr":"«198112289874»"'),
        ("order 8112289874", "personnummer 8112289875"),
        _is_personnummer,
        needs_word=True,
    ),
    Entry(
        "br_cpf",
        r"[0-9]{3}[.][0-9]{3}[.][0-9]{3}-[0-9]{2}",
        rf"cpf|{_ANY}",
        ("cpf: «529.982.247-25» approved", "for «529.982.247-25»"),
        ("cpf: 529.982.247-26", "1.529.982.247-25"),
        _is_cpf,
    ),
    Entry(
        "br_cpf",
        "[0-9]{11}",
        rf"cpf|{_ANY}",
        ("cpf=«52998224725» approved",),
        ("job 52998224725", "cpf=52998224726"),
        _is_cpf,
        needs_word=True,
    ),
    Entry(
        "in_aadhaar",
        r"[2-9][0-9]{3}(?P<sign>[ -]?)[0-9]{4}(?P=sign)[0-9]{4}",
        rf"aadh?aa?r|uidai|uid[_ -]?(?:no|number)|{_ANY}",
        ("aadhaar «2341 2341 2346»", "aadhaar=«234123412346»"),
        ("aadhaar 2341 2341 2347", "order 234123412346"),
        _is_aadhaar,
        needs_word=True,
    ),
)


# What entries match that need no word: eight digits and a letter; a letter, seven digits and a letter; a
# codice fiscale; digits with the signs of a personnummer or a CPF; eleven digits; a NIR.
SHAPES = (
    r"(?:[0-9]{8}|[XYZ][- ]?[0-9]{7}|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3})[- ]?[A-Z]"
    r"|[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]"
    r"|(?:19|20)?[0-9]{6}[-+][0-9]{4}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}|[0-9]{11}"
    r"|[12] ?[0-9]{2} ?[0-9]{2} ?[0-9][0-9AB] ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}"
)
_OF_WORDS = "|".join(dict.fromkeys(entry.words for entry in ENTRIES if entry.needs_word))
# A text with a national id matches one of these, in the syntax of Polars.
MAYBE = rf"(?i:(?:^|[^0-9A-Z_+.-])(?:{SHAPES})(?:[^0-9A-Z_]|$)|(?-i:^|[^A-Z])(?:{_OF_WORDS})(?:[^A-Z]|$))"
# For one text: what a faster pattern excludes first.
QUICK = re.compile(
    r"[0-9](?:[0-9]{5}|[0-9]{0,2}\.[0-9]{3}\.[0-9]{3}|[0-9][A-Za-z][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z]"
    r"| [0-9]{2} [0-9]{2} )"
)
SHAPE = re.compile(rf"(?<![0-9A-Z_+.-])(?:{SHAPES})(?![0-9A-Z_])", re.IGNORECASE)
# In lower case: parts of all the words, and the words.
MARKS = (
    *("ssn", "social", "itin", "bsn", "burgerservice", "sofi", "steuer", "idnr", "tin", "nino", "insurance"),
    *("ni_", "ni-", "ni ", "nin", "pnr", "person", "cpf", "aadh", "adha", "uid", "citizen", "national"),
    *("identity", "tax", "card"),
)
WORD = re.compile(rf"(?<![a-z])(?:{_OF_WORDS})(?![a-z])")
