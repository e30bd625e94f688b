"""A service that isn't ours: it answers what a test says."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Answer:
    """An answer: its status, body and headers."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass
class Stranger:
    """Its address, its answers by path, and the requests that came: method, path and headers."""

    address: str
    answers: dict[str, list[Answer]]
    requests: list[tuple[str, str, Mapping[str, str]]]


def _answer(value: Any) -> Answer:
    return value if isinstance(value, Answer) else Answer(json.dumps(value).encode())


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that closes the connection, for example because of a certificate."""


@contextmanager
def stranger(answers: Mapping[str, Answer | Any], certificate: Path | None = None) -> Iterator[Stranger]:
    """Serve answers by path, without `/api/v1` and query; values that are no Answer are sent as JSON.

    Of several answers in a tuple, each call gets the next one, and the last one stays.
    With a certificate, whose key lies beside it, it speaks TLS under the name `localhost`.
    """
    known = {
        path: list(map(_answer, each)) if isinstance(each, tuple) else [_answer(each)]
        for path, each in answers.items()
    }
    requests: list[tuple[str, str, Mapping[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0].removeprefix("/api/v1")
            requests.append((self.command, path, dict(self.headers)))
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            answers = known.get(path) or [Answer(b"<html>", 404, {"Content-Type": "text/html"})]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_DELETE = do_GET  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        # A handshake that fails in `accept` would leave its socket open.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        address = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Stranger(address, known, requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
