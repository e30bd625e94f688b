"""The check of an ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ClaimError, JoseError
from joserfc.jwk import Key

from lumber.identity.oidc.failures import Reason, SignInFailed

# How far the clocks of a provider and of this machine may be apart.
SKEW_SECONDS = 60
_LONGEST_SUBJECT = 255


class _Registry(jws.JWSRegistry):
    """Unknown members of a header are ignored (RFC 7515). Some providers put certificates there."""

    max_header_length = 8_192

    def __init__(self, algorithm: str | None = None) -> None:
        allowed = None if algorithm is None else [algorithm]
        super().__init__(algorithms=allowed, strict_check_header=False)


FindKey = Callable[[str | None, str], Awaitable[Key]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token of a sign-in must say."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: Collection[str]


async def checked_claims(
    token: object, expected: Expected, find_key: FindKey, *, now: int
) -> Mapping[str, Any]:
    """Return the claims of an ID token. `now` is in seconds since 1970. Raises SignInFailed."""
    if not isinstance(token, str):
        raise SignInFailed(Reason.MALFORMED_TOKEN, "the answer has no ID token")
    header = _header(token)
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in expected.algorithms:
        raise SignInFailed(Reason.WRONG_ALGORITHM, f"the ID token is signed with {algorithm!r}"[:200])
    if key_id is not None and not isinstance(key_id, str):
        raise SignInFailed(Reason.MALFORMED_TOKEN, "the id of the token's key is not a text")
    claims = _verified(token, await find_key(key_id, algorithm), algorithm)
    _check(claims, expected, now)
    return claims


def _header(token: str) -> Mapping[str, Any]:
    try:
        header = jws.extract_compact(token.encode(), None, _Registry()).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise SignInFailed(Reason.MALFORMED_TOKEN, f"the ID token can't be read: {error}") from None
    if not isinstance(header, dict):
        raise SignInFailed(Reason.MALFORMED_TOKEN, "the ID token can't be read")
    return header


def _verified(token: str, key: Key, algorithm: str) -> Mapping[str, Any]:
    try:
        return jwt.decode(token, key, registry=_Registry(algorithm)).claims
    except BadSignatureError:
        raise SignInFailed(Reason.WRONG_SIGNATURE, "the signature of the ID token is wrong") from None
    except (JoseError, ValueError, TypeError) as error:
        raise SignInFailed(Reason.MALFORMED_TOKEN, f"the ID token can't be read: {error}") from None


def _check(claims: Mapping[str, Any], expected: Expected, now: int) -> None:
    issuer, nonce, subject = (claims.get(name) for name in ("iss", "nonce", "sub"))
    if issuer != expected.issuer:
        raise SignInFailed(Reason.WRONG_ISSUER, f"the ID token is from {issuer!r}"[:300])
    _check_audience(claims.get("aud"), claims.get("azp"), expected.client_id)
    if nonce != expected.nonce:
        raise SignInFailed(Reason.WRONG_NONCE, "the ID token belongs to another sign-in")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise SignInFailed(Reason.WRONG_SUBJECT, "the subject of the ID token is missing or too long")
    times = jwt.JWTClaimsRegistry(
        now=now, leeway=SKEW_SECONDS, exp={"essential": True}, iat={"essential": True}
    )
    try:
        times.validate({name: claims[name] for name in ("exp", "iat", "nbf") if name in claims})
    except ClaimError as error:
        raise SignInFailed(Reason.WRONG_TIME, f"the time of the ID token: {error.description}") from None


def _check_audience(audience: object, authorized_party: object, client_id: str) -> None:
    audiences = audience if isinstance(audience, list) else [audience]
    is_named = client_id in audiences
    # With several audiences, `azp` says for whom the token was made.
    is_ours = authorized_party == client_id or (authorized_party is None and len(audiences) == 1)
    if not is_named or not is_ours:
        raise SignInFailed(Reason.WRONG_AUDIENCE, "the ID token is for another client")
