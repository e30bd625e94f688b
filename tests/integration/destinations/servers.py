"""Object stores on loopback, and a proxy in front of them that fails as it is told to."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.opening import open_store
from lumber.destinations.options import parse_options
from lumber.destinations.store import Store
from tests.integration.processes import until

KEY, SECRET = "lumberkey", "lumbersecret-8f3a"
READ_KEY, READ_SECRET = "readerkey", "readersecret"
BUCKET = "lake"
_BIN = Path(sys.executable).parent


@dataclass
class Server:
    """A running object store. `secrets` is the file of its secrets."""

    endpoint: str
    secrets: Path

    def store(self, prefix: str, endpoint: str | None = None) -> Store:
        address = parse_address(f"s3://{BUCKET}/{prefix}")
        options = parse_options({"endpoint": endpoint or self.endpoint}, address)
        return open_store(address, options, Credentials(Source.FILE, self.secrets))


def secret_file(folder: Path, key: str = KEY, secret: str = SECRET) -> Path:
    path = folder / f"{key}-{secret}.env"
    path.write_text(f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n")
    return path


@contextmanager
def seaweed(folder: Path) -> Iterator[Server]:
    """Run SeaweedFS with its S3 gateway, bounded to a few small volumes."""
    names = ("master", "volume", "filer", "s3")
    ports = free_ports(2 * len(names))
    pairs = dict(zip(names, zip(ports[::2], ports[1::2], strict=True), strict=True))
    config = folder / "s3.json"
    config.write_text(
        json.dumps(
            {
                "identities": [
                    _identity("lumber", KEY, SECRET, ["Admin", "Read", "List", "Write"]),
                    _identity("reader", READ_KEY, READ_SECRET, ["Read", "List"]),
                ]
            }
        )
    )
    (folder / "data").mkdir()
    options = [f"-{name}.port={http}" for name, (http, _) in pairs.items()]
    options += [f"-{name}.port.grpc={grpc}" for name, (_, grpc) in pairs.items()]
    command = [
        _BIN / "weed", "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        "-filer", "-s3", f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-volume.max=8", "-master.volumeSizeLimitMB=64", "-volume.minFreeSpace=1", "-master.telemetry=false",
        *options,
    ]  # fmt: skip
    endpoint = f"http://127.0.0.1:{pairs['s3'][0]}"
    with _process(command, folder / "weed.log"):
        server = Server(endpoint, secret_file(folder))
        _wait_for(server)
        yield server


@contextmanager
def rclone(folder: Path) -> Iterator[Server]:
    """Run rclone's S3 server, which ignores preconditions without a word."""
    (port,) = free_ports(1)
    (folder / "data" / BUCKET).mkdir(parents=True)
    command = [
        _BIN / "rclone", "serve", "s3", folder / "data", "--addr", f"127.0.0.1:{port}",
        "--auth-key", f"{KEY},{SECRET}", "--config", folder / "none.conf",
    ]  # fmt: skip
    with _process(command, folder / "rclone.log"):
        server = Server(f"http://127.0.0.1:{port}", secret_file(folder))
        _wait_for(server)
        yield server


@contextmanager
def process_on(command: list[object], log: Path) -> Iterator[None]:
    """Run a server until the end of the block."""
    with _process(command, log):
        yield


@contextmanager
def _process(command: list[object], log: Path) -> Iterator[None]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(log.parent), "GOMEMLIMIT": "400MiB"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        try:
            yield
            assert process.poll() is None, log.read_text()[-2_000:]
        finally:
            # Told to stop, it would wait half a minute for its own parts.
            process.kill()
            process.wait()


def _identity(name: str, key: str, secret: str, actions: list[str]) -> dict[str, object]:
    return {
        "name": name,
        "credentials": [{"accessKey": key, "secretKey": secret}],
        "actions": actions,
    }


def _wait_for(server: Server) -> None:
    """Wait until a server takes and returns objects. The client's own retries would take longer."""
    port = int(server.endpoint.rpartition(":")[2])
    until(lambda: _answers(port))
    store = server.store("ready")
    until(lambda: _is_ready(store))


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _is_ready(store: Store) -> bool:
    with suppress(Exception):
        store.replace("ready", b"ready")
        return store.read("ready", 10)[0] == b"ready"
    return False


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


# What a proxy does with the head of a request: None passes it on; a status answers; "reset" closes;
# "slow" never answers.
Fault = Callable[[str, str], int | str | None]


@dataclass
class FaultProxy:
    """Passes requests on to a server, but for those that a fault catches."""

    endpoint: str
    requests: list[str] = field(default_factory=list)
    fault: Fault = lambda _method, _target: None


@contextmanager
def failing(server: Server) -> Iterator[FaultProxy]:
    """Run a proxy in front of a server. It speaks HTTP/1.1 with one request per connection."""
    upstream = ("127.0.0.1", int(server.endpoint.rpartition(":")[2]))
    (port,) = free_ports(1)
    proxy = FaultProxy(f"http://127.0.0.1:{port}")
    stopping = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self._exchange()

        def _exchange(self) -> None:
            head = [self.rfile.readline()]
            while head[-1] not in (b"\r\n", b""):
                head.append(self.rfile.readline())
            if not head[0]:
                return
            method, target, _ = head[0].decode().split(" ")
            proxy.requests.append(f"{method} {target}")
            done = proxy.fault(method, target)
            if done == "slow":
                stopping.wait()
                return
            length = next(
                (int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length")), 0
            )
            if done == "reset":
                self.rfile.read(length // 2)
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
                )
                return
            body = self.rfile.read(length)
            if isinstance(done, int):
                code = {507: "InsufficientStorage", 403: "AccessDenied"}.get(done, "InternalError")
                text = f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode()
                self.wfile.write(f"HTTP/1.1 {done} No\r\nContent-Length: {len(text)}\r\n".encode())
                self.wfile.write(b"Connection: close\r\n\r\n" + text)
                return
            with socket.create_connection(upstream) as onward:
                kept = [line for line in head[:-1] if not line.lower().startswith(b"connection:")]
                onward.sendall(b"".join((*kept, b"Connection: close\r\n\r\n", body)))
                while chunk := onward.recv(65_536):
                    self.wfile.write(chunk)

    class Threads(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Threads(("127.0.0.1", port), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            stopping.set()
            listening.shutdown()
            thread.join()
