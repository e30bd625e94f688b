"""Made-up numbers that identify people and their accounts, with valid check digits."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from string import ascii_uppercase

_DIGITS = "0123456789"
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_IBANS = {"DE": "##################", "GB": "@@@@##############", "FR": "#######################"}
_IBANS |= {
    "NL": "@@@@##########",
    "ES": "####################",
    "AT": "################",
    "CH": "#################",
}
_ISSUERS = (("4", 16), ("51", 16), ("55", 16), ("37", 15), ("6011", 16), ("34", 15))


def _digits(chance: Random, length: int) -> str:
    return "".join(chance.choices(_DIGITS, k=length))


def _birthday(chance: Random) -> str:
    return f"{chance.randrange(50, 99)}{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}"


def luhn_digit(digits: str) -> str:
    """Return the check digit of ISO/IEC 7812 for what comes before it."""
    doubled = [int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits))]
    return str(-sum(number - 9 if number > 9 else number for number in doubled) % 10)


def card(chance: Random) -> str:
    """Return a card number of a known issuer."""
    begin, length = chance.choice(_ISSUERS)
    digits = begin + _digits(chance, length - 1 - len(begin))
    return digits + luhn_digit(digits)


def iban(chance: Random) -> str:
    """Return an IBAN of one of seven countries (ISO 13616)."""
    country = chance.choice(sorted(_IBANS))
    account = "".join(
        chance.choice(_DIGITS if place == "#" else ascii_uppercase) for place in _IBANS[country]
    )
    number = "".join(str(int(letter, 36)) for letter in account + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def phone(chance: Random) -> str:
    """Return a telephone number in the form of E.164, also with spaces or dashes."""
    forms = (
        f"+4917{chance.randrange(10)}{_digits(chance, 8)}",
        f"+49 30 {chance.randrange(2, 9)}{_digits(chance, 6)}",
        f"+1-{chance.randrange(201, 989)}-555-01{_digits(chance, 2)}",
        f"+1 ({chance.randrange(201, 989)}) 555-01{_digits(chance, 2)}",
        f"+44 7700 900{_digits(chance, 3)}",
        f"+336{_digits(chance, 8)}",
    )
    return chance.choice(forms)


def e164(chance: Random) -> str:
    """Return a telephone number in E.164 without separators."""
    return chance.choice(
        (f"+4915{_digits(chance, 9)}", f"+44770090{_digits(chance, 4)}", f"+3361{_digits(chance, 7)}")
    )


def local_phone(chance: Random) -> str:
    """Return a telephone number without its country."""
    forms = (
        f"030 {chance.randrange(2, 9)}{_digits(chance, 6)}",
        f"0171/{chance.randrange(2, 9)}{_digits(chance, 6)}",
        f"({chance.randrange(201, 989)}) 555-01{_digits(chance, 2)}",
        f"{chance.randrange(201, 989)}-555-01{_digits(chance, 2)}",
        f"07700 900{_digits(chance, 3)}",
    )
    return chance.choice(forms)


def dni(chance: Random) -> str:
    """Return a Spanish DNI: eight digits and a letter that their remainder by 23 chooses."""
    digits = _digits(chance, 8)
    return digits + _DNI[int(digits) % 23]


def pesel(chance: Random) -> str:
    """Return a Polish PESEL: a day of birth, a number and a check digit."""
    digits = _birthday(chance) + _digits(chance, 4)
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    return digits + str(-sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 10)


def cpf(chance: Random) -> str:
    """Return a Brazilian CPF with its dots and dash."""
    digits = _digits(chance, 9)
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        rest = sum(int(d) * w for d, w in zip(digits, weights, strict=True)) * 10 % 11
        digits += str(rest % 10)
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"


def bsn(chance: Random) -> str:
    """Return a Dutch BSN, which passes the test of eleven."""
    while True:
        digits = f"{chance.randrange(1, 10)}{_digits(chance, 8)}"
        weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
        if sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11 == 0:
            return digits


def personnummer(chance: Random) -> str:
    """Return a Swedish personal number with its dash."""
    born = _birthday(chance)
    serial = _digits(chance, 3)
    return f"{born}-{serial}{luhn_digit(born + serial)}"


def nir(chance: Random) -> str:
    """Return a French number of social security with its key of two digits."""
    digits = f"{chance.choice('12')}{chance.randrange(50, 99)}{chance.randrange(1, 13):02d}"
    digits += f"{chance.randrange(1, 96):02d}{_digits(chance, 6)}"
    return f"{digits}{97 - int(digits) % 97:02d}"


def ssn(chance: Random) -> str:
    """Return a number of the social security of the United States, which has no check digit."""
    return f"{chance.randrange(100, 665)}-{chance.randrange(10, 99)}-{chance.randrange(1000, 9999)}"


def latitude(chance: Random) -> str:
    """Return a latitude with six decimals."""
    return f"{chance.uniform(-70, 70):.6f}"


def longitude(chance: Random) -> str:
    """Return a longitude with six decimals."""
    return f"{chance.uniform(-179, 179):.6f}"


def coordinates(chance: Random) -> str:
    """Return a pair of decimal degrees."""
    return f"{latitude(chance)},{longitude(chance)}"


def any_national_id(chance: Random) -> str:
    """Return a national id with a checksum, of any country here."""
    return chance.choice((dni, pesel, cpf, bsn, personnummer, nir))(chance)


IDENTIFIERS: dict[str, Callable[[Random], str]] = {
    "card": card,
    "iban": iban,
    "phone": phone,
    "phone-e164": e164,
    "phone-local": local_phone,
    "national_id": any_national_id,
    "national_id-dni": dni,
    "national_id-pesel": pesel,
    "national_id-cpf": cpf,
    "national_id-bsn": bsn,
    "national_id-personnummer": personnummer,
    "national_id-nir": nir,
    "national_id-ssn": ssn,
    "coordinates": coordinates,
    "coordinates-lat": latitude,
    "coordinates-lon": longitude,
}
