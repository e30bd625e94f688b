"""`lumber serve`: runs the HTTP service, with a worker inside."""

from __future__ import annotations

import asyncio
import errno
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
from lumber.cli.http_protocol import HttpProtocol
from lumber.cli.network import Address, address_of, require_accounts, warning_of
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, Runtime, load_runtime
from lumber.cli.watchdog import Watchdog
from lumber.cli.worker import prepare
from lumber.errors import DatabaseError
from lumber.exports.sole_worker import sole_worker
from lumber.identity.oidc.config import read_providers
from lumber.identity.setup import new_setup_token
from lumber.logs import configure_logging

# By name: the command line doesn't import the service, and a reload imports it again.
_APP = "lumber.api:create_app"
_RELOADED_APP = "lumber.cli.serve:create_reloaded_app"
# Downloads and streams that are still open after this are closed.
_CLOSING_SECONDS = 5
# A client that reads nothing for this long is disconnected. A person may pause a download.
_STALLED_SECONDS = 600


def serve(
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Address to listen on. Another one than 127.0.0.1, ::1 or localhost needs accounts and "
            "--public-url.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port", min=0, max=65_535, metavar="PORT", help="Port to listen on; 0 selects a free one."
        ),
    ] = 8000,
    public_url: Annotated[
        str | None,
        typer.Option(
            "--public-url",
            metavar="URL",
            help="Address that people use, such as https://lumber.example.org. Needs accounts. "
            "[default: LUMBER_PUBLIC_URL]",
            show_default=False,
        ),
    ] = None,
    reload: Annotated[
        bool, typer.Option("--reload", help="Restart when the program's files change, for developers.")
    ] = False,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Don't run exports here; `lumber worker` runs them.")
    ] = False,
    database_url: DatabaseUrlOption = None,
) -> int:
    """Serve the API and the web interface, and run queued exports.

    Without accounts, the service answers on this machine only, and prints an address where the first admin is
    made. With accounts, it can answer on a network, and each call needs a sign-in or an API key.

    The API is under `/api/v1`, its OpenAPI document at `/openapi.json`. Without a database, Lumber creates
    a SQLite file. On SIGTERM or Ctrl-C, the service ends within LUMBER_STOP_SECONDS. Running exports get all
    but the last 5 seconds of it to finish. The rest return to the queue, and the next start resumes them. A
    second signal returns them at once.

    Exit codes: 0 stopped, 1 the port is in use or something hung on shutdown (the log names it), 2 the
    address isn't allowed, 130 stopped by Ctrl-C.

    Examples:
      lumber serve
      lumber serve --port 8080 --database-url postgresql://lumber@localhost/lumber
      lumber serve --no-worker
      lumber serve --host 0.0.0.0 --public-url https://lumber.example.org
    """
    address = address_of(host)
    runtime = load_runtime(
        database_url, serve_worker=False if no_worker else None, public_url=public_url or None
    )
    require_accounts(runtime, host, address)
    read_providers(runtime.settings)  # a mistake in the file is an error here, and a traceback later
    out = Output(as_json=False)
    if (warning := warning_of(runtime, address)) is not None:
        out.note(warning)
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
        if public_url:
            os.environ["LUMBER_PUBLIC_URL"] = public_url
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
            http=HttpProtocol,
            # It believes forwarded headers of this machine by default. LUMBER_TRUSTED_PROXIES decides.
            proxy_headers=False,
            # Strangers needn't know what the service is made of.
            server_header=False,
            timeout_graceful_shutdown=_CLOSING_SECONDS,
        )
        url = f"http://{host if ':' not in host else f'[{address}]'}:{listener.getsockname()[1]}"
        token = asyncio.run(_setup_token(runtime))
        watchdog = stack.enter_context(Watchdog(lambda: (server.loop, _worker_loop(app))))
        server = _Server(
            config,
            watchdog,
            stop_seconds=runtime.settings.stop_seconds,
            announce=lambda: _announce(out, runtime, url, token),
            on_signal=lambda count: _hurry(out, app, count) if runtime.settings.serve_worker else None,
        )
        return _serve(server, listener)


