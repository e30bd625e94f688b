"""The code flow with one provider: where the browser is sent, and who comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote_plus, urlencode

from lumber.identity.oidc.attempt import Attempt
from lumber.identity.oidc.callback import Callback
from lumber.identity.oidc.client import ProviderClient
from lumber.identity.oidc.config import Provider
from lumber.identity.oidc.failures import Reason, SignInFailed
from lumber.identity.oidc.id_token import Expected, checked_claims
from lumber.identity.oidc.metadata import Discovery, Metadata
from lumber.identity.oidc.person import Person, missing_claims
from lumber.identity.oidc.signing_keys import SigningKeys

_LONGEST_CODE = 4_000
# What a provider says of a person. Other errors are about the application, or the provider itself.
_DENIALS = frozenset(
    {
        "access_denied",
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
    }
)
# The code is wrong, used or too old.
_CODE_ERRORS = frozenset({"invalid_grant"})


class CodeFlow:
    """The authorization code flow with PKCE (OAuth 2.0 with RFC 7636 and RFC 9207) with one provider."""

    def __init__(
        self,
        provider: Provider,
        client: ProviderClient,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self._client = client
        self._now = now
        self._discovery = Discovery(provider, client, clock=clock)
        self._keys = SigningKeys(client, clock=clock)

    async def authorization_url(self, attempt: Attempt, redirect_uri: str) -> str:
        """Return the address at which the provider asks the person to sign in. Raises SignInFailed."""
        endpoint = (await self._discovery.metadata()).authorization_endpoint
        query = {
            "response_type": "code",
            "client_id": self.provider.config.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.provider.config.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def person(self, attempt: Attempt, redirect_uri: str, callback: Callback) -> Person:
        """Return who signed in. Raises SignInFailed for anything that isn't as it should be."""
        metadata = await self._discovery.metadata()
        self._check_issuer(metadata, callback)
        if callback.error is not None:
            reason = Reason.DENIED_BY_PROVIDER if callback.error in _DENIALS else Reason.CLIENT_REFUSED
            raise SignInFailed(reason, f"the provider says {callback.error!r}"[:200])
        if not callback.code or len(callback.code) > _LONGEST_CODE:
            raise SignInFailed(Reason.BAD_ANSWER, "the provider sent no code")
        tokens = await self._exchange(metadata, attempt, redirect_uri, callback.code)
        expected = Expected(
            self.provider.config.issuer,
            self.provider.config.client_id,
            attempt.nonce,
            metadata.algorithms,
        )
        find_key = partial(self._keys.find, metadata.jwks_uri)
        claims = await checked_claims(tokens.get("id_token"), expected, find_key, now=int(self._now()))
        return Person.of(self.provider.config, await self._completed(metadata, claims, tokens))

    def _check_issuer(self, metadata: Metadata, callback: Callback) -> None:
        """Refuse an answer of another provider, whose code must not be sent to this one (a mix-up)."""
        is_missing = callback.issuer is None and metadata.is_issuer_sent
        is_other = callback.issuer is not None and callback.issuer != self.provider.config.issuer
        if is_missing or is_other:
            raise SignInFailed(Reason.WRONG_ISSUER, f"the answer is from {callback.issuer!r}"[:300])

    async def _exchange(
        self, metadata: Metadata, attempt: Attempt, redirect_uri: str, code: str
    ) -> Mapping[str, Any]:
        """Exchange a code for tokens."""
        config, secret = self.provider.config, self.provider.client_secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
        }
        basic = None
        if secret is None:
            form["client_id"] = config.client_id
        elif "client_secret_basic" in metadata.auth_methods:
            # Each part is encoded as in a form first (RFC 6749, section 2.3.1).
            basic = (quote_plus(config.client_id), quote_plus(secret))
        else:
            form |= {"client_id": config.client_id, "client_secret": secret}
        answer = await self._client.post(metadata.token_endpoint, form, basic=basic)
        if answer.is_ok:
            return answer.document
        error = str(answer.document.get("error"))[:100]
        reason = Reason.CODE_REFUSED if error in _CODE_ERRORS else Reason.CLIENT_REFUSED
        raise SignInFailed(reason, f"the token endpoint answered {answer.status} {error!r}")

    async def _completed(
        self, metadata: Metadata, claims: Mapping[str, Any], tokens: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the claims, with those of the userinfo endpoint if the ID token lacks some."""
        token = tokens.get("access_token")
        is_usable = isinstance(token, str) and token.isascii() and token.isprintable()
        if metadata.userinfo_endpoint is None or not is_usable:
            return claims
        if not missing_claims(self.provider.config, claims):
            return claims
        answer = await self._client.get(metadata.userinfo_endpoint, bearer=token)
        if not answer.is_ok:
            raise SignInFailed(Reason.BAD_ANSWER, f"the userinfo endpoint answered {answer.status}")
        if answer.document.get("sub") != claims["sub"]:
            raise SignInFailed(Reason.WRONG_SUBJECT, "the userinfo endpoint tells of somebody else")
        return _merged(claims, answer.document)


def _merged(claims: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the claims with more of them. What is signed comes first."""
    # One of both must not verify the address that the other one has.
    is_other = "email" in claims and claims["email"] != more.get("email")
    rest = {name: value for name, value in more.items() if name != "email_verified" or not is_other}
    return {**rest, **claims}
