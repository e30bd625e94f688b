"""Passwords on the command line don't stay in the process list."""

import socket
import struct
import sys
from pathlib import Path

import pytest

from tests.integration.processes import LUMBER, PATIENCE_SECONDS, started

PASSWORD = "s3cret"
# Messages of PostgreSQL (www.postgresql.org/docs/current/protocol-message-formats.html): a client asks for
# TLS, the server has none, and wants the password as it is.
TLS_REQUEST = struct.pack("!II", 8, 80877103)
NO_TLS = b"N"
SEND_PASSWORD = struct.pack("!cII", b"R", 8, 3)


def password_of(client: socket.socket) -> str:
    """Answer as a server that asks for a password, and return it."""
    while (start := client.recv(4096)) == TLS_REQUEST:
        client.sendall(NO_TLS)
    assert b"user\0" in start
    client.sendall(SEND_PASSWORD)
    with client.makefile("rb") as answer:
        assert answer.read(1) == b"p"
        (length,) = struct.unpack("!I", answer.read(4))
        return answer.read(length - 4).rstrip(b"\0").decode()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a program change what is shown")
def test_the_process_list_shows_no_password_and_the_program_still_knows_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_SECONDS)
        place = f"127.0.0.1:{server.getsockname()[1]}/db"
        given = ["exports", "list", "--database-url", f"postgresql://u:{PASSWORD}@{place}", "--json"]
        with started(LUMBER, *given) as running:
            client, _ = server.accept()
            with client:
                client.settimeout(PATIENCE_SECONDS)
                assert password_of(client) == PASSWORD
                shown = Path(f"/proc/{running.pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
                server.close()  # the program may try again, and nobody would answer
            assert shown[-len(given) :] == [
                word.replace(PASSWORD, "***") if PASSWORD in word else word for word in given
            ]
            assert running.wait() != 0
            assert running.stderr.count("LUMBER_DATABASE_URL") == 1
            assert PASSWORD not in running.stdout + running.stderr
