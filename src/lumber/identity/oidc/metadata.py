"""What a provider says about itself (OpenID Connect Discovery 1.0), checked and kept for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lumber.identity.oidc.addresses import checked_provider_url
from lumber.identity.oidc.client import ProviderClient
from lumber.identity.oidc.config import Provider
from lumber.identity.oidc.failures import Reason, SignInFailed

# Asymmetric signatures only: with HS256 whoever knows the secret of the client could make tokens.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519",
)  # fmt: skip
_KEPT_SECONDS = 3_600.0
# So long a provider that failed isn't asked again, and others who sign in don't wait for it.
_FAILED_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Metadata:
    """The addresses of a provider, and what it can do."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    algorithms: frozenset[str]
    auth_methods: frozenset[str]
    # Whether each answer names its issuer (RFC 9207).
    is_issuer_sent: bool

    @classmethod
    def of(cls, provider: Provider, document: Mapping[str, Any]) -> Metadata:
        """Return the checked metadata of a provider. Raises SignInFailed."""
        if document.get("issuer") != provider.config.issuer:
            raise _wrong(provider, f"its issuer is {document.get('issuer')!r}"[:300])
        algorithms = frozenset(
            _texts(document.get("id_token_signing_alg_values_supported"), "RS256")
        ).intersection(ALGORITHMS)
        if not algorithms:
            raise _wrong(provider, f"it signs with none of {', '.join(ALGORITHMS)}")
        urls = {}
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            if document.get(name) is None and name == "userinfo_endpoint":
                continue
            try:
                urls[name] = checked_provider_url(document.get(name), may_be_http=provider.is_loopback)
            except ValueError as error:
                raise _wrong(provider, f"{name}: {error}") from None
        methods = document.get("token_endpoint_auth_methods_supported")
        return cls(
            urls["authorization_endpoint"],
            urls["token_endpoint"],
            urls["jwks_uri"],
            urls.get("userinfo_endpoint"),
            algorithms,
            frozenset(_texts(methods, "client_secret_basic")),
            document.get("authorization_response_iss_parameter_supported") is True,
        )


class Discovery:
    """The metadata of one provider, fetched when needed and at most once an hour."""

    def __init__(
        self, provider: Provider, client: ProviderClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._provider = provider
        self._client = client
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: Metadata | None = None
        self._failure: SignInFailed | None = None
        self._until = 0.0

    async def metadata(self) -> Metadata:
        """Return the metadata. Raises SignInFailed."""
        async with self._lock:
            if self._clock() >= self._until:
                await self._fetch()
            if self._found is None:
                assert self._failure is not None
                raise SignInFailed(self._failure.reason, str(self._failure))
            return self._found

    async def _fetch(self) -> None:
        url = f"{self._provider.config.issuer.rstrip('/')}/.well-known/openid-configuration"
        self._found, self._failure = None, None
        try:
            answer = await self._client.get(url)
            if not answer.is_ok:
                raise SignInFailed(Reason.UNREACHABLE, f"{url} answered {answer.status}")
            self._found = Metadata.of(self._provider, answer.document)
        except SignInFailed as error:
            self._failure = error
        self._until = self._clock() + (_FAILED_SECONDS if self._found is None else _KEPT_SECONDS)


def _texts(value: object, default: str) -> list[str]:
    if value is None:
        return [default]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _wrong(provider: Provider, message: str) -> SignInFailed:
    return SignInFailed(Reason.BAD_METADATA, f"the metadata of the provider {provider.id!r}: {message}")
