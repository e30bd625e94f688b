"""What a listener has counted since it was started."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """Messages by what became of them.

    `dropped` datagrams found the buffer or the spool full; `kernel_dropped` ones never reached Lumber.
    `undated` messages had no time and got that of their arrival; `loaded` counts them too.
    """

    received: Counter[str] = field(default_factory=Counter)
    loaded: int = 0
    rejected: int = 0
    undated: int = 0
    dropped: int = 0
    kernel_dropped: int = 0
    connections: int = 0
    refused_connections: int = 0
    torn_bytes: int = 0

    @property
    def messages(self) -> int:
        """The messages that were received over all transports."""
        return self.received.total()
