"""A service with accounts on a loopback port, as `lumber serve` runs it, and a client that sends bytes."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from lumber.cli.http_protocol import HttpProtocol
from lumber.settings import Settings
from tests.clones import make_tables
from tests.integration.api.everybody import House, inhabited
from tests.integration.api.serving import LONG_SECONDS, until

T = TypeVar("T")

PUBLIC_URL = "https://lumber.example.org"
PUBLIC_HOST = "lumber.example.org"


@dataclass(frozen=True)
class Answer:
    """What came back for raw bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of a problem document."""
        return str(json.loads(self.body)["code"])


@dataclass(frozen=True)
class Attacked:
    """The service: its port, what is in it, and its event loop."""

    port: int
    house: House
    home: Path
    loop: asyncio.AbstractEventLoop

    def raw(self, text: str | bytes) -> Answer:
        """Send bytes as they are, and return the first answer."""
        with socket.create_connection(("127.0.0.1", self.port), LONG_SECONDS) as client:
            client.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))
            answer = http.client.HTTPResponse(
                client, method="HEAD" if text[:4] in ("HEAD", b"HEAD") else None
            )
            answer.begin()
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
            )

    def raw_bytes(self, text: str) -> bytes:
        """Send bytes as they are, and return all that comes until the service closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), LONG_SECONDS) as client:
            client.sendall(text.encode("latin-1"))
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65_536), b""))

    def call(
        self, path: str, who: str = "nobody", *, method: str = "GET", body: Any = None, **headers: str
    ) -> Answer:
        """Make a call as somebody of the house; `_` in names of headers means `-`."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = {"Host": PUBLIC_HOST, "Connection": "close"}
        if content:
            lines |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        if who != "nobody":
            lines["Authorization"] = f"Bearer {self.house.keys[who]}"
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return self.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + content)

    @contextmanager
    def opened(self, path: str, who: str = "nobody", **headers: str) -> Iterator[http.client.HTTPResponse]:
        """Begin a call as somebody, and yield the answer while it is open."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG_SECONDS)
        if who != "nobody":
            headers["Authorization"] = f"Bearer {self.house.keys[who]}"
        client.request("GET", path, headers={"Host": PUBLIC_HOST, **headers})
        try:
            with client.getresponse() as answer:
                yield answer
        finally:
            client.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the event loop of the service."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(LONG_SECONDS)

    def audit(self, **filters: Any) -> list[dict[str, Any]]:
        """Return lines of the audit trail, oldest first."""
        return self.run(self.house.lines(**filters))


@contextmanager
def attacked_service(home: Path, **values: Any) -> Iterator[Attacked]:
    """Run a service in a thread until the block ends. `values` are more settings."""
    url = f"sqlite:///{home / 'lumber.db'}"
    make_tables(url)
    settings = Settings(
        serve_worker=False, data_dir=home, database_url=url, workers=1, public_url=PUBLIC_URL, **values
    )
    found: list[Attacked] = []
    is_ready, may_stop = threading.Event(), threading.Event()

    async def serve() -> None:
        try:
            # In this process, the client is on the loopback of the same machine.
            async with inhabited(settings, home) as house:
                app: Any = house.client._transport.app  # type: ignore[attr-defined]
                config = uvicorn.Config(
                    app,
                    log_config=None,
                    access_log=False,
                    http=HttpProtocol,
                    lifespan="off",
                    proxy_headers=False,
                    server_header=False,
                    timeout_graceful_shutdown=1,
                )
                server = uvicorn.Server(config)
                with socket.create_server(("127.0.0.1", 0)) as listener:
                    task = asyncio.create_task(server.serve(sockets=[listener]))
                    await until(lambda: server.started)
                    port = listener.getsockname()[1]
                    found.append(Attacked(port, house, home, asyncio.get_running_loop()))
                    is_ready.set()
                    await asyncio.to_thread(may_stop.wait)
                    server.should_exit = True
                    await task
        finally:
            is_ready.set()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert is_ready.wait(LONG_SECONDS)
        yield found[0]
    finally:
        may_stop.set()
        thread.join()
