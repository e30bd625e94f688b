"""Things to plant in records: each is a text to write and what must not be left of it."""

import ipaddress
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

HEX = "0123456789abcdef"
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _hidden(text: str, way: str) -> str:
    """Write a text otherwise: percent-encoded, or with the escapes of JSON."""
    if way == "percent":
        return "".join(f"%{ord(c):02X}" if c.isascii() and not c.isalnum() else c for c in text)
    if way == "all percent":
        return quote(text, safe="").replace(text[:1], f"%{ord(text[0]):02x}", 1)
    if way == "escapes":
        return f"\\u{ord(text[0]):04x}{text[1:]}"
    return text


def _v4_spellings(value: int) -> list[str]:
    text = str(ipaddress.IPv4Address(value))
    padded = ".".join(octet.zfill(3) for octet in text.split("."))
    return [
        text,
        f"{text}:443",
        f"[{text}]",
        f"{text}/32",
        f"({text})",
        f"src={text};",
        f"::ffff:{text}",
        padded,
    ]


def _v6_spellings(value: int) -> list[str]:
    address = ipaddress.IPv6Address(value)
    text = str(address)
    return [
        text,
        text.upper(),
        address.exploded,
        f"[{text}]:443",
        f"{text}/64",
        f"{text}%eth0",
        f"peer={text},",
    ]


# Neither kept addresses nor ones that a network's first address would be.
_V4 = st.integers(0x01000001, 0x7EFFFFFE).filter(lambda value: value & 0xFF)
_V6 = st.integers(0x2001 << 112, 0x2002 << 112).filter(lambda value: value & (2**80 - 1))
_CORE = {
    "address": _V4.flatmap(
        lambda v: st.sampled_from(_v4_spellings(v)).map(lambda text: (text, str(ipaddress.IPv4Address(v))))
    ),
    "address6": _V6.flatmap(lambda v: st.sampled_from(_v6_spellings(v)).map(lambda text: (text, text))),
    "mac": st.tuples(st.lists(st.sampled_from(HEX), min_size=12, max_size=12), st.sampled_from(":-.")).map(
        lambda pair: (_mac("02" + "".join(pair[0])[2:], pair[1]),) * 2
    ),
    "email": st.tuples(
        st.text("abcXYZ019._+-é", min_size=3, max_size=12).map(lambda t: f"q{t}z"),
        st.sampled_from(["Example.com", "mail.example.co.uk", "exämple.org"]),
    ).map(lambda pair: ("@".join(pair),) * 2),
    "aws": st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=16).map(
        lambda t: ("AKIA" + t,) * 2
    ),
    "github": st.text(ALPHANUMERIC, min_size=36, max_size=36).map(lambda t: ("ghp_" + t,) * 2),
    "jwt": st.text(ALPHANUMERIC, min_size=20, max_size=40).map(lambda t: (f"eyJ{t}.eyJ{t}.{t}",) * 2),
    "url": st.text(ALPHANUMERIC, min_size=6, max_size=12).map(lambda t: (f"https://u{t}:p{t}@h/x", f"p{t}")),
}
_PHRASE = {
    "password": st.text(ALPHANUMERIC, min_size=6, max_size=12).flatmap(
        lambda t: st.sampled_from(
            [f"password=q{t}", f"PassWord: q{t}", f"db_passwd='q{t}'", f"token=q{t}", f'"api_key": "q{t}"']
        ).map(lambda text: (text, f"q{t}"))
    ),
    "user": st.text("abcdefgh", min_size=6, max_size=9).flatmap(
        lambda t: st.sampled_from(
            [f"Failed password for q{t} from", f"user=q{t}", f"session of user q{t}.", f"(q{t}) CMD (x)"]
        ).map(lambda text: (text, f"q{t}"))
    ),
    "card": st.sampled_from(["4111 1111 1111 1111", "5500-0055-5555-5559", "378282246310005"]).map(
        lambda t: (t, t)
    ),
}
_FILLER = st.text("abc äß漢😀,.-()[]{}<>\"'\\/\t\n", max_size=12)


def _mac(digits: str, separator: str) -> str:
    size = 4 if separator == "." else 2
    return separator.join(digits[at : at + size] for at in range(0, 12, size))


@st.composite
def pieces(draw: Any) -> tuple[str, str]:
    """A text to write, perhaps in an encoding, and what must not be left of it."""
    core = draw(st.sampled_from(sorted(_CORE)))
    text, secret = draw(_CORE[core])
    way = draw(st.sampled_from(["plain", "plain", "percent", "escapes"]))
    return _hidden(text, way), secret


@st.composite
def texts(draw: Any) -> tuple[str, list[str]]:
    """A text in which several things are planted between spaces, and what must not be left of them."""
    planted = draw(st.lists(st.one_of(pieces(), *_PHRASE.values()), min_size=1, max_size=6))
    parts = []
    for text, _ in planted:
        parts += [draw(_FILLER), " ", text, " "]
    return "".join(parts), [secret for _, secret in planted]
