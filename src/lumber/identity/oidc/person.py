"""Who signed in, as the provider tells it, and what the operator's rules say about that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lumber.errors import ConfigError
from lumber.identity.names import checked_email
from lumber.identity.oidc.config import ProviderConfig
from lumber.identity.oidc.failures import Reason, SignInFailed
from lumber.identity.rights import Role

_MOST_GROUPS = 2_000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a provider recognised. `email` is None if there is none, or none that is an address."""

    issuer: str
    subject: str
    username: str | None
    email: str | None
    is_email_verified: bool
    groups: Sequence[str]

    @classmethod
    def of(cls, config: ProviderConfig, claims: Mapping[str, Any]) -> Person:
        """Return the person of checked claims."""
        username = claims.get("preferred_username")
        return cls(
            config.issuer,
            claims["sub"],
            username if isinstance(username, str) else None,
            _email(claims.get("email")),
            # Some providers send the text.
            claims.get("email_verified") in (True, "true"),
            _groups(claims, config.groups_claim),
        )


def role_of(config: ProviderConfig, person: Person) -> Role | None:
    """Return the role that a person has by the rules of a provider; None if the rules don't say.

    Raises SignInFailed for somebody whom the rules don't let in.
    """
    if config.allowed_domains:
        _require_domain(config, person)
    if config.allowed_groups and not set(config.allowed_groups).intersection(person.groups):
        raise SignInFailed(Reason.WRONG_GROUP, f"{person.subject!r} is in none of the allowed groups")
    # In the order of the file: the first group decides.
    for group, role in config.roles.items():
        if group in person.groups:
            return role
    if config.roles and config.default_role is None:
        raise SignInFailed(Reason.NO_ROLE, f"{person.subject!r} is in no group with a role")
    return config.default_role if config.roles else None


def missing_claims(config: ProviderConfig, claims: Mapping[str, Any]) -> bool:
    """Say whether the rules need claims that the ID token lacks."""
    needs_groups = config.allowed_groups or config.roles
    return (
        "email" not in claims
        or (config.create_accounts and "preferred_username" not in claims)
        or (bool(needs_groups) and _claim(claims, config.groups_claim) is None)
    )


def _require_domain(config: ProviderConfig, person: Person) -> None:
    domain = (person.email or "").rpartition("@")[2].lower()
    if domain not in config.allowed_domains:
        raise SignInFailed(Reason.WRONG_DOMAIN, f"the e-mail address of {person.subject!r} isn't allowed")
    if not person.is_email_verified and not config.trust_unverified_email:
        raise SignInFailed(
            Reason.EMAIL_UNVERIFIED, f"the provider hasn't verified the e-mail address of {person.subject!r}"
        )


def _email(value: object) -> str | None:
    try:
        return checked_email(value) if isinstance(value, str) else None
    except ConfigError:
        return None


def _groups(claims: Mapping[str, Any], name: str) -> Sequence[str]:
    found = _claim(claims, name)
    listed = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return tuple(group for group in listed[:_MOST_GROUPS] if isinstance(group, str))


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim by its name, or by a path such as `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
