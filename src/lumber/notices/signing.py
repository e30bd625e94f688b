"""The secrets of webhooks, and the signature that proves who sent a message.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from lumber.errors import ConfigError, FieldProblem

_PREFIX = "whsec_"
_BYTES, _LEAST_BYTES, _MOST_BYTES = 32, 24, 64
# Only such variables: a notice must not be able to use other secrets of the process.
VARIABLE = "LUMBER_NOTICE_SECRET_"
_VARIABLE = re.compile(rf"{VARIABLE}[A-Z0-9_]{{1,64}}")
_MOST_FILE_BYTES = 4_096
_MOST_SECRETS = 2
RULE = f"`{_PREFIX}` and {_LEAST_BYTES} to {_MOST_BYTES} random bytes in base64"


def new_secret() -> str:
    """Return a new secret: `whsec_` and 256 random bits."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def checked_secret(text: str, field: str = "secret") -> str:
    """Return a given secret. Raises ConfigError, which never shows it."""
    try:
        _key(text)
    except ValueError:
        raise ConfigError([FieldProblem(field, None, f"must be {RULE}")]) from None
    return text


def checked_source(source: str) -> str:
    """Return the source of a secret that can be read now: `file:PATH` or `env:NAME`. Raises ConfigError."""
    secrets_from(source)
    return source


def secrets_from(source: str) -> Sequence[str]:
    """Return the secret in a file or variable, and a second one while it is replaced.

    They are on lines of their own, or have a space between them. Raises ConfigError, which never shows them.
    """
    kind, _, place = source.partition(":")
    if kind == "env":
        if _VARIABLE.fullmatch(place) is None:
            raise _problem(place, f"a variable of a secret begins with {VARIABLE}")
        text = os.environ.get(place, "")
        if not text:
            raise _problem(place, f"the variable {place} isn't set in this process")
    else:
        text = _text(Path(place))
    found = text.split()
    if len(found) > _MOST_SECRETS:
        raise _problem(place, f"has more than {_MOST_SECRETS} secrets: the new one and the old one")
    return [checked_secret(each, place) for each in found or [""]]


def signed_headers(secrets: Sequence[str], message_id: str, moment: int, body: bytes) -> Mapping[str, str]:
    """Return the headers of a message: its id, the time in seconds since 1970, and the signature of all.

    With several secrets there are several signatures, with spaces between them.
    """
    content = f"{message_id}.{moment}.".encode() + body
    digests = [hmac.new(_key(each), content, hashlib.sha256).digest() for each in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        raise ValueError("no prefix")
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None
    if not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError("wrong length")
    return key


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_FILE_BYTES).decode()
    except OSError as error:
        raise _problem(str(path), f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _problem(str(path), f"{path} is not UTF-8") from None


def _problem(place: str, message: str) -> ConfigError:
    return ConfigError([FieldProblem(place, None, message)])
