"""Meant: tells pseudonyms, and values that are never replaced, from what should have been replaced."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from lumber.privacy.addresses import find_addresses, is_special, parse
from lumber.privacy.found import ADDRESS, HOST, OWN, USER, Found
from lumber.privacy.ids.finding import find_ibans, find_phones
from lumber.privacy.issued import Issued
from lumber.privacy.pseudonyms import TOKEN, is_formed, truncated
from lumber.privacy.rule import AddressMode, PrivacyRule

REPLACEMENT = re.compile(rf"{TOKEN.pattern}|\[(?:address|removed|secret:[a-z0-9_]++)\]")
# A pattern may match the placeholder of a name, with or without its end.
_REPLACED_NAME = re.compile(r"\[(?:address|removed|secret:[a-z0-9_]++)\]?+")


class Meant:
    """Judges matches in written values. `issued` has the addresses that the rule's pseudonymizers issued."""

    def __init__(self, rule: PrivacyRule, issued: Issued | None) -> None:
        self._rule, self._issued = rule, issued

    @property
    def judges_addresses(self) -> bool:
        """Return whether every address is judged."""
        if self._rule.addresses is AddressMode.PREFIX_PRESERVING:
            return self._issued is not None and self._issued.is_complete
        return True

    def is_kept(self, text: str, found: Found) -> bool:
        """Return whether a match is a pseudonym, or a value that is never replaced."""
        value = text[found.start : found.end]
        if self._is_meant(found) or self._rule.own.allows(value):
            return True
        return found.type.startswith(OWN) and self._is_made(value)

    def _is_made(self, text: str) -> bool:
        """Return whether a text contains a pseudonym, which an owner's pattern may match too."""
        if REPLACEMENT.search(text):
            return True
        found = [
            *find_addresses(text, 0, len(text)),
            *find_ibans(text, 0, len(text)),
            *find_phones(text, 0, len(text)),
        ]
        return any(map(self._is_meant, found))

    def _is_meant(self, found: Found) -> bool:
        if found.type in (USER, HOST):
            return (
                TOKEN.fullmatch(found.value) is not None or _REPLACED_NAME.fullmatch(found.value) is not None
            )
        if is_formed(found):
            return True
        return found.type == ADDRESS and self.is_meant_address(found.value)

    def is_meant_address(self, text: str) -> bool:
        """Return whether an address is a pseudonym, or one that is never replaced."""
        address = parse(text)
        if address is None or is_special(address):
            return True
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        match self._rule.addresses:
            case AddressMode.PREFIX_PRESERVING:
                return not self.judges_addresses or (self._issued is not None and address in self._issued)
            case AddressMode.TRUNCATE:
                return truncated(address, self._rule) == address
            case _:
                return False
