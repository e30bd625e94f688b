"""One attempt to sign in, as the browser carries it: its state, its nonce and its PKCE verifier."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_STATE = 100


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in through a provider.

    `browser` is a random secret in a cookie. It binds the sign-in to the browser that began it. Nonce and
    verifier follow from both secrets, so the database needs no more than their hashes.
    """

    state: str
    browser: str = field(repr=False)

    @classmethod
    def new(cls, browser: str | None) -> Attempt:
        """Return a new attempt, in a browser that may have begun others."""
        is_known = browser is not None and _SECRET.fullmatch(browser) is not None
        return cls(secrets.token_urlsafe(32), browser if is_known and browser else secrets.token_urlsafe(32))

    @classmethod
    def returned(cls, state: str | None, browser: str | None) -> Attempt | None:
        """Return the attempt with which a browser comes back, if both parts can be some."""
        if not state or not browser or len(state) > _LONGEST_STATE or not state.isascii():
            return None
        return cls(state, browser) if _SECRET.fullmatch(browser) is not None else None

    @property
    def state_sha256(self) -> str:
        """The hash under which the attempt is stored, in hex."""
        return hashlib.sha256(self.state.encode()).hexdigest()

    @property
    def browser_sha256(self) -> str:
        """The hash of the browser's secret, in hex."""
        return hashlib.sha256(self.browser.encode()).hexdigest()

    @property
    def nonce(self) -> str:
        """What the ID token must repeat."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """The PKCE verifier (RFC 7636): 43 characters with 256 bits."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """The PKCE challenge of the method S256."""
        return _base64url(hashlib.sha256(self.verifier.encode()).digest())

    def _derived(self, purpose: str) -> str:
        text = f"{purpose} {self.state}"
        return _base64url(hmac.digest(self.browser.encode(), text.encode(), "sha256"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
