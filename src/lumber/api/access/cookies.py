"""The cookie of a session: how it is called, set, read and deleted."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from lumber.settings import Settings

COOKIE = "lumber_session"
# Browsers take such a cookie only from a page with TLS, for its whole host and for no other one.
HOST_PREFIX = "__Host-"


class SessionCookies:
    """A cookie of one service, by default that of a session.

    Scripts can't read it. From other sites, browsers send it only when a link is followed.
    """

    def __init__(self, settings: Settings, name: str = COOKIE) -> None:
        self._is_secure = settings.public_url.startswith("https:")
        self.name = f"{HOST_PREFIX}{name}" if self._is_secure else name

    def token_of(self, connection: HTTPConnection) -> str | None:
        """Return the token that a request has, if any."""
        return connection.cookies.get(self.name) or None

    def give(self, response: Response, token: str, lasting: timedelta) -> None:
        """Let the browser send the token from now on."""
        self._set(response, token, int(lasting.total_seconds()))

    def take(self, response: Response) -> None:
        """Let the browser forget the token."""
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, max_age: int) -> None:
        response.set_cookie(
            self.name, value, max_age=max_age, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )
