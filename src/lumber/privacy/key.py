"""The key of pseudonyms: where it comes from, what is rejected, and the keys derived from it.

The key itself is never stored or shown. Whoever has it can undo prefix-preserving addresses and test guesses
of everything else, so it is as secret as the data.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from pathlib import Path

from lumber.errors import ConfigError, FieldProblem
from lumber.privacy.key_strength import why_weak

KEY_VARIABLE = "LUMBER_PRIVACY_KEY"
MIN_KEY_BYTES = 16
_MAX_FILE_BYTES = 4_096
_MIN_DIFFERENT_BYTES = 5
_MAKE = "openssl rand -hex 32"
_ALLOWED = (f"at least {MIN_KEY_BYTES} bytes", "as hex", "as base64", "in a key file also raw")
_HOW = (
    "make one with `openssl rand -hex 32`, and put it into the environment variable {0}, or into a file that "
    "--privacy-key-file or {0}_FILE names. Keep it as safe as the data"
)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


def load_key(
    environ: Mapping[str, str],
    key_file: Path | None = None,
    variable: str = KEY_VARIABLE,
    *,
    may_be_weak: bool = False,
) -> bytes:
    """Return the key from a key file, or from the environment variable if no file is given.

    Hex digits are read as hex, other text as base64 in either alphabet. Only a file may contain raw bytes.
    `may_be_weak` is for the key of datasets that exist already, which may be older than today's demands.
    Raises ConfigError, which names the variable or the file and never shows its content.
    """
    judged = _checked_text if may_be_weak else _judged
    text = environ.get(variable, "").strip()
    if key_file is not None:
        if text:
            raise _problem(f"is given twice, in {variable} and in the key file {key_file}: take one away")
        return judged(*_from_file(key_file), f"The key file {key_file}")
    if not text:
        raise _problem(f"is missing: {_HOW.format(variable)}")
    key = decoded(text)
    if key is None:
        raise _problem(f"{variable} is neither hex nor base64")
    return judged(key, text, variable)


def check_key(key: bytes) -> None:
    """Raise ConfigError for a key that is too short, or has hardly any different bytes.

    `load_key`, where people's keys come in, also judges whether they can be random.
    """
    _checked(key, "The key")


def derived_key(key: bytes, label: str, context: str | None = None) -> bytes:
    """Return the 32 bytes of the key for one purpose: HMAC-SHA256 of the purpose's label.

    In a context, they are derived from a key of that context, so that two contexts have nothing in common.
    """
    if context is not None:
        key = derived_key(key, f"context/{context}")
    return hmac.digest(key, f"lumber/privacy/1/{label}".encode(), hashlib.sha256)


def key_id(key: bytes) -> str:
    """Return the key's public id, 16 hex digits. It distinguishes keys and reveals nothing about them."""
    return derived_key(key, "key-id").hex()[:16]


def _from_file(path: Path) -> tuple[bytes, str | None]:
    """Return the key in a file, and the text that it was decoded from unless the file holds raw bytes."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _problem(f"cannot be read from the key file {path}: {error.strerror}") from None
    if len(raw) > _MAX_FILE_BYTES:
        raise _problem(f"is too long: the key file {path} has more than {_MAX_FILE_BYTES} bytes")
    try:
        text = raw.decode("ascii").strip()
    except UnicodeDecodeError:
        return raw, None
    key = decoded(text)
    return (raw, None) if key is None else (key, text)


def decoded(text: str) -> bytes | None:
    """Return the bytes that hex or base64 stands for; None for other text."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if not _BASE64.fullmatch(text):
        return None
    body = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except binascii.Error:
        return None


def _judged(key: bytes, text: str | None, where: str) -> bytes:
    """Return a key that can be random. Raises ConfigError for one that somebody typed or counted."""
    _checked(key, where)
    weak = why_weak(key, text)
    if weak is not None:
        raise _problem(f"{where} {weak}, so it can be guessed: make a random key with `{_MAKE}`")
    return key


def _checked_text(key: bytes, _text: str | None, where: str) -> bytes:
    return _checked(key, where)


def _checked(key: bytes, where: str) -> bytes:
    if len(key) < MIN_KEY_BYTES:
        raise _problem(f"{where} holds {len(key)} bytes")
    if len(set(key)) < _MIN_DIFFERENT_BYTES:
        raise _problem(f"{where} holds too few different bytes to be a random key")
    return key


def _problem(message: str) -> ConfigError:
    return ConfigError([FieldProblem("privacy.key", None, message, _ALLOWED)])
