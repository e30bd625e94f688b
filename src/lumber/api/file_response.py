"""A file as an answer: conditional, in parts, and never opened by the browser (RFC 9110, 9530)."""

from __future__ import annotations

import base64
import re
from collections.abc import Generator, Mapping
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from lumber.api.problems import problem_response
from lumber.exports.download import read_slice
from lumber.store.models import ExportFile
from lumber.text import counted

MEDIA_TYPE = "application/octet-stream"
_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


class ByteStream(StreamingResponse):
    """Bytes sent as they are made. What makes them is closed when the client is gone."""

    def __init__(
        self, chunks: Generator[bytes], media_type: str, headers: Mapping[str, str], status_code: int = 200
    ) -> None:
        super().__init__(chunks, status_code, headers, media_type)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Not left to the garbage collector: an open file may be held for long.
            self._chunks.close()


def attachment(name: str) -> dict[str, str]:
    """Return the headers with which a browser saves the content under a name and never shows it."""
    plain = name.encode("ascii", "replace").decode().replace('"', "_").replace("\\", "_")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }


def file_response(request: Request, place: Path, file: ExportFile) -> Response:
    """Answer with a file at `place`, with the part that was asked for, or with why there is none."""
    etag = f'"{file.sha256}"'
    headers = {
        **attachment(file.path.replace("/", "-")),
        "ETag": etag,
        "Accept-Ranges": "bytes",
        # A file never changes under its id, but it can be deleted.
        "Cache-Control": "private, no-cache",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:",
    }
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    size = file.size_bytes
    if request.method == "HEAD":
        return Response(headers={**headers, "Content-Length": str(size)}, media_type=MEDIA_TYPE)
    part = _part(request, etag, size)
    if part is None:
        headers["Content-Length"] = str(size)
        return ByteStream(read_slice(place, 0, size), MEDIA_TYPE, headers)
    start, end = part
    if start >= end:
        detail = f"The file has {counted(size, 'byte')}, and none of those that Range asks for."
        refusal = {"Content-Range": f"bytes */{size}"}
        return problem_response(request.scope, "range_not_satisfiable", detail, headers=refusal)
    headers |= {"Content-Length": str(end - start), "Content-Range": f"bytes {start}-{end - 1}/{size}"}
    return ByteStream(read_slice(place, start, end), MEDIA_TYPE, headers, 206)


def _names(condition: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in condition.split(","))


def _part(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """Return the bytes asked for, from and up to, empty when there are none; None for the whole file.

    What is not one plain range is not looked at, as RFC 9110 allows.
    """
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or not any(match.groups()) or request.headers.get("if-range", etag) != etag:
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size
