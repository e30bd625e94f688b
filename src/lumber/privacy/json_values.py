"""Walk JSON text value by value. Some field names identify what their value is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

from lumber.catalog.canonical_json import canonical_json
from lumber.privacy.address_context import is_number, is_telling, named
from lumber.privacy.cards import is_card
from lumber.privacy.ids.finding import field_below, field_of_items, is_told_field
from lumber.privacy.known_secrets import is_password_name, is_secret_name, is_settings, scheme_of
from lumber.privacy.own_rules import ColumnAction
from lumber.privacy.phrases.fields import is_host_field, is_user_field
from lumber.privacy.phrases.words import NO_HOSTS, NO_USERS

# JSON with such a field matches this pattern, in the syntax of Polars.
MAYBE = (
    r"(?i:host|fqdn|name|device|user|pass|pin|auth|login|account|owner|uname|usr|workstation|computer|helo|ehlo|upn|acct"
    r"|phone|mobil|tel|msisdn|lat|coord|location|position|ssn|bsn|pesel|dni|nif|nir|cpf|nino|aadha|personn|pnr|steuer"
    r"|citizen|national|identity|fax|call|dial|gsm|geo|fon|handy|rufnummer|cli\b|ani\b|dnis|tax"
    r"|principal|uid|_by|assignee|reporter|approver|uploader|committer|employee|run_?as|actor|operator|edby)"
    # Addresses as numbers.
    r"|(?i:ip|v4|addr|address|number|hop|gateway|gw|mac)"
    r"[\\\"]{1,8} {0,2}: {0,2}[\\\"]{0,8}(?:0[xX])?[0-9A-Fa-f]{6}"
)
# Fields whose parent's name says whose name they contain.
_NAMELESS = ("name", "id", "full_name", "sub")
_SECRET_NUMBER = (int, float)
# Lists of named values: `{"name": "Authorization", "value": ...}`.
_NAME_FIELDS = ("name", "key", "header", "field", "parameter", "param", "attribute", "property", "label")
_VALUE_FIELDS = ("value", "val", "values", "content")
_LONGEST_NAME = 64
# `CORP\bob`, whose name is the same in any case.
_IN_DOMAIN = re.compile(r"(?P<domain>[A-Za-z][\w. -]{0,30}|\.)\\(?P<name>[\w.$ -]{1,80})")


class Visitor(Protocol):
    """Receives every value and returns its replacement."""

    def key(self, text: str) -> str:
        """Return the replacement of a field's name."""

    def text(self, text: str) -> str:
        """Return the replacement of a string."""

    def named(self, name: str, text: str) -> str:
        """Return the replacement of a number after a name with a sign, such as `src_ip=`."""

    def user(self, text: str) -> str:
        """Return the replacement of a user name."""

    def host(self, text: str) -> str:
        """Return the replacement of a host name."""

    def told(self, field: str, text: str) -> str:
        """Return the replacement of a value, or of a number, whose field's name tells what it is."""

    def number(self, text: str) -> str:
        """Return the replacement of a number of which nothing tells what it is."""

    @property
    def has_paths(self) -> bool:
        """Whether any path has a rule of its own."""

    def action(self, path: tuple[str, ...]) -> ColumnAction | None:
        """Return what becomes of the value at a path, if it has a rule of its own."""

    def at_path(self, path: tuple[str, ...], action: ColumnAction, value: Any) -> Any:
        """Return the replacement of a whole value at such a path, for any action but KEEP."""

    def secret(self, name: str, text: str) -> str:
        """Return the replacement of a secret; `name` gives its type."""


