"""`lumber listen`: receives syslog from the network and loads it."""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Annotated

import structlog
import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.formats.finding import with_saved_format
from lumber.cli.live_loader import allow_many_files, live_loader, ready_database
from lumber.cli.output import Output, printable
from lumber.cli.reading_options import (
    DefaultLevelOption,
    DeriveIpsOption,
    FormatOption,
    MapOption,
    PatternOption,
    TimeFormatOption,
    TimezoneOption,
)
from lumber.cli.runtime import DatabaseUrlOption, Runtime, load_runtime
from lumber.cli.watchdog import Watchdog
from lumber.errors import ConfigError, DatabaseUnreachable, FieldProblem
from lumber.ingest.follow.pace import Pace
from lumber.ingest.limits import Limits
from lumber.ingest.listen.connections import ConnectionLimits
from lumber.ingest.listen.endpoints import DEFAULT_PORT, Endpoint, name_of, tls_context
from lumber.ingest.listen.listener import Bound, Listener
from lumber.ingest.listen.messages import require_messages
from lumber.ingest.listen.spool import Spool
from lumber.ingest.options import IngestOptions
from lumber.ingest.records.mapping import pairs_of
from lumber.ingest.uploads.request import UploadRequest
from lumber.logs import configure_logging
from lumber.text import counted

_log = structlog.stdlib.get_logger(__name__)

_ADDRESS = "[ADDRESS:]PORT"
# Of the time in which the process has to end.
_LEAVING_SECONDS = 2.0


def listen(
    udp: Annotated[
        list[str] | None,
        typer.Option(
            metavar=_ADDRESS, help="Receive datagrams (RFC 5426) here. Can be repeated.", show_default=False
        ),
    ] = None,
    tcp: Annotated[
        list[str] | None,
        typer.Option(
            metavar=_ADDRESS, help="Accept connections (RFC 6587) here. Can be repeated.", show_default=False
        ),
    ] = None,
    tls: Annotated[
        list[str] | None,
        typer.Option(
            metavar=_ADDRESS, help="Accept TLS (RFC 5425) here. Can be repeated.", show_default=False
        ),
    ] = None,
    cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificate chain of --tls, in PEM.", show_default=False),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Private key of --tls, in PEM.", show_default=False),
    ] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Accept only senders with a certificate of this authority (--tls).",
            show_default=False,
        ),
    ] = None,
    format_: FormatOption = "auto",
    timezone: TimezoneOption = None,
    pattern: PatternOption = None,
    mapped: MapOption = None,
    time_format: TimeFormatOption = None,
    default_level: DefaultLevelOption = None,
    derive_ips: DeriveIpsOption = True,
    database_url: DatabaseUrlOption = None,
) -> int:
    """Receive syslog over UDP, TCP and TLS, and load it.

    Without an address, it listens on UDP and TCP port 5514 of this machine. A port without an address is on
    this machine only. Messages are written to a spool in the data folder, and loaded from there in batches:
    if the database is away, they wait, also after a kill. What a TCP connection has sent is in the spool
    before more of it is read. On SIGTERM or Ctrl-C, it loads what has arrived, and ends within
    LUMBER_STOP_SECONDS. The rest stays in the spool for the next start.

    Exit codes: 0 stopped, 1 the database rejects the messages or something hung on shutdown, 3 bad
    configuration.

    Examples:
      lumber listen
      lumber listen --udp 0.0.0.0:514 --tcp 0.0.0.0:514 --timezone Europe/Berlin
      lumber listen --tls 0.0.0.0:6514 --cert server.crt --key server.key
      lumber listen --tcp 5514 --format jsonl --map message=text
    """
    output = Output(as_json=False)
    request = UploadRequest(
        kind="logs",
        name="syslog",
        format=format_,
        timezone=timezone,
        default_level=default_level,
        pattern=pattern,
        map=pairs_of(mapped or []),
        time_format=time_format,
        derive_ips=derive_ips,
    )
    options = with_saved_format(request, database_url).checked()
    require_messages(options.format)
    endpoints = _endpoints({"udp": udp or [], "tcp": tcp or [], "tls": tls or []})
    context = _context(endpoints, cert, key, client_ca)
    runtime = load_runtime(database_url)
    options = replace(options, limits=Limits.of(runtime.settings))
    configure_logging()
    allow_many_files()
    if not ready_database(runtime):
        output.note("The database can't be reached. Messages wait in the spool until it can.")
    with ExitStack() as stack:
        spool = Spool(runtime.settings.data_dir.expanduser().absolute() / "spool")
        spool.open()
        stack.callback(spool.close)
        bound = [(each.transport, stack.enter_context(closing(each.bound()))) for each in endpoints]
        listener = _listener(runtime, options, spool, context)
        watchdog = stack.enter_context(Watchdog(lambda: [listener.loop]))
        asyncio.run(_run(listener, bound, watchdog, output, runtime.settings.stop_seconds))
        return _summary(listener, output)