def create_reloaded_app() -> Any:
    """Build the service in a process of the reloader, which hasn't configured logging yet."""
    configure_logging()
    return import_from_string(_APP)()


class _Server(uvicorn.Server):
    """A server that announces when it listens, and records the signals that stopped it."""

    def __init__(
        self,
        config: uvicorn.Config,
        watchdog: Watchdog,
        *,
        stop_seconds: float,
        announce: Callable[[], None],
        on_signal: Callable[[int], None],
    ) -> None:
        super().__init__(config)
        self.announce = announce
        self.loop: asyncio.AbstractEventLoop | None = None
        self._watchdog = watchdog
        self._stop_seconds = stop_seconds
        self._on_signal = on_signal
        self._count = 0
        self.signals: list[int] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.announce()

    def note_signal(self, number: int, _frame: FrameType | None) -> None:
        """Record a signal before the server starts, or the one that it raises again after it stopped."""
        self.signals.append(number)
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal while the server runs. A second one must not stop it before the worker stops."""
        if not self.should_exit:
            super().handle_exit(sig, frame)
        self._count += 1
        self._watchdog.start(self._stop_seconds if self._count == 1 else 0)
        if self.loop is not None:
            # Not here: the handler may have interrupted code that holds the lock of standard output.
            self.loop.call_soon_threadsafe(self._on_signal, self._count)


class _Reloader(StatReload):
    """A reloader that records the signal that stopped it."""

    signals: list[int]

    def signal_handler(self, sig: int, frame: FrameType | None) -> None:
        self.signals.append(sig)
        super().signal_handler(sig, frame)


def _serve(server: _Server, listener: socket.socket) -> ExitCode:
    """Serve until a signal, and return its exit code."""
    config, announce = server.config, server.announce
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell ignores it for background jobs
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
    """Handle a signal: the first lets exports finish for a while, the second returns them at once."""
    if count == 1:
        app.state.stop_worker()
        out.say(
            "Stopping: running exports have some time to finish. Stop again to return them to the queue now."
        )
    else:
        out.say("Returning running exports to the queue.")
        app.state.hand_back()


def _worker_loop(app: Any) -> asyncio.AbstractEventLoop | None:
    # Typed as anything: the command line doesn't import the service.
    worker: Any = getattr(None if app is None else app.state.service, "worker", None)
    loop: asyncio.AbstractEventLoop | None = None if worker is None else worker.worker.loop
    return loop


async def _setup_token(runtime: Runtime) -> str | None:
    """Return a token to make the first admin with; None if there are accounts, or the database is in use."""
    database = runtime.database()
    try:
        async with database.session() as session:
            return await new_setup_token(session)
    except DatabaseError:
        return None  # whoever needs it starts the service again
    finally:
        await database.close()


def _announce(out: Output, runtime: Runtime, url: str, token: str | None) -> None:
    api = "the API at /api/v1, its OpenAPI document at /openapi.json"
    has_worker, public_url = runtime.settings.serve_worker, runtime.settings.public_url
    worker = "" if has_worker else "No exports run here: start `lumber worker`.\n"
    public = f"People reach it at {printable(public_url)}.\n" if public_url else ""
    # After the number sign: browsers send that to nobody.
    link = f"{printable(url)}/setup#token={token}"
    setup = "" if token is None else f"To use accounts, create the first admin here (works once):\n  {link}\n"
    # In one call: a program that waits for the first line finds all of them.
    out.say(
        f"Lumber is running at [bold]{printable(url)}[/] ({api}).\n{public}{worker}{setup}"
        "Press Ctrl-C to stop."
    )


@contextmanager
def _bound(address: Address, port: int) -> Iterator[socket.socket]:
    """Yield a listening socket. Clients that connect before the service has started wait."""
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
        return f"Port {port} of {address} is in use by another program. Choose another one with --port."
    return f"Can't listen on {address} port {port}: {error.strerror}. Choose another one with --port."
