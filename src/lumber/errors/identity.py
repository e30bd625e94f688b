"""Errors of accounts, keys, sessions, rights and policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lumber.errors.base import FieldProblem, LumberError


class IdentityError(LumberError):
    """The account or API key can't be used."""

    code = "identity_error"


class UserNotFound(IdentityError):
    """No account has this name."""

    code = "user_not_found"


class UserStateError(IdentityError):
    """The account does not allow this step."""

    code = "user_state"


class KeyNotFound(IdentityError):
    """No API key has this id."""

    code = "key_not_found"


class ProviderNotFound(IdentityError):
    """No identity provider has this id."""

    code = "provider_not_found"


class SessionNotFound(IdentityError):
    """No session has this id."""

    code = "session_not_found"


class OriginRefused(IdentityError):
    """A page of another site may not act for who is signed in."""

    code = "origin_refused"


class TooManyFailures(IdentityError):
    """Sign-ins failed too often."""

    code = "too_many_failures"
    retryable = True

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class AuthenticationFailed(IdentityError):
    """The request doesn't prove who makes it."""

    code = "authentication_failed"


class NotPermitted(IdentityError):
    """The account or API key lacks the right."""

    code = "not_permitted"


class PolicyNotFound(IdentityError):
    """No export policy has this id or name."""

    code = "policy_not_found"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy at one moment."""

    policy_id: str
    name: str
    version: int

    def __str__(self) -> str:
        return f"policy {self.name!r}, version {self.version}"


class PolicyRefused(IdentityError):
    """An export policy doesn't allow this."""

    code = "policy_refused"

    def __init__(self, policy: PolicyVersion, problems: Sequence[FieldProblem]) -> None:
        self.policy = policy
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class QuotaExceeded(IdentityError):
    """A quota of an export policy is used up."""

    code = "quota_exceeded"

    def __init__(self, policy: PolicyVersion, message: str, retry_after_seconds: int) -> None:
        self.policy = policy
        # Until the next day, in UTC.
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class TooManyLogins(IdentityError):
    """Too many passwords are being checked."""

    code = "too_many_logins"
    retryable = True
