"""Sends files to the service, as a browser does: announce, send, watch."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2

PIECE_BYTES = 64 * 1024
LINE = "Jun 14 15:16:{:02d} combo sshd(pam_unix)[{}]: authentication failure; rhost=218.188.2.4 number {}\n"


# Some lines of this length fill as much memory as many short ones, and are loaded much sooner.
LONG_CHARACTERS = 1_000


def lines(count: int, first: int = 0, *, characters: int = 0) -> bytes:
    """Return that many lines of syslog, each unlike all others, and of at least so many characters."""
    found = (LINE.format(n % 60, n % 9000, n) for n in range(first, first + count))
    return "".join(line[:-1].ljust(characters, "x") + "\n" for line in found).encode()


async def announce(client: httpx2.AsyncClient, **body: Any) -> str:
    """Announce a file of logs; return the upload's id."""
    answer = await client.post("/ingest/uploads", json={"kind": "logs", "name": "a.log", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()["upload_id"]


async def send(client: httpx2.AsyncClient, content: Any, **body: Any) -> dict[str, Any]:
    """Announce and send a file; return what the service says in the end."""
    upload_id = await announce(client, **body)
    answer = await client.put(f"/ingest/uploads/{upload_id}/content", content=content)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert report["status"] == "completed"
    assert report["loaded"] + report["rejected"] == report["lines"]
    assert (await client.get(f"/ingest/uploads/{upload_id}")).json() == report
    return report


async def rejects(client: httpx2.AsyncClient, source_id: str, **query: Any) -> str:
    """Return the rejected lines of a source, one JSON object a line."""
    answer = await client.get(f"/ingest/sources/{source_id}/rejects", params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


async def in_pieces(content: bytes, between: Callable[[], None] = lambda: None) -> AsyncIterator[bytes]:
    """Yield the content piece by piece."""
    for start in range(0, len(content), PIECE_BYTES):
        between()
        yield content[start : start + PIECE_BYTES]
