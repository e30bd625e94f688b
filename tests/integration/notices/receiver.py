"""A real receiver of webhooks on a loopback address, and a sender whose look-ups of names a test decides."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lumber.notices.delivering import Sender
from lumber.notices.document import NoticeDocument
from lumber.notices.outbox import Delivery, list_deliveries, queue_test
from lumber.notices.stored import GivenSecret, WithSecret, create_notice
from lumber.settings import Settings
from lumber.store.database import Database

# Messages may go to the first. The second is the victim of attacks, inside the machine and not allowed.
ALLOWED, INSIDE = "127.0.0.2", "127.0.0.1"
KEY = b"a key of thirty-two bytes, known"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Any:
        return json.loads(self.body)


def is_signed(request: Received, key: bytes = KEY) -> bool:
    """Say whether the signature is right: written from the specification, without code of Lumber."""
    signed = b".".join(
        [request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), request.body]
    )
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    return b"v1," + expected in request.headers["webhook-signature"].encode().split(b" ")


@dataclass
class Receiver:
    """Records what arrives. `answer` gives the status and the headers of the answer to a request."""

    host: str
    port: int
    requests: list[Received] = field(default_factory=list)
    connections: list[str] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, dict[str, str]]] = lambda _request: (204, {})
    body: bytes = b""

    def url(self, path: str = "/hook", *, host: str | None = None, scheme: str = "http") -> str:
        return f"{scheme}://{host or self.host}:{self.port}{path}"


@contextmanager
def receiving(host: str = ALLOWED, *, port: int = 0, tls: Path | None = None) -> Iterator[Receiver]:
    """Yield a running receiver; with the files of a certificate, one that speaks TLS."""

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            receiver.connections.append(self.client_address[0])
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append(Received(self.path, headers, body))
            status, given = receiver.answer(receiver.requests[-1])
            self.send_response(status)
            for name, value in given.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            try:
                self.wfile.write(receiver.body)
            except OSError:
                self.close_connection = True  # the sender has read enough

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    with Server((host, port), Handler) as server:
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "server.crt", tls / "server.key")
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        receiver = Receiver(host, server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


class Names:
    """A resolver: the addresses of each name, one list for each look-up, the last one for ever."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        lists = self._answers.get(host, [[host]])
        return lists.pop(0) if len(lists) > 1 else lists[0]


def settings_for(url: str, folder: Path, **values: Any) -> Settings:
    chosen = {"notice_allowed_networks": f"{ALLOWED}/32", "notice_seconds": 10.0, **values}
    return Settings(data_dir=folder, database_url=url, **chosen)


async def webhook(database: Database, url: str, **values: Any) -> WithSecret:
    """Create a notice of the machine itself that tells about everything."""
    given = {"name": "hook", "events": ["completed", "failed", "held", "paused", "no_new_data"], **values}
    async with database.session() as session:
        document = NoticeDocument(channel="webhook", url=url, **given)
        return await create_notice(session, document, secret=GivenSecret(SECRET))


async def try_out(database: Database, settings: Settings, made: WithSecret, names: Names) -> Delivery:
    """Send a test of a notice and return what became of it."""
    async with database.session() as session:
        delivery_id = await queue_test(session, made.notice)
    await send_all(Sender(database, settings, resolve=names))
    async with database.session() as session:
        found = await list_deliveries(session, made.notice.notice_id)
    return next(each for each in found if each.delivery_id == delivery_id)


async def send_all(sender: Sender) -> int:
    """Send what is due, and return the number of messages."""
    count = 0
    try:
        while (claimed := await sender.claim()) is not None:
            await sender.deliver(claimed)
            count += 1
    finally:
        sender.close()
    return count
