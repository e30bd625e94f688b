"""The keys with which a provider signs tokens. They are fetched again when a token names another one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from lumber.identity.oidc.client import ProviderClient
from lumber.identity.oidc.failures import Reason, SignInFailed

# A provider that withdraws a key, because somebody stole it, is obeyed after this time.
_KEPT_SECONDS = 300.0
# Tokens with made-up key ids must not let the service ask the provider again and again.
_LEAST_SECONDS = 5.0
_FAILED_SECONDS = 3.0
_MOST_KEYS = 50
# Of 2,048 and 8,192 bits in base64. Shorter RSA keys can be broken, and longer ones take seconds to compute.
_LEAST_MODULUS, _MOST_MODULUS = 342, 1_366
_MOST_EXPONENT = 8
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "Ed25519": "Ed25519"}


class SigningKeys:
    """The public keys of one provider."""

    def __init__(self, client: ProviderClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: Sequence[Key] = ()
        self._url = ""
        self._fetched_at = 0.0
        self._failed_until = 0.0

    async def find(self, url: str, key_id: str | None, algorithm: str) -> Key:
        """Return the key with this id for this algorithm, from the key set at `url`. Raises SignInFailed.

        Without an id, the set must have a single key for the algorithm.
        """
        async with self._lock:
            age = self._clock() - self._fetched_at
            is_fresh = self._url == url and age < _KEPT_SECONDS
            found = self._found(key_id, algorithm) if is_fresh else None
            if found is None and (not is_fresh or age >= _LEAST_SECONDS):
                await self._fetch(url)
                found = self._found(key_id, algorithm)
        if found is None:
            raise SignInFailed(Reason.UNKNOWN_KEY, f"{url} has no {algorithm} key with the id {key_id!r}")
        return found

    def _found(self, key_id: str | None, algorithm: str) -> Key | None:
        fitting = [key for key in self._keys if _fits(key, algorithm)]
        if key_id is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.get("kid") == key_id), None)

    async def _fetch(self, url: str) -> None:
        if self._clock() < self._failed_until:
            raise SignInFailed(Reason.UNREACHABLE, f"{url} failed a moment ago")
        try:
            answer = await self._client.get(url)
            keys = answer.document.get("keys")
            if not answer.is_ok or not isinstance(keys, list):
                raise SignInFailed(Reason.UNREACHABLE, f"{url} answered {answer.status} without keys")
        except SignInFailed:
            # Others who sign in don't wait for it one after another.
            self._failed_until = self._clock() + _FAILED_SECONDS
            raise
        imported = (_imported(each) for each in keys[:_MOST_KEYS])
        self._keys = [key for key in imported if key is not None]
        self._url, self._fetched_at = url, self._clock()


def _imported(entry: Mapping[str, Any] | Any) -> Key | None:
    """Return a public key; None for what isn't one, or is too weak, or is for another purpose."""
    if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC", "OKP") or "d" in entry:
        return None
    if entry["kty"] == "RSA" and not _is_usable_rsa(entry):
        return None
    if entry.get("use", "sig") != "sig" or "verify" not in entry.get("key_ops", ["verify"]):
        return None
    try:
        return JWKRegistry.import_key(entry)
    except (JoseError, ValueError, TypeError):
        return None


def _is_usable_rsa(entry: Mapping[str, Any]) -> bool:
    modulus, exponent = str(entry.get("n", "")), str(entry.get("e", ""))
    return _LEAST_MODULUS <= len(modulus) <= _MOST_MODULUS and len(exponent) <= _MOST_EXPONENT


def _fits(key: Key, algorithm: str) -> bool:
    if key.get("alg", algorithm) != algorithm:
        return False
    if isinstance(key, RSAKey):
        return algorithm not in _CURVES
    return isinstance(key, ECKey | OKPKey) and key.get("crv") == _CURVES.get(algorithm)
