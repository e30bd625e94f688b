"""Where a listener listens: addresses, sockets, and the certificate of TLS."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from lumber.errors import ConfigError, FieldProblem

DEFAULT_PORT = 5514
_LOOPBACK = "127.0.0.1"
_ALLOWED = ("PORT", "ADDRESS:PORT", "[IPV6-ADDRESS]:PORT")
_BACKLOG = 1_024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A transport (`udp`, `tcp` or `tls`) with an address and a port; port 0 is any free one."""

    transport: str
    host: str
    port: int

    @classmethod
    def parse(cls, transport: str, text: str) -> Endpoint:
        """Parse an address and a port; a port alone is on this machine only. Raises ConfigError."""
        host, _, port = text.rpartition(":")
        host = _LOOPBACK if host in ("", "localhost") else host.removeprefix("[").removesuffix("]")
        try:
            ipaddress.ip_address(host)
            if not port.isascii() or not port.isdigit() or int(port) > 65_535:
                raise ValueError
        except ValueError:
            message = f"{text!r} is not an address to listen on"
            raise ConfigError([FieldProblem(f"--{transport}", text, message, _ALLOWED)]) from None
        return cls(transport, host, int(port))

    def bound(self) -> socket.socket:
        """Return a socket with this address; one of TCP listens. Raises ConfigError."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        made = socket.socket(family, kind)
        try:
            if kind is socket.SOCK_STREAM:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            made.bind((self.host, self.port))
            if kind is socket.SOCK_STREAM:
                made.listen(_BACKLOG)
        except OSError as error:
            made.close()
            raise ConfigError([self._problem(error)]) from None
        return made

    def _problem(self, error: OSError) -> FieldProblem:
        reason = {
            errno.EADDRINUSE: "another program uses it. Choose another port",
            errno.EACCES: "ports below 1024 need a right that this process doesn't have. Choose another port",
            errno.EADDRNOTAVAIL: "this machine doesn't have the address",
        }.get(error.errno or 0, error.strerror or str(error))
        where = f"{self.host}:{self.port}"
        return FieldProblem(f"--{self.transport}", where, f"can't listen on {where}: {reason}")


def name_of(transport: str, sock: socket.socket) -> str:
    """Return the transport and the address of a socket, as `udp 127.0.0.1:5514`."""
    host, port = sock.getsockname()[:2]
    return f"{transport} [{host}]:{port}" if ":" in host else f"{transport} {host}:{port}"


def tls_context(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    """Return the context of a server, at least TLS 1.2.

    With `client_ca`, senders need a certificate that it has signed. Raises ConfigError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError([_unusable("--cert", certificate, f"can't be used with {key}", error)]) from None
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(client_ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError([_unusable("--client-ca", client_ca, "can't be used", error)]) from None
    return context


def _unusable(field: str, path: Path, what: str, error: OSError) -> FieldProblem:
    return FieldProblem(field, str(path), f"{path} {what}: {error.strerror or error}")