def _endpoints(given: Mapping[str, Sequence[str]]) -> list[Endpoint]:
    """Return where to listen: by default UDP and TCP on this machine."""
    if not any(given.values()):
        given = {"udp": [str(DEFAULT_PORT)], "tcp": [str(DEFAULT_PORT)]}
    return [Endpoint.parse(transport, text) for transport, texts in given.items() for text in texts]


def _context(
    endpoints: Sequence[Endpoint], cert: Path | None, key: Path | None, client_ca: Path | None
) -> ssl.SSLContext | None:
    """Return the context of TLS, if it is used. Raises ConfigError."""
    given = {"--cert": cert, "--key": key, "--client-ca": client_ca}
    if any(endpoint.transport == "tls" for endpoint in endpoints):
        if cert is None or key is None:
            missing = "--cert" if cert is None else "--key"
            raise ConfigError(
                [FieldProblem(missing, None, "is missing: --tls needs a certificate and its key")]
            )
        return tls_context(cert, key, client_ca)
    unused = [FieldProblem(name, str(path), "applies to --tls only") for name, path in given.items() if path]
    if unused:
        raise ConfigError(unused)
    return None


def _listener(
    runtime: Runtime, options: IngestOptions, spool: Spool, context: ssl.SSLContext | None
) -> Listener:
    settings, stop = runtime.settings, Event()
    limits = ConnectionLimits(
        settings.listen_message_bytes,
        settings.listen_connections,
        settings.listen_connections_per_address,
        settings.listen_idle_seconds,
    )
    loader = live_loader(runtime, options, stop, _log.warning, lambda _report: None)
    pace = Pace.of(settings)
    return Listener(spool, loader, stop, limits, pace, settings.listen_spool_bytes, context)


async def _run(
    listener: Listener, bound: Bound, watchdog: Watchdog, output: Output, stop_seconds: float
) -> None:
    def announce() -> None:
        # In one call: a program that waits for the first line finds all of them.
        names = [f"listening on {name_of(transport, sock)}" for transport, sock in bound]
        output.say(printable("\n".join(names)))
        sys.stdout.flush()

    def stop() -> None:
        watchdog.start(stop_seconds)
        listener.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell ignores it for background jobs
            asyncio.get_running_loop().add_signal_handler(number, stop)
    await listener.run(bound, announce, max(1.0, stop_seconds - _LEAVING_SECONDS))


def _summary(listener: Listener, output: Output) -> ExitCode:
    """Print what became of the messages."""
    counts = listener.counts
    listener.log_status()
    received = counted(counts.messages, "message")
    text = f"{received} received, {counts.loaded:,} loaded, {counts.rejected:,} rejected"
    if counts.dropped or counts.kernel_dropped:
        text += f", {counts.dropped + counts.kernel_dropped:,} dropped"
    output.say(text)
    if counts.undated:
        output.say(f"{counted(counts.undated, 'message')} without a time got the time of arrival")
    if not listener.is_spool_empty:
        output.note("Some messages are still in the spool. The next `lumber listen` loads them.")
    if listener.error is not None and not isinstance(listener.error, DatabaseUnreachable):
        raise listener.error
    return ExitCode.OK
