"""`lumber listen`: syslog from real sockets to the database."""

import asyncio
import json
import socket
import ssl
import struct
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from lumber.errors import DatabaseUnreachable, IngestError
from lumber.ingest.listen.endpoints import tls_context
from lumber.ingest.listen.spool import Spool
from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.integration.following import messages
from tests.integration.listening import LIMITS, listening
from tests.integration.loading import rows
from tests.integration.tls import certificates


def text(number: int) -> bytes:
    return b"<13>1 2024-05-01T10:00:00Z host app 7 - - %d" % number


def counted(*parts: bytes) -> bytes:
    return b"".join(b"%d %s" % (len(part), part) for part in parts)


def numbers(url: str) -> list[int]:
    return sorted(int(message) for message in messages(url))


async def test_all_transports_and_framings_load_into_one_source(sqlite_url: str, tmp_path: Path) -> None:
    async with listening(sqlite_url, tmp_path, "udp", "tcp") as running:
        running.datagram(text(1), text(2) + b"\n")
        await running.send(counted(text(3), text(4)))
        await running.send(text(5) + b"\n" + text(6))
        await running.until(lambda: running.counts.loaded == 6)
        assert running.counts.received == {"udp": 2, "tcp": 4}
    assert numbers(sqlite_url) == [1, 2, 3, 4, 5, 6]
    ((source_id, name, lines, is_complete),) = rows(
        sqlite_url, "SELECT source_id, name, lines_done, is_complete FROM ingest_sources"
    )
    assert source_id.startswith("listen-")
    assert name.startswith("syslog of 20")
    assert (lines, is_complete) == (6, 1)
    assert list((tmp_path / "spool").glob("*.segment")) == []


async def test_the_sender_is_the_device_of_messages_without_a_host(sqlite_url: str, tmp_path: Path) -> None:
    async with listening(sqlite_url, tmp_path, "udp") as running:
        running.datagram(
            b"<13>1 2024-05-01T10:00:00Z - app - - - none",
            b"<13>1 2024-05-01T10:00:00Z 127.0.0.1 app - - - itself",
            b"<13>1 2024-05-01T10:00:00Z relayed app - - - other",
            b'{"time": "2024-05-01T10:00:00Z", "message": "json", "device_ip": "10.1.2.3"}',
        )
        await running.until(lambda: running.counts.loaded == 4)
    found = dict(rows(sqlite_url, "SELECT message, device_ip FROM log_entries"))
    assert found == {"none": "127.0.0.1", "itself": "127.0.0.1", "other": None, "json": "10.1.2.3"}


