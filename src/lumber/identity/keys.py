"""The text of an API key: how it is made, checked and hashed.

A key is `lmb_<id>_<secret><checksum>`: an id of 12 characters that may be shown, 256 random bits as 43
characters, and the CRC-32 of all that as 6 characters. The checksum lets scanners of secrets recognise a key,
and rejects a mistyped one without a look into the database. A fast hash is enough: 256 random bits can't be
guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field

PREFIX = "lmb_"
_ID_CHARACTERS = string.digits + string.ascii_lowercase
_ID_LENGTH = 12
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
# 62 ** 43 is more than 2 ** 256, and 62 ** 6 more than 2 ** 32.
_SECRET_LENGTH, _CHECKSUM_LENGTH = 43, 6
_KEY = re.compile(
    rf"{PREFIX}(?P<id>[0-9a-z]{{{_ID_LENGTH}}})_[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}"
)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A well-formed API key. Only its id may be shown."""

    key_id: str
    text: str = field(repr=False)

    @property
    def sha256(self) -> str:
        """The hash that is stored, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def matches(self, sha256: str) -> bool:
        """Compare with a stored hash, in a time that doesn't depend on where they differ."""
        return hmac.compare_digest(self.sha256, sha256)


def new_key() -> KeyText:
    """Return a new random key."""
    key_id = "".join(secrets.choice(_ID_CHARACTERS) for _ in range(_ID_LENGTH))
    body = f"{PREFIX}{key_id}_{_base62(secrets.randbits(256), _SECRET_LENGTH)}"
    return KeyText(key_id, body + _checksum(body))


def read_key(text: str) -> KeyText | None:
    """Return the key that a text is; None if it isn't one, or its checksum is wrong."""
    found = _KEY.fullmatch(text)
    if found is None or _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
        return None
    return KeyText(found["id"], text)


def is_key_id(text: str) -> bool:
    """Say whether a text can be the id of a key."""
    return re.fullmatch(f"[0-9a-z]{{{_ID_LENGTH}}}", text) is not None


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_BASE62))
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))
