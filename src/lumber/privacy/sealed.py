"""The known values of a rule as bytes that only who holds its key can read, for a file between workers."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace

from lumber.privacy.known import KnownValues
from lumber.privacy.rule import PrivacyRule

_NONCE_BYTES = 12
_LABEL = "sealed-known-values"


def sealed(rule: PrivacyRule) -> bytes:
    """Return the known values of a rule that has some, encrypted (AES-256-GCM)."""
    assert rule.known is not None
    # Slow to load, and few exports have helpers and known values.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    content = json.dumps(asdict(rule.known)).encode()
    return nonce + AESGCM(rule.derived_key(_LABEL)).encrypt(nonce, content, None)


def unsealed(rule: PrivacyRule, content: bytes) -> PrivacyRule:
    """Return a rule of the same key with the known values. Raises ValueError if they are of another key."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, rest = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
    try:
        values = json.loads(AESGCM(rule.derived_key(_LABEL)).decrypt(nonce, rest, None))
    except InvalidTag:
        raise ValueError("The known values were encrypted under another key.") from None
    left_out = tuple((str(name), int(count)) for name, count in values["left_out"])
    return replace(rule, known=KnownValues(tuple(values["values"]), left_out, tuple(values["users"])))
