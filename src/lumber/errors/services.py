"""Errors of limits on calls, notices, the audit trail, and services at another address."""

from __future__ import annotations

from lumber.errors.base import LumberError


class NoticeNotFound(LumberError):
    """No notice has this id or name."""

    code = "notice_not_found"


class AuditError(LumberError):
    """The audit trail can't be read or exported."""

    code = "audit_error"


class AuditFailed(AuditError):
    """The audit trail can't be written, so nothing was done."""

    code = "audit_failed"
    retryable = True


class RemoteError(LumberError):
    """The service at another address doesn't do what was asked."""

    code = "remote_error"


class ServerUnreachable(RemoteError):
    """The service at another address doesn't respond."""

    code = "server_unreachable"
    retryable = True


class TooManyRequests(LumberError):
    """Somebody makes more calls than the service allows."""

    code = "too_many_requests"
    retryable = True

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
