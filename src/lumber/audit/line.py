"""A line of the audit trail: what a caller records, and what the chain keeps of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from lumber.audit.actions import DECLARED, Action, Member
from lumber.audit.actor import Actor
from lumber.audit.secrets import without_secret

FIRST_PREV_HASH = "0" * 64
# Members of a line that `hash` covers, in the order in which they are shown.
MEMBERS = (
    "seq", "at", "actor_kind", "actor_id", "actor_name", "key_id", "address", "action", "target_kind",
    "target_id", "result", "reason", "details", "prev_hash",
)  # fmt: skip

_LONGEST_TEXT = 300
_MOST_TEXTS = 200
_LARGEST = 2**63 - 1
_LONGEST_REASON = 64
_HEX = frozenset("0123456789abcdef")
# Control characters, and what no database or encoding can store.
_UNSTORABLE = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"

Detail = str | int | bool | Sequence[str] | None


class Result(StrEnum):
    """How an action ended."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewLine:
    """What is to be recorded. Details that are None are left out.

    `target` is (kind, id), for example `("export", "3f2a...")`. `reason` is a code, such as that of an error:
    messages may contain data.
    """

    actor: Actor
    action: Action
    target: tuple[str, str] | None = None
    result: Result = Result.OK
    reason: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)

    def members(self) -> dict[str, Any]:
        """Return the members of the line that don't depend on its place in the chain.

        Raises ValueError for details that the action doesn't declare, and for a reason that isn't a code.
        """
        if self.reason is not None and not _is_code(self.reason):
            raise ValueError(f"the reason {self.reason!r} is not a code of lower-case letters")
        kind, id_ = self.target or (None, None)
        return {
            "actor_kind": self.actor.kind.value,
            "actor_id": _text_or_none(self.actor.id),
            "actor_name": _text(self.actor.name),
            "key_id": _text_or_none(self.actor.key_id),
            "address": _text_or_none(self.actor.address),
            "action": self.action.value,
            "target_kind": _text_or_none(kind),
            "target_id": _text_or_none(id_),
            "result": self.result.value,
            "reason": self.reason,
            "details": _details(self.action, self.details),
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is in the chain: its members, as the canonical JSON has them, and its hash."""

    members: dict[str, Any]
    hash: str

    @property
    def seq(self) -> int:
        """The number of the line; the numbers have no gaps."""
        return int(self.members["seq"])

    def as_json(self) -> dict[str, Any]:
        """Return the members and the hash as JSON values."""
        return {**self.members, "hash": self.hash}

    def as_text(self) -> str:
        """Return the line as canonical JSON, with its hash."""
        return canonical(self.as_json())


def chained(members: Mapping[str, Any], seq: int, at: datetime, prev_hash: str) -> Line:
    """Return the line at a place of the chain."""
    placed = {**members, "seq": seq, "at": time_text(at), "prev_hash": prev_hash}
    ordered = {name: placed[name] for name in MEMBERS}
    return Line(ordered, hash_of(ordered))


def canonical(value: Mapping[str, Any]) -> str:
    """Return canonical JSON: sorted names, no spaces, and no escapes but those that JSON demands (RFC 8785).

    Lines have no fractions, whose text differs between libraries.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(members: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of all members; `hash` isn't one of them."""
    return hashlib.sha256(canonical(members).encode("utf-8", "surrogatepass")).hexdigest()


def time_text(at: datetime) -> str:
    """Return a time in UTC with all six digits of its microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _details(action: Action, details: Mapping[str, Detail]) -> dict[str, Any]:
    declared = DECLARED[action].members
    found = {}
    for name, value in details.items():
        if name not in declared:
            raise ValueError(f"{action} has no detail {name!r}; it may have {', '.join(declared) or 'none'}")
        if value is not None:
            found[name] = _detail(f"{action}.{name}", declared[name], value)
    return found


def _detail(name: str, member: Member, value: Detail) -> Any:
    if member is Member.TEXT and isinstance(value, str):
        return _text(value)
    if member is Member.TEXTS and not isinstance(value, str | int | None):
        texts = [_text(text) for text in value[:_MOST_TEXTS]]
        return [*texts, f"and {len(value) - _MOST_TEXTS:,} more"] if len(value) > _MOST_TEXTS else texts
    if member is Member.FLAG and isinstance(value, bool):
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if member is Member.NUMBER and is_number and isinstance(value, int) and abs(value) <= _LARGEST:
        return int(value)
    if member is Member.SHA256 and isinstance(value, str) and _is_sha256(value):
        return value
    raise ValueError(f"the detail {name} is not a {member.value}")


def _text_or_none(text: str | None) -> str | None:
    return None if text is None else _text(text)


def _text(text: str) -> str:
    """Return a text that every database stores, without secrets and at most 300 characters long."""
    found = without_secret(storable(text))
    return found if len(found) <= _LONGEST_TEXT else found[: _LONGEST_TEXT - 1] + "…"


def storable(text: str) -> str:
    """Return a text without characters that a database refuses or a terminal obeys."""
    # Most texts are printable, and for them the expression isn't compiled.
    return text if text.isprintable() else re.sub(_UNSTORABLE, "\N{REPLACEMENT CHARACTER}", text)


def _is_code(text: str) -> bool:
    return text.isascii() and text.isidentifier() and text.islower() and len(text) <= _LONGEST_REASON


def _is_sha256(text: str) -> bool:
    return len(text) == len(FIRST_PREV_HASH) and _HEX.issuperset(text)
