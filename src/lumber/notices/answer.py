"""What became of one attempt at sending a message, in our own words."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt. `error` is None if the receiver took the message; `note` says what else.

    `is_final`: further attempts are of no use. `wait_seconds`: how long the receiver wants to be left alone.
    """

    error: str | None = None
    response_status: int | None = None
    note: str | None = None
    is_final: bool = False
    wait_seconds: float = 0.0


def reason_of(error: BaseException) -> str:
    """Return what the system says about an error, which libraries put into others of their own.

    Their own texts aren't used: they can have addresses, and what a server said.
    """
    found = type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate isn't valid: {cause.verify_message}"
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            found = os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return found
