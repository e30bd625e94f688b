"""`lumber serve`: the HTTP service on this machine, with a worker inside."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
import uvicorn
from uvicorn.importer import import_from_string
from uvicorn.supervisors.statreload import StatReload

import lumber
from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, load_runtime
from lumber.cli.worker import prepare
from lumber.exports.sole_worker import sole_worker
from lumber.logs import configure_logging

# By name: the command line does not know the service, and a reload imports it anew.
_APP = "lumber.api:create_app"
_RELOADED_APP = "lumber.cli.serve:create_reloaded_app"
# Downloads and streams that are still open then are cut.
_CLOSING_SECONDS = 5
# A client that takes nothing of what it asked for is cut after this: a person may pause a download.
_STALLED_SECONDS = 600


def serve(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on, of this machine only.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="Port to listen on; 0: any that is free.")
    ] = 8000,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again when the program's files change, for developers.")
    ] = False,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Run no exports here; `lumber worker` does.")
    ] = False,
    database_url: DatabaseUrlOption = None,
) -> int:
    """Serve exports over HTTP on this machine, with a worker inside.

    The API is under `/api/v1`, its OpenAPI document at `/openapi.json`. Without a database a SQLite file is
    made. SIGTERM or Ctrl-C: what runs may end for LUMBER_STOP_SECONDS, the rest goes back into the queue, and
    the next start goes on with it. A second signal hands back at once.

    Exit codes: 0 stopped, 1 the port is taken, 2 the address is refused, 130 stopped by Ctrl-C.

    Example: `lumber serve --port 8000 --database-url postgresql://lumber@localhost/lumber`
    """
    address = _loopback(host)
    runtime = load_runtime(database_url, serve_worker=False if no_worker else None)
    out = Output(as_json=False)
    asyncio.run(prepare(runtime))
    with ExitStack() as stack:
        if runtime.settings.serve_worker:
            stack.enter_context(sole_worker(runtime.url))
        try:
            listener = stack.enter_context(_bound(address, port))
        except OSError as error:
            out.errors.print(f"[bold red]error:[/] {_cannot_listen(address, port, error)}")
            return ExitCode.FAILURE
        if database_url is not None:
            os.environ["LUMBER_DATABASE_URL"] = database_url
        os.environ["LUMBER_SERVE_WORKER"] = str(runtime.settings.serve_worker).lower()
        configure_logging()
        app = None if reload else import_from_string(_APP)()
        config = uvicorn.Config(
            app or _RELOADED_APP,
            factory=app is None,
            host=str(address),
            port=listener.getsockname()[1],
            reload=reload,
            reload_dirs=[str(Path(lumber.__file__).parent)] if reload else None,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_CLOSING_SECONDS,
        )
        url = f"http://{host if ':' not in host else f'[{address}]'}:{listener.getsockname()[1]}"
        server = _Server(
            config,
            announce=lambda: _announce(out, url, has_worker=runtime.settings.serve_worker),
            on_signal=lambda count: _hurry(out, app, count) if runtime.settings.serve_worker else None,
        )
        return _serve(server, listener)


def create_reloaded_app() -> Any:
    """Build the service in a process of the reloader, whose log nobody has configured yet."""
    configure_logging()
    return import_from_string(_APP)()


class _Server(uvicorn.Server):
    """A server that says when it listens, and remembers the signals that ended it."""

    def __init__(
        self, config: uvicorn.Config, announce: Callable[[], None], on_signal: Callable[[int], None]
    ) -> None:
        super().__init__(config)
        self.announce = announce
        self._on_signal = on_signal
        self._count = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.signals: list[int] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.announce()

    def note_signal(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal before the server does, or the one that it raises again when it has ended."""
        self.signals.append(number)
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal while the server runs. A second one must not end it before the worker has ended."""
        if not self.should_exit:
            super().handle_exit(sig, frame)
        self._count += 1
        if self._loop is not None:
            # Not here: a handler may have interrupted whoever holds what printing needs.
            self._loop.call_soon_threadsafe(self._on_signal, self._count)


class _Reloader(StatReload):
    """A reloader that remembers the signal that ended it."""

    signals: list[int]

    def signal_handler(self, sig: int, frame: FrameType | None) -> None:
        self.signals.append(sig)
        super().signal_handler(sig, frame)


def _serve(server: _Server, listener: socket.socket) -> ExitCode:
    """Serve until a signal; return the exit code that it stands for."""
    config, announce = server.config, server.announce
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell asks for in the background
            signal.signal(number, server.note_signal)
    signals = server.signals
    if config.should_reload:
        announce()
        reloader = _Reloader(config, target=uvicorn.Server(config).run, sockets=[listener])
        reloader.signals = signals
        reloader.run()
    else:
        server.run(sockets=[listener])
    return ExitCode.INTERRUPTED if signal.SIGINT in signals else ExitCode.OK


def _hurry(out: Output, app: Any, count: int) -> None:
    """Answer a signal: the first lets exports end for a while, another one hands them back at once."""
    if count == 1:
        out.say("Stopping: what runs may end, the rest goes back into the queue. Again to hand back at once.")
    else:
        out.say("Handing back what runs.")
        app.state.hand_back()


def _announce(out: Output, url: str, *, has_worker: bool) -> None:
    api = "the API at /api/v1, its OpenAPI document at /openapi.json"
    worker = "" if has_worker else "No worker runs here: start one with `lumber worker`.\n"
    # At once: who waits for the first line finds all of them.
    out.say(f"Lumber serves at [bold]{printable(url)}[/] ({api}).\n{worker}Ctrl-C stops it.")


def _loopback(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address of a loopback host. Raises typer.BadParameter for any other."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
        if address.is_loopback:
            return address
    except ValueError:
        pass
    raise typer.BadParameter(
        f"{host!r} is refused: until Lumber has authentication, it serves this machine only. Use 127.0.0.1, "
        "::1 or localhost; from elsewhere, use an SSH tunnel.",
        param_hint="--host",
    )


@contextmanager
def _bound(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> Iterator[socket.socket]:
    """Yield a socket that listens; who connects before the service has started waits."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Every connection inherits it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STALLED_SECONDS * 1000)
        listener.bind((str(address), port))
        listener.listen()
        yield listener


def _cannot_listen(address: object, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {address} is taken by another program. Choose another one with --port."
    return f"{address} port {port} cannot be listened on: {error.strerror}. Choose another one with --port."
