"""API keys where others keep them: in URLs they are refused, and hidden before anything can log them."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from lumber.identity.keys import PREFIX

REFUSAL = (
    "The URL contains an API key. Send the key as `Authorization: Bearer KEY`. Revoke this one, because "
    "proxies and browsers keep URLs."
)
# Also a mistyped or shortened key: what follows the id is secret.
_KEY = re.compile(rf"{PREFIX}[0-9a-z]{{12}}_[0-9A-Za-z]+", re.IGNORECASE)
_HIDDEN = "(an API key)"


def has_key(text: str) -> bool:
    """Say whether a text contains an API key, or something like one."""
    return _KEY.search(text) is not None


def hide_keys(scope: Scope) -> bool:
    """Take API keys out of the path and the query of a request. Return whether there were any."""
    query = unquote_to_bytes(scope.get("query_string", b"")).decode("utf-8", "replace")
    if not has_key(scope["path"]) and not has_key(query):
        return False
    scope["path"] = _KEY.sub(_HIDDEN, scope["path"])
    scope["raw_path"], scope["query_string"] = b"", b""
    return True
