"""International bank account numbers (ISO 13616): the form in each country, and check digits of ISO 7064."""

from __future__ import annotations

import re

from lumber.privacy.ids.checks import mod_97
from lumber.privacy.ids.entry import Entry

# The account within the number: how many digits (n), letters (a) and either of them (c).
_FORMS = {
    "AD": "8n12c", "AE": "19n", "AL": "8n16c", "AT": "16n", "AZ": "4a20c", "BA": "16n", "BE": "12n",
    "BG": "4a6n8c", "BH": "4a14c", "BI": "23n", "BR": "23n1a1c", "BY": "4c4n16c", "CH": "5n12c", "CR": "18n",
    "CY": "8n16c", "CZ": "20n", "DE": "18n", "DJ": "23n", "DK": "14n", "DO": "4c20n", "EE": "16n",
    "EG": "25n",
    "ES": "20n", "FI": "14n", "FK": "2a12n", "FO": "14n", "FR": "10n11c2n", "GB": "4a14n", "GE": "2a16n",
    "GI": "4a15c", "GL": "14n", "GR": "7n16c", "GT": "24c", "HR": "17n", "HU": "24n", "IE": "4a14n",
    "IL": "19n", "IQ": "4a15n", "IS": "22n", "IT": "1a10n12c", "JO": "4a4n18c", "KW": "4a22c", "KZ": "3n13c",
    "LB": "4n20c", "LC": "4a24c", "LI": "5n12c", "LT": "16n", "LU": "3n13c", "LV": "4a13c", "LY": "21n",
    "MC": "10n11c2n", "MD": "20c", "ME": "18n", "MK": "3n10c2n", "MN": "16n", "MR": "23n", "MT": "4a5n18c",
    "MU": "4a19n3a", "NI": "4a20n", "NL": "4a10n", "NO": "11n", "OM": "3n16c", "PK": "4a16c", "PL": "24n",
    "PS": "4a21c", "PT": "21n", "QA": "4a21c", "RO": "4a16c", "RS": "18n", "RU": "14n15c", "SA": "2n18c",
    "SC": "4a20n3a", "SD": "14n", "SE": "20n", "SI": "15n", "SK": "20n", "SM": "1a10n12c", "SO": "19n",
    "ST": "21n", "SV": "4a20n", "TL": "19n", "TN": "20n", "TR": "6n16c", "UA": "6n19c", "VA": "18n",
    "VG": "4a16n", "XK": "16n", "YE": "4a4n18c",
}  # fmt: skip
_CLASSES = {"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}
_PART = re.compile(r"([0-9]+)([nac])")
_COUNTRIES = "|".join(_FORMS)
_LENGTHS = {
    country: 4 + sum(int(size) for size, _ in _PART.findall(form)) for country, form in _FORMS.items()
}
_ACCOUNTS = {
    country: re.compile("".join(f"{_CLASSES[kind]}{{{size}}}" for size, kind in _PART.findall(form)))
    for country, form in _FORMS.items()
}


def is_iban(text: str) -> bool:
    """Return whether letters in upper case and digits are the IBAN of a country, with valid check digits."""
    account = _ACCOUNTS.get(text[:2])
    if account is None or account.fullmatch(text, 4) is None or not text[2:4].isdigit():
        return False
    return mod_97(text[4:] + text[:4]) == 1


def iban_length(text: str) -> int:
    """Return how many letters and digits an IBAN has whose country begins the text; 0 for no country."""
    return _LENGTHS.get(text[:2].upper(), 0)


ENTRY = Entry(
    "iban",
    # In one piece, or in groups of four.
    rf"(?:{_COUNTRIES})[0-9]{{2}}"
    r"(?:[0-9A-Za-z]{11,29}+"
    r"|(?P<sign>[ \u00a0+-])[0-9A-Za-z]{4}(?:(?P=sign)[0-9A-Za-z]{1,4}(?![0-9A-Za-z])){2,7}+)",
    "iban",
    (
        "IBAN «DE89370400440532013000» verified",
        "debit iban=«GB29NWBK60161331926819»&amount=12",
        "to «NL91 ABNA 0417 1643 00», amount 120",
        "«NL91 ABNA 0417 1643 00» paid 120",
        "«NL91 ABNA 0417 1643 00» verified",
        "to «de89-3704-0044-0532-0130-00»",
        "GET /pay?iban=«DE89+3704+0044+0532+0130+00»&x=1",
        "from «NO9386011117947» now",
    ),
    (
        "IBAN DE89370400440532013001 has a wrong digit",
        "DE8937040044053201300 is too short",
        "de893704004405320130ab",
        "hash be68539007547034ab",
        "xDE89370400440532013000",
    ),
    is_iban,
    before="(?<![0-9A-Za-z])",
    after="(?![0-9A-Za-z])",
)
# For one text: how an IBAN goes on after its country.
QUICK = re.compile(r"[0-9][0-9](?:[0-9A-Za-z]{11}|[ \u00a0+-][0-9A-Za-z]{4}[ \u00a0+-])")
# For a sieve: whatever the digits are, and also for a part of a text.
ANY = (
    rf"(?i:(?:{_COUNTRIES})[0-9]{{2}}"
    r"(?:[0-9A-Z]{11}|[ \u00a0+-]?[0-9A-Z]{4}[ \u00a0+-]?[0-9A-Z]{4}[ \u00a0+-]?[0-9A-Z]{3}"
    r"|[ \u00a0+-][0-9A-Z]{4}[ \u00a0+-]))"
)
# A text with an IBAN matches this, in the syntax of Polars.
MAYBE = (
    rf"(?i:(?:^|[^0-9A-Za-z])(?:{_COUNTRIES})[0-9]{{2}}[ \u00a0+-]?[0-9A-Z]{{4}}[ \u00a0+-]?[0-9A-Z]{{4}}"
    r"[ \u00a0+-]?[0-9A-Z]{3})"
)
