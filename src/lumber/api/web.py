"""The browser part: the built pages out of the package, or, without a build, how to get one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

# `make frontend` builds into here; the folder is part of the wheel.
_FOLDER = Path(str(files("lumber"))) / "web"
_INDEX = "index.html"
# Where the build leaves a place for the nonce.
_NONCE_MARK = "__CSP_NONCE__"
# First parts of paths that are the service's own: a page there would hide that they do not exist.
_RESERVED = frozenset({"api", "health", "metrics", "openapi.json"})
# Ours, not the machine's: its own table may call JavaScript plain text, which browsers then refuse.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
# The build compresses; what stands beside a file is sent to those who take it, the smaller one first.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_YEAR_SECONDS = 31_536_000
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_NO_BUILD = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Lumber: the pages are not built</title></head>
<body>
<h1>The pages are not built</h1>
<p>The service works, but this installation came without its pages. In a checkout, with Node 20 or newer:</p>
<pre>make serve</pre>
<p>builds them and starts the service; <code>make frontend</code> only builds them. Then load this page
again.</p>
<p>The API is described at <a href="/openapi.json">/openapi.json</a>, and <code>lumber --help</code> does
the same without a browser.</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Build:
    """The files of one build by the path they are asked for, and its page."""

    files: Mapping[str, Path]
    page: str
    stamp_ns: int


class WebRoute(BaseRoute):
    """Answers with a built file, or to a browser that goes to a page of ours with the page itself.

    A client's path is only looked up among the files that the build has; it never reaches the disk.
    """

    # The name under which the metrics count all of them.
    path_format = "/{path}"

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._folder = folder
        self._build: _Build | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take what is asked of the pages, and leave everything else, so that it is an error as ever."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        path = str(scope["path"]).removeprefix("/")
        build = self._current()
        if not (build and path in build.files) and not self._is_page(path, scope):
            return Match.NONE, {}
        return Match.FULL, {"endpoint": self, "route": self, "path_params": {"path": path}}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file or the page."""
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        build, path = self._build, scope["path_params"]["path"]
        if build is None:
            headers = {**_SAFE, "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}
            return HTMLResponse(_NO_BUILD, 503, headers)
        file = build.files.get(path)
        return _page(build.page) if file is None else _file(build, path, Headers(scope=scope))

    def _is_page(self, path: str, scope: Scope) -> bool:
        """Say whether a person went there: programs that ask for anything else want their error."""
        first, _, _ = path.partition("/")
        if path in ("", _INDEX):
            return True
        is_navigation = "text/html" in Headers(scope=scope).get("accept", "")
        return is_navigation and first not in _RESERVED and "." not in path.rstrip("/").rsplit("/", 1)[-1]

    def _current(self) -> _Build | None:
        """Return the build, read again when another one has taken its place."""
        index = self._folder / _INDEX
        try:
            stamp_ns = index.stat().st_mtime_ns
        except FileNotFoundError:
            self._build = None
            return None
        if self._build is None or self._build.stamp_ns != stamp_ns:
            found = {
                file.relative_to(self._folder).as_posix(): file
                for file in self._folder.rglob("*")
                if file.is_file() and file != index
            }
            self._build = _Build(found, index.read_text(encoding="utf-8"), stamp_ns)
        return self._build


def _page(page: str) -> Response:
    nonce = secrets.token_urlsafe(16)
    policy = {
        "default-src": "'none'",
        "base-uri": "'none'",
        "connect-src": "'self'",
        "font-src": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "img-src": "'self' data:",
        "script-src": "'self'",
        "style-src": f"'self' 'nonce-{nonce}'",
    }
    headers = {
        **_SAFE,
        # The nonce is good for one answer, and a page must never outlive the files that it names.
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
    }
    return HTMLResponse(page.replace(_NONCE_MARK, nonce), headers=headers)


def _file(build: _Build, path: str, headers: Headers) -> Response:
    file = build.files[path]
    # Names in `assets` carry a hash of their content.
    is_hashed = path.startswith("assets/")
    caching = f"public, max-age={_YEAR_SECONDS}, immutable" if is_hashed else "no-cache"
    sent = {**_SAFE, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    accepted = {part.partition(";")[0].strip() for part in headers.get("accept-encoding", "").split(",")}
    media_type = _MEDIA_TYPES.get(file.suffix, "application/octet-stream")
    for encoding, suffix in _ENCODINGS:
        compressed = build.files.get(path + suffix)
        if encoding in accepted and compressed is not None:
            return FileResponse(
                compressed, headers={**sent, "Content-Encoding": encoding}, media_type=media_type
            )
    return FileResponse(file, headers=sent, media_type=media_type)


def add_web(app: FastAPI) -> None:
    """Serve the pages at `/`. Add it last: every other route goes first."""
    app.router.routes.append(WebRoute())
