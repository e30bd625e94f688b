"""Who did something, and from which address."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache


class ActorKind(StrEnum):
    """What an actor is."""

    USER = "user"
    KEY = "key"
    LOCAL = "local"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: a user, a key, somebody on this machine, or Lumber itself.

    `id` is that of the user or key owner, `key_id` that of the key (never the key), and `address` that of the
    client of the service.
    """

    kind: ActorKind
    name: str
    id: str | None = None
    key_id: str | None = None
    address: str | None = None

    def at(self, address: str | None) -> Actor:
        """Return the same actor at an address."""
        return replace(self, address=address)


def local_actor() -> Actor:
    """Return the person at the command line, by the name of the operating system's user."""
    return Actor(ActorKind.LOCAL, _user_name(os.getuid()))


def system_actor(name: str) -> Actor:
    """Return a part of Lumber that acts on its own, such as a worker or the retention."""
    return Actor(ActorKind.SYSTEM, name)


# The environment isn't asked: everybody can set LOGNAME.
@cache
def _user_name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"uid {user_id}"  # in a container without an entry for it
