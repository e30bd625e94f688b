"""Names of accounts and keys, and e-mail addresses: what they may look like, and when two are the same."""

from __future__ import annotations

import re
import unicodedata

from lumber.errors import ConfigError, FieldProblem
from lumber.identity.rights import LOCAL_NAME

MAX_NAME, MAX_KEY_NAME, MAX_EMAIL = 64, 64, 254
_NAME = re.compile(r"[^\W_][\w.@+-]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NAME_RULE = (
    f"1 to {MAX_NAME} letters, digits, '.', '_', '-', '@' or '+', the first of them a letter or digit"
)


def folded(text: str) -> str:
    """Return a text without differences of case and of how a character is written (NFKC)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def name_key(name: str) -> str:
    """Return the unique form of a name; an empty text, which belongs to no account, if it isn't one."""
    shown = _composed(name)
    return folded(shown) if len(shown) <= MAX_NAME and _NAME.fullmatch(shown) is not None else ""


def checked_name(name: str) -> str:
    """Return the name of a new account. Raises ConfigError."""
    shown = _composed(name)
    if not name_key(shown):
        raise ConfigError([FieldProblem("name", name, f"{name!r} can't name an account", (_NAME_RULE,))])
    if name_key(shown) == LOCAL_NAME:
        message = f"{name!r} stands for this machine itself: choose another name"
        raise ConfigError([FieldProblem("name", name, message)])
    return shown


def proposed_name(text: str, ending: str = "") -> str:
    """Return a name for an account after a text of somebody else's; an empty text if it has no letter."""
    kept = re.sub(r"[^\w.@+-]+", "-", _composed(text)).lstrip("_.@+-")
    name = kept[: MAX_NAME - len(ending)].rstrip("-.") + ending if kept else ""
    if name_key(name) == LOCAL_NAME:
        return f"{name}-user"
    return name if name_key(name) else ""


def checked_email(email: str | None) -> str | None:
    """Return the e-mail address of an account, None if there is none. Raises ConfigError."""
    if email is None or not email:
        return None
    if len(email) > MAX_EMAIL or not email.isprintable() or _EMAIL.fullmatch(email) is None:
        message = f"{email!r} is not an e-mail address"
        raise ConfigError([FieldProblem("email", email, message, ("name@example.org",))])
    return email


def checked_key_name(name: str) -> str:
    """Return the name of a new API key. Raises ConfigError."""
    shown = name.strip()
    if not 1 <= len(shown) <= MAX_KEY_NAME or not shown.isprintable():
        rule = f"1 to {MAX_KEY_NAME} printable characters"
        raise ConfigError([FieldProblem("name", name, f"{name!r} can't name a key", (rule,))])
    return shown


def _composed(name: str) -> str:
    """Return a name in the form in which it is stored. A text that is far too long is cut."""
    return unicodedata.normalize("NFKC", name[: 4 * MAX_NAME])
