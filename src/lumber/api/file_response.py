"""Files as answers: downloads with ranges and conditions, and bytes that are made while they are sent.

Starlette's `FileResponse` sends files and their ranges (RFC 9110). This module adds ETag and digest of the
content (RFC 9530), `If-None-Match`, and 416 as a problem document.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Generator, Mapping
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from lumber.api.problems import problem_response
from lumber.store.models import ExportFile
from lumber.text import counted

MEDIA_TYPE = "application/octet-stream"
_RANGE = re.compile(
    r"bytes=\s*(?:(?P<first>[0-9]{1,18})\s*-\s*(?P<last>[0-9]{0,18})|-\s*(?P<suffix>[0-9]{1,18}))\s*",
    re.IGNORECASE,
)


class ByteStream(StreamingResponse):
    """Send bytes as they are made. The generator is closed when the client disconnects."""

    def __init__(self, chunks: Generator[bytes], media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(chunks, headers=headers, media_type=media_type)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.release()

    def release(self) -> None:
        """Close what the bytes are made of: the garbage collector could leave a file open for a long time."""
        self._chunks.close()


class OpenFileResponse(FileResponse):
    """Send an open file and close it. Its path may lead elsewhere by now: the file itself is sent."""

    chunk_size = 256 * 1024

    def __init__(self, file: BinaryIO, media_type: str, headers: Mapping[str, str] | None = None) -> None:
        state = os.fstat(file.fileno())
        place = f"/proc/self/fd/{file.fileno()}"
        super().__init__(place, headers=headers, media_type=media_type, stat_result=state)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the range that the request asks for."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.release()

    def release(self) -> None:
        """Close the file. Only needed if the response isn't sent."""
        self._file.close()


class _WholeDownload(OpenFileResponse):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the whole file, whatever `Range` says."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


def attachment(name: str) -> dict[str, str]:
    """Return headers that let a browser save the content under `name` and never display it."""
    plain = name.encode("ascii", "replace").decode().replace('"', "_").replace("\\", "_")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
    }


def file_response(request: Request, opened: BinaryIO, file: ExportFile) -> Response:
    """Return the answer for an open file: the whole file or one range of it, 304 or 416."""
    etag = f'"{file.sha256}"'
    headers = {
        **attachment(file.path.replace("/", "-")),
        "ETag": etag,
        # The content under a file id never changes, but it can be deleted.
        "Cache-Control": "private, no-cache",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:",
    }
    if _names(request.headers.get("if-none-match", ""), etag):
        opened.close()
        return Response(status_code=304, headers=headers)
    first = _first_byte(request, etag, file.size_bytes)
    if first is None:
        return _WholeDownload(opened, MEDIA_TYPE, headers)
    if first >= file.size_bytes:
        opened.close()
        detail = f"The file has {counted(file.size_bytes, 'byte')}, and `Range` starts after them."
        extra = {"Content-Range": f"bytes */{file.size_bytes}"}
        return problem_response(request.scope, "range_not_satisfiable", detail, headers=extra)
    return OpenFileResponse(opened, MEDIA_TYPE, headers)


def _names(condition: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in condition.split(","))


def _first_byte(request: Request, etag: str, size: int) -> int | None:
    """Return the first byte of the range that is asked for, or None when the answer is the whole file.

    RFC 9110 lets a server ignore a range: this one ignores malformed ranges and lists of ranges, for which
    Starlette answers with plain text or a multipart body, and ranges of other content.
    """
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or request.method == "HEAD" or request.headers.get("if-range", etag) != etag:
        return None
    first, last, suffix = match.groups()
    if suffix:
        return max(0, size - int(suffix))
    return None if last and int(last) < int(first) else int(first)
