"""The replacements of matches: other addresses, typed tokens, placeholders."""

from __future__ import annotations

import hashlib
import hmac
import re
from ipaddress import IPv4Address, IPv6Address, ip_network

import numpy as np
import numpy.typing as npt

from lumber.privacy.address_forms import written_as
from lumber.privacy.addresses import is_special, parse, special_ipv4
from lumber.privacy.found import (
    ADDRESS,
    COORDINATES,
    EMAIL,
    HOST,
    IBAN,
    MAC,
    NATIONAL_ID,
    OWN,
    PHONE,
    SECRET,
    URL_IDS,
    USER,
    Form,
    Found,
)
from lumber.privacy.ids.forms import (
    iban_pseudonym,
    is_iban_pseudonym,
    is_phone_pseudonym,
    phone_pseudonym,
)
from lumber.privacy.issued import Issued
from lumber.privacy.known_secrets import is_placeholder, placeholder
from lumber.privacy.prefix_preserving import PrefixPreserving
from lumber.privacy.rule import AddressMode, PrivacyRule

DROPPED = "[address]"
# The type of an unknown value, such as names without a separator.
REMOVED = "[removed]"
_PREFIXES = {
    ADDRESS: "ip",
    MAC: "mac",
    EMAIL: "mail",
    USER: "user",
    HOST: "host",
    PHONE: "phone",
    NATIONAL_ID: "national_id",
    COORDINATES: "coordinates",
    URL_IDS: "url_id",
}
TOKEN = re.compile(rf"(?:{'|'.join(_PREFIXES.values())}|own_[a-z][a-z0-9_]{{0,31}})_[0-9a-f]{{16}}")
TOKEN_DIGITS = 16  # 64 bits
_MAX_KNOWN = 200_000
_FORMED = (IBAN, PHONE)

Address = IPv4Address | IPv6Address


def type_of_token(token: str) -> str:
    """Return the type of what a token stands for."""
    prefix = token.rpartition("_")[0]
    if prefix.startswith("own_"):
        return f"{OWN}{prefix.removeprefix('own_')}"
    return next(type_ for type_, each in _PREFIXES.items() if each == prefix)


class Pseudonyms:
    """Makes pseudonyms under a rule. The same normalised value always gets the same pseudonym."""

    def __init__(self, rule: PrivacyRule, issued: Issued) -> None:
        self._rule = rule
        self._issued = issued
        self._token_key = rule.derived_key("token") if rule.key else b""
        is_preserving = rule.addresses is AddressMode.PREFIX_PRESERVING
        self._cipher = PrefixPreserving(rule.derived_key("ipcrypt-pfx")) if is_preserving else None
        self._addresses: dict[str, str | None] = {}
        self._ipv4: dict[int, bytes | None] = {}

    def of(self, found: Found, written: str) -> str | None:
        """Return the replacement of a match that is written like this; None if it stays unchanged."""
        if found.type.startswith(SECRET):
            return placeholder(found.type)
        if found.type == ADDRESS:
            return self.of_address(found.value, found.form, written)
        if found.type in _FORMED:
            return None if is_formed(found) else self._formed(found)
        return self.token(found.type, found.value)

    def token(self, type_: str, value: str) -> str:
        """Return the token of a normalised value: HMAC-SHA256 over its type and the value."""
        text = f"{type_}\0{value}".encode(errors="surrogatepass")
        prefix = f"own_{type_[len(OWN) :]}" if type_.startswith(OWN) else _PREFIXES[type_]
        return f"{prefix}_{hmac.digest(self._token_key, text, hashlib.sha256).hex()[:TOKEN_DIGITS]}"

    def _formed(self, found: Found) -> str:
        """Return the pseudonym of an IBAN, or of a telephone number: one without a country gets a token."""
        if found.type == IBAN:
            return iban_pseudonym(self._token_key, found.value)
        if found.value.startswith("+"):
            return phone_pseudonym(self._token_key, found.value)
        return self.token(PHONE, found.value)

    def of_address(self, text: str, form: Form = Form.PLAIN, written: str = "") -> str | None:
        """Return the replacement of an address, given as canonical text; None if it stays.

        Another address is written in the same form as this one.
        """
        if text not in self._addresses:
            if len(self._addresses) >= _MAX_KNOWN:
                self._addresses.clear()
            address = parse(text)
            assert address is not None
            self._addresses[text] = self._of_address(address)
        result = self._addresses[text]
        if result is None or result[0] in "[i":
            return result
        return result if form is Form.PLAIN else written_as(form, written, result)

    def of_ipv4(self, values: npt.NDArray[np.uint32]) -> list[bytes | None]:
        """Do the same for many distinct IPv4 addresses at once, given as numbers."""
        known = self._ipv4
        if len(known) + len(values) > _MAX_KNOWN:
            known.clear()
        fresh = [value for value in values.tolist() if value not in known]
        if fresh and self._cipher is not None:
            numbers = np.array(fresh, np.uint32)
            changed, is_kept = self._cipher.encrypt_ipv4(numbers), special_ipv4(numbers)
            self._issued.add_ipv4(changed[~is_kept])
            for value, new, kept in zip(fresh, changed.tolist(), is_kept.tolist(), strict=True):
                known[value] = None if kept else _dotted(new)
        else:
            for value in fresh:
                new = self._of_address(IPv4Address(value))
                known[value] = None if new is None else new.encode()
        return [known[value] for value in values.tolist()]

    def _of_address(self, address: Address) -> str | None:
        if is_special(address) or self._rule.addresses is AddressMode.KEEP:
            return None
        # An IPv4-mapped address is another spelling of the IPv4 address.
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        inner = mapped or address
        match self._rule.addresses:
            case AddressMode.DROP:
                return DROPPED
            case AddressMode.TOKEN:
                return self.token(ADDRESS, str(inner))
            case AddressMode.TRUNCATE:
                changed = truncated(inner, self._rule)
            case _:
                assert self._cipher is not None
                changed = self._cipher.encrypt(inner)
                self._issued.add(changed)
        return f"::ffff:{changed}" if mapped else str(changed)


def _dotted(value: int) -> bytes:
    return b"%d.%d.%d.%d" % (value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255)


def is_formed(found: Found) -> bool:
    """Return whether a match is a pseudonym that has the form of a real value."""
    if found.type == IBAN:
        return is_iban_pseudonym(found.value)
    return found.type == PHONE and is_phone_pseudonym(found.value)


def is_replacement(value: str) -> bool:
    """Return whether a whole value is a token or placeholder."""
    return TOKEN.fullmatch(value) is not None or value in (DROPPED, REMOVED) or is_placeholder(value)


def truncated(address: Address, rule: PrivacyRule) -> Address:
    """Return the first address of an address's network."""
    bits = rule.ipv4_prefix if isinstance(address, IPv4Address) else rule.ipv6_prefix
    return ip_network((address, bits), strict=False).network_address
