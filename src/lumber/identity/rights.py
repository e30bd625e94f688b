"""Roles, the scopes that they give, and the principal on whose behalf something is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from lumber.errors import ConfigError, FieldProblem, NotPermitted


class Scope(StrEnum):
    """One right. No scope includes another."""

    EXPORTS_READ = "exports:read"
    EXPORTS_WRITE = "exports:write"
    INGEST_WRITE = "ingest:write"
    SOURCES_READ = "sources:read"
    ADMIN = "admin"
    AUDIT_READ = "audit:read"


class Role(StrEnum):
    """What an account is for."""

    ADMIN = "admin"
    EXPORTER = "exporter"
    VIEWER = "viewer"
    AUDITOR = "auditor"


ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset(Scope),
    Role.EXPORTER: frozenset(
        {Scope.EXPORTS_READ, Scope.EXPORTS_WRITE, Scope.INGEST_WRITE, Scope.SOURCES_READ}
    ),
    Role.VIEWER: frozenset({Scope.EXPORTS_READ, Scope.SOURCES_READ}),
    Role.AUDITOR: frozenset({Scope.AUDIT_READ}),
}
LOCAL_NAME = "local"


@dataclass(frozen=True, slots=True)
class Principal:
    """The one on whose behalf something is done, with the rights of this moment.

    Make a new one for each request: role and rights may have changed since the last. `user_id` is None for
    the machine itself. `kinds` is None for all kinds, also those of other packages. `key_id` names the API
    key that was used, if any, and `session_id` the session of the browser.
    """

    user_id: str | None
    name: str
    role: Role
    scopes: frozenset[Scope]
    kinds: frozenset[str] | None = None
    key_id: str | None = None
    session_id: str | None = None

    @classmethod
    def local(cls) -> Principal:
        """Return the principal of a machine without accounts, who may do everything."""
        return cls(None, LOCAL_NAME, Role.ADMIN, ROLE_SCOPES[Role.ADMIN])

    @classmethod
    def of_user(cls, user_id: str, name: str, role: str) -> Principal:
        """Return the principal of an account, with all rights of its role."""
        return cls(user_id, name, Role(role), ROLE_SCOPES[Role(role)])

    def with_key(self, key_id: str, scopes: Iterable[str], kinds: Iterable[str] | None) -> Principal:
        """Return this owner of a key as the key may act: what both the owner and the key have."""
        given = set(scopes)
        both = frozenset(scope for scope in self.scopes if scope in given)
        shared = self.kinds
        if kinds is not None:
            shared = frozenset(kind for kind in kinds if self.may_use(kind))
        return Principal(self.user_id, self.name, self.role, both, shared, key_id)

    def with_session(self, session_id: str) -> Principal:
        """Return this account as it is signed in with a browser."""
        return replace(self, session_id=session_id)

    def has(self, scope: Scope) -> bool:
        """Say whether the principal has this right."""
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Raise NotPermitted if the principal doesn't have this right."""
        if scope not in self.scopes:
            raise NotPermitted(f"{self._holder} doesn't have the scope {scope.value}.")

    def require_kinds(self, kinds: Iterable[str]) -> None:
        """Raise NotPermitted if the principal may not use one of these kinds."""
        missing = [kind for kind in kinds if not self.may_use(kind)]
        if missing:
            allowed = ", ".join(sorted(self.kinds or ())) or "none"
            raise NotPermitted(
                f"{self._holder} may not use the data type {missing[0]!r}. It may use: {allowed}."
            )

    @property
    def _holder(self) -> str:
        holder = f"The API key {self.key_id} of" if self.key_id is not None else "The account"
        return f"{holder} {self.name!r}"

    def may_use(self, kind: str) -> bool:
        """Say whether the principal may count, preview and export rows of this kind."""
        return self.kinds is None or kind in self.kinds


def checked_scopes(owner: Principal, wanted: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes of a new key. Raises ConfigError for none, and for one that the owner lacks."""
    texts = list(dict.fromkeys(map(str, wanted)))
    allowed = tuple(scope.value for scope in Scope if scope in owner.scopes)
    if not texts:
        raise ConfigError([FieldProblem("scopes", None, "a key needs at least one scope", allowed)])
    problems = []
    for text in texts:
        if text not in allowed:
            reason = f"{owner.name!r} has the role {owner.role.value}, which lacks it"
            message = f"{text!r}: {reason}" if text in set(Scope) else f"{text!r} is not a scope"
            problems.append(FieldProblem("scopes", text, message, allowed))
    if problems:
        raise ConfigError(problems)
    return frozenset(Scope(text) for text in texts)