def walk_json(text: str, visitor: Visitor) -> str | None:
    """Return canonical JSON text with the visitor's replacements; None if the text isn't JSON.

    Text without replacements is returned unchanged. If a field name repeats, the visitor gets every value,
    and all fields but the first get a numeric suffix. Values that Python reads and canonical JSON rejects,
    such as NaN, are walked as well and stay unchanged.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
        walked = _walk(value, "", visitor, ())
        if walked == value:
            return text
        return canonical_json(json.dumps(walked, ensure_ascii=False)) or json.dumps(walked)
    except (ValueError, RecursionError):
        return None


def _object(pairs: list[tuple[str, Any]]) -> Any:
    """Return an object as a dict, or as a tuple of pairs if a name repeats."""
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else tuple(pairs)


def _walk(value: Any, field: str, visitor: Visitor, path: tuple[str, ...]) -> Any:
    if isinstance(value, dict | tuple):
        walked: dict[str, Any] = {}
        pairs = list(value.items()) if isinstance(value, dict) else value
        keys = [key for key, _ in pairs]
        said = _said_name(pairs)
        for key, item in pairs:
            inner = (*path, key) if visitor.has_paths else ()
            action = visitor.action(inner) if inner else None
            if action is ColumnAction.KEEP:
                walked[_free(key, walked)] = _plain(item)
                continue
            if action is not None:
                new = visitor.at_path(inner, action, item)
                if action is not ColumnAction.DROP:
                    walked[_free(visitor.key(key), walked)] = new
                continue
            # Everything below a secret field is secret.
            own = said if said and key.lower() in _VALUE_FIELDS else _joined(field, key)
            below = field if is_secret_name(field) else field_below(field, own, keys)
            walked[_free(visitor.key(key), walked)] = _walk(item, below, visitor, inner)
        return walked
    if isinstance(value, list):
        return [_walk(item, _of_item(item, field), visitor, path) for item in value]
    if isinstance(value, str):
        return _string(value, field, visitor)
    if isinstance(value, _SECRET_NUMBER) and not isinstance(value, bool):
        return _number(value, field, visitor)
    return value


def _said_name(pairs: Sequence[tuple[str, Any]]) -> str:
    """Return what an object says is the name of its value; an empty text if it doesn't say one."""
    if len(pairs) < 2 or not any(key.lower() in _VALUE_FIELDS for key, _ in pairs):
        return ""
    names = [item for key, item in pairs if key.lower() in _NAME_FIELDS and isinstance(item, str)]
    return names[0] if names and len(names[0]) <= _LONGEST_NAME else ""


def _plain(value: Any) -> Any:
    """Return a value as it is, with objects as dicts."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict | tuple):
        walked: dict[str, Any] = {}
        for key, item in value.items() if isinstance(value, dict) else value:
            walked[_free(key, walked)] = _plain(item)
        return walked
    return value


def _number(value: float, field: str, visitor: Visitor) -> float | str:
    text = str(value)
    if is_password_name(field):
        new = visitor.secret("password", text)
    elif isinstance(value, int) and is_card(text):
        new = visitor.secret("card", text)
    elif isinstance(value, int) and is_number(text) and is_telling(field):
        new = visitor.named(named(field), text)
        if new.isdigit() and new[0] != "0":
            return int(new)
    elif is_told_field(field):
        new = visitor.told(field, text)
    else:
        new = visitor.number(text)
    return value if new == text else new


def _string(value: str, field: str, visitor: Visitor) -> str:
    if not value or not field:
        return visitor.text(value)
    if is_settings(field, value):
        return visitor.text(value)
    if is_secret_name(field):
        if value.startswith("hmac-sha256:"):
            return value
        scheme = scheme_of(field, value)
        if scheme:
            return scheme + visitor.secret("authorization", value[len(scheme) :])
        return visitor.secret("password" if is_password_name(field) else "named", value)
    if is_user_field(field) and value.lower() not in NO_USERS:
        return _user(value, visitor)
    if is_number(value) and is_telling(field):
        return visitor.named(named(field), value)
    if is_host_field(field) and value.lower() not in NO_HOSTS:
        return visitor.host(value)
    return visitor.told(field, value) if is_told_field(field) else visitor.text(value)


def _user(value: str, visitor: Visitor) -> str:
    """Return the replacement of a user; the domain of a Windows user stays, and so do accounts of systems."""
    match = _IN_DOMAIN.fullmatch(value)
    if match is None:
        return visitor.user(value)
    name = match["name"]
    return (
        f"{visitor.text(match['domain'])}\\{name if name.lower() in NO_USERS else visitor.user(name.lower())}"
    )


def _of_item(item: Any, field: str) -> str:
    return field_of_items(field) if isinstance(item, float) else field


def _joined(parent: str, key: str) -> str:
    """Return the name that identifies a field's content: for `{"user": {"name": ..}}` that is `user.name`."""
    if key.lower() not in _NAMELESS:
        return key
    joined = f"{parent}.{key}"
    return joined if is_user_field(joined) or is_host_field(joined) else key


def _free(key: str, taken: dict[str, Any]) -> str:
    """Return the key, with a numeric suffix if another key has become equal."""
    free, number = key, 2
    while free in taken:
        free, number = f"{key}#{number}", number + 1
    return free
