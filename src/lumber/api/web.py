"""Serves the built pages of the interface, or instructions if they are not built."""

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

# `make frontend` builds into this folder, which is part of the wheel.
_FOLDER = Path(str(files("lumber"))) / "web"
_INDEX = "index.html"
# Placeholder for the nonce in the built page.
_NONCE_MARK = "__CSP_NONCE__"
# Prefixes of the service's own paths. Serving the page there would hide 404 errors.
_RESERVED = frozenset({"api", "health", "mcp", "metrics", "openapi.json"})
# The system's table may map JavaScript to text/plain, which browsers reject.
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
# The build writes compressed copies. Clients that accept them get the smallest.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_YEAR_SECONDS = 31_536_000
_NO_BUILD = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Lumber: the pages are not built</title></head>
<body>
<h1>The pages are not built</h1>
<p>The service works, but this installation has no pages. In a checkout, with Node 20 or newer, run:</p>
<pre>make serve</pre>
<p>It builds the pages and starts the service; <code>make frontend</code> only builds them. Then reload this
page.</p>
<p>The API is described at <a href="/openapi.json">/openapi.json</a>. <code>lumber --help</code> lists the
commands.</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Build:
    """The files of one build by request path, and its page."""

    files: Mapping[str, Path]
    page: str
    stamp_ns: int


class WebRoute(BaseRoute):
    """Serve built files, and the page to browsers that navigate to one of its paths.

    Request paths are only looked up among the files of the build; they never reach the disk.
    """

    # The route template in the metrics.
    path_format = "/{path}"

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._folder = folder
        self._build: _Build | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match requests for pages and their files. Other requests keep their 404."""
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
            return HTMLResponse(_NO_BUILD, 503)
        file = build.files.get(path)
        return _page(build.page) if file is None else _file(build, path, Headers(scope=scope))

    def _is_page(self, path: str, scope: Scope) -> bool:
        """Return whether a browser navigates to this path. Programs need the error instead."""
        first, _, _ = path.partition("/")
        if path in ("", _INDEX):
            return True
        is_navigation = "text/html" in Headers(scope=scope).get("accept", "")
        return is_navigation and first not in _RESERVED and "." not in path.rstrip("/").rsplit("/", 1)[-1]

    def _current(self) -> _Build | None:
        """Return the build; read it again if it was replaced."""
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
        # A nonce is valid for one response, and a cached page could name files of an old build.
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
    }
    return HTMLResponse(page.replace(_NONCE_MARK, nonce), headers=headers)


def _file(build: _Build, path: str, headers: Headers) -> Response:
    file = build.files[path]
    # File names in `assets` contain a hash of the content.
    is_hashed = path.startswith("assets/")
    caching = f"public, max-age={_YEAR_SECONDS}, immutable" if is_hashed else "no-cache"
    sent = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
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
    """Serve the pages at `/`. Add this route last, so that all others match first."""
    app.router.routes.append(WebRoute())
