"""Addresses of providers, and paths to which a browser is sent after a sign-in."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_NO_PAGES = ("api", "sign-in", "setup")
_LONGEST_URL, _LONGEST_PATH = 2_000, 2_000
# A browser ignores control characters and reads a backslash as a slash: `/\t/host` is another host.
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*")


def checked_provider_url(url: object, *, may_be_http: bool) -> str:
    """Return the address of a provider: https, or http on this machine if allowed. Raises ValueError."""
    if not isinstance(url, str) or len(url) > _LONGEST_URL or not url.isprintable() or " " in url:
        raise ValueError("an address is a URL like https://id.example.org")
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or parts.fragment or "\\" in url:
        raise ValueError("an address is a URL like https://id.example.org, without a user and a fragment")
    if parts.scheme == "https":
        return url
    if parts.scheme == "http" and may_be_http and is_loopback(parts.hostname):
        return url
    raise ValueError("the address must begin with https://; http is only for this machine")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine by its name or address alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_path(text: str | None) -> str:
    """Return a path of this service; `/` in place of what leads, or could lead, to another site."""
    if text is None or len(text) > _LONGEST_PATH or _LOCAL_PATH.fullmatch(text) is None:
        return "/"
    # These aren't pages that somebody who is signed in wants.
    first = re.split(r"[/?#]", text[1:], maxsplit=1)[0]
    return "/" if first in _NO_PAGES else text