async def test_what_is_malformed_is_a_reject_and_a_bad_frame_ends_its_connection_only(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with listening(sqlite_url, tmp_path, "udp", "tcp") as running:
        reader, other = await asyncio.open_connection("127.0.0.1", running.ports["tcp"])
        other.write(counted(text(1)))
        with pytest.raises(ConnectionResetError):
            await running.send(counted(text(2)) + b"stray")
        await running.send(counted(b"<13>" + b"x" * 5_000, text(3))[:-1])
        running.datagram(b"no time", b"<14>1 2024-05-01T10:00:00Z h a - - - \xff")
        other.write(counted(text(4)))
        other.write_eof()
        assert await reader.read() == b""
        other.close()
        await running.until(lambda: running.counts.loaded + running.counts.rejected == 8)
    assert numbers(sqlite_url) == [1, 2, 4]
    (file,) = (tmp_path / "rejects").iterdir()
    reasons = [json.loads(line)["reason"] for line in file.read_text().splitlines()]
    assert sorted(reason.split(" ")[0] for reason in reasons) == ["does", "is", "its", "longer", "not"]


async def test_connections_are_limited_in_all_and_for_each_address(sqlite_url: str, tmp_path: Path) -> None:
    limits = replace(LIMITS, connections=3, connections_per_address=2)
    async with listening(sqlite_url, tmp_path, "tcp", limits=limits) as running:
        address = ("127.0.0.1", running.ports["tcp"])
        pairs = [await asyncio.open_connection(*address) for _ in range(2)]
        for number, (_, writer) in enumerate(pairs):
            writer.write(text(number) + b"\n")
        await running.until(lambda: running.counts.loaded == 2)
        reader, refused = await asyncio.open_connection(*address)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        refused.close()
        assert running.counts.refused_connections == 1
        pairs[0][1].close()
        await running.until(
            lambda: len(running.listener.senders) < 2 and running.listener.senders.total() < 2
        )
        await running.send(text(3) + b"\n")
        pairs[1][1].close()
    assert numbers(sqlite_url) == [0, 1, 3]


async def test_an_idle_connection_is_ended(sqlite_url: str, tmp_path: Path) -> None:
    async with listening(sqlite_url, tmp_path, "tcp", limits=replace(LIMITS, idle_seconds=0.05)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.ports["tcp"])
        writer.write(text(1) + b"\n")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
    assert numbers(sqlite_url) == [1]


async def test_senders_wait_while_the_spool_is_full_and_datagrams_are_counted(
    sqlite_url: str, tmp_path: Path
) -> None:
    is_away = True

    def connect() -> BulkConnection:
        if is_away:
            raise DatabaseUnreachable("It is away.")
        return BulkConnection(DatabaseUrl.parse(sqlite_url))

    async with listening(
        sqlite_url, tmp_path, "udp", "tcp", max_spool_bytes=60_000, connect=connect
    ) as running:
        sending = asyncio.create_task(
            running.send(
                [b"".join(text(n) + b"\n" for n in range(at, at + 500)) for at in range(0, 20_000, 500)]
            )
        )
        spool = running.listener.spool
        await running.until(lambda: spool.size_bytes > 60_000)
        full = spool.size_bytes
        running.datagram(text(-1))
        await running.until(lambda: running.counts.dropped == 1)
        assert not sending.done()
        assert spool.size_bytes == full < 400_000
        is_away = False
        await sending
    assert numbers(sqlite_url) == list(range(20_000))


async def test_what_is_in_the_spool_is_loaded_by_the_next_run_exactly_once(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> BulkConnection:
        raise DatabaseUnreachable("It is away.")

    async with listening(sqlite_url, tmp_path, "tcp", connect=away) as running:
        await running.send(counted(*map(text, range(10))))
    kept = {path: path.read_bytes() for path in (tmp_path / "spool").glob("*.segment")}
    assert kept
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    # A crash after the commit and before the segment is removed.
    with monkeypatch.context() as patched:
        patched.setattr(Spool, "remove", _dies)
        async with listening(sqlite_url, tmp_path, "tcp") as running:
            await running.until(lambda: running.listener.error is not None)
    assert numbers(sqlite_url) == list(range(10))
    async with listening(sqlite_url, tmp_path, "tcp"):
        pass
    assert numbers(sqlite_url) == list(range(10))
    assert list((tmp_path / "spool").glob("*.segment")) == []


def _dies(_spool: Spool, _segment: object) -> None:
    raise OSError("as if killed")


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells what it has dropped.")
async def test_datagrams_that_the_kernel_dropped_are_counted(sqlite_url: str, tmp_path: Path) -> None:
    sent = 20_000
    async with listening(sqlite_url, tmp_path, "udp") as running:
        # The event loop reads nothing while this function sends.
        running.datagram(*[text(number) + b" " * 900 for number in range(sent)])
        await running.until(lambda: running.counts.loaded > 0)
        await running.until(lambda: running.counts.loaded == running.counts.messages)
        running.datagram(text(sent))
        await running.until(lambda: running.counts.messages + running.counts.kernel_dropped == sent + 1)
        assert running.counts.kernel_dropped > 0
        assert running.counts.dropped == 0


def test_a_spool_has_one_listener(tmp_path: Path) -> None:
    first, second = Spool(tmp_path / "spool"), Spool(tmp_path / "spool")
    first.open()
    with pytest.raises(IngestError, match="Another `lumber listen` uses the spool"):
        second.open()
    first.close()
    second.open()
    assert second.id == first.id
    second.close()


async def test_a_torn_segment_loads_its_whole_messages(sqlite_url: str, tmp_path: Path) -> None:
    def away() -> BulkConnection:
        raise DatabaseUnreachable("It is away.")

    async with listening(sqlite_url, tmp_path, "tcp", connect=away) as running:
        await running.send(counted(text(1), text(2)))
    (segment,) = (tmp_path / "spool").glob("*.segment")
    segment.write_bytes(segment.read_bytes() + b"60 1714557600000000 127.0.0.1 -\n<13>1 2024")
    async with listening(sqlite_url, tmp_path, "tcp") as running:
        await running.until(lambda: running.counts.loaded == 2)
        assert running.counts.torn_bytes == 42
    assert numbers(sqlite_url) == [1, 2]


async def test_a_reset_connection_keeps_what_came_before(postgres_url: str, tmp_path: Path) -> None:
    async with listening(postgres_url, tmp_path, "tcp") as running:
        sender = socket.create_connection(("127.0.0.1", running.ports["tcp"]))
        sender.sendall(text(1) + b"\n" + text(2)[:-3])
        await running.until(lambda: running.counts.loaded == 1)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sender.close()
        await running.until(lambda: running.counts.rejected == 1)
    assert numbers(postgres_url) == [1]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return certificates(tmp_path)


def client(files: Path, *, has_certificate: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=files / "ca.crt")
    if has_certificate:
        context.load_cert_chain(files / "client.crt", files / "client.key")
    return context


async def test_tls_takes_both_framings(sqlite_url: str, tmp_path: Path, files: Path) -> None:
    context = tls_context(files / "server.crt", files / "server.key", None)
    async with listening(sqlite_url, tmp_path, "tls", context=context) as running:
        await running.send(counted(text(1), text(2)), client(files))
        await running.send(text(3) + b"\n" + text(4) + b"\n", client(files))
        await running.send(counted(*(text(n) for n in range(5, 3_000))), client(files))
        await running.until(lambda: running.counts.loaded == 2_999)
        assert running.counts.received["tls"] == 2_999
    assert numbers(sqlite_url) == list(range(1, 3_000))


async def test_with_a_client_authority_only_its_senders_are_accepted(
    sqlite_url: str, tmp_path: Path, files: Path
) -> None:
    context = tls_context(files / "server.crt", files / "server.key", files / "ca.crt")
    async with listening(sqlite_url, tmp_path, "tls", context=context) as running:
        await running.send(counted(text(1)), client(files, has_certificate=True))
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await running.send(counted(text(2)), client(files))
        await running.until(lambda: running.listener.senders.total() == 0 and running.counts.connections == 2)
    assert numbers(sqlite_url) == [1]


async def test_a_handshake_has_a_deadline_and_counts_as_a_connection(
    sqlite_url: str, tmp_path: Path, files: Path
) -> None:
    context = tls_context(files / "server.crt", files / "server.key", None)
    limits = replace(LIMITS, connections=1, handshake_seconds=0.3)
    async with listening(sqlite_url, tmp_path, "tls", context=context, limits=limits) as running:
        address = ("127.0.0.1", running.ports["tls"])
        silent, writer = await asyncio.open_connection(*address)
        refused, other = await asyncio.open_connection(*address)
        with pytest.raises(ConnectionResetError):
            await refused.read()
        with suppress(ConnectionResetError):
            assert await silent.read() == b""
        await running.until(lambda: running.listener.senders.total() == 0)
        writer.close()
        other.close()
        await running.send(counted(text(1)), client(files))
        await running.until(lambda: running.counts.loaded == 1)
