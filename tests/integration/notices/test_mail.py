"""Notices by e-mail through a real SMTP server: TLS, a password, refusals, and what headers can't have."""

import asyncio
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from lumber.errors import ConfigError
from lumber.exports.announcing import Event, announce
from lumber.notices.delivering import Sender
from lumber.notices.document import NoticeDocument
from lumber.notices.mail import MailServer, mail_of
from lumber.notices.outbox import Delivery, list_deliveries, queue_test
from lumber.notices.stored import StoredNotice, create_notice
from lumber.settings import Settings
from lumber.store.database import Database
from tests.integration.notices.receiver import Names, send_all
from tests.integration.tls import certificates

PASSWORD = "a-secret-of-the-mail-server"


@dataclass
class Mailbox:
    """What a mail server received, and what it answers."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    answer: str = "250 OK"
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _: Any) -> str:  # noqa: N802
        if address in self.refused:
            return f"550 no such person {PASSWORD}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        await self.may_answer.wait()
        if self.answer.startswith("250"):
            message = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.mails.append(message)
            self.recipients.append(envelope.rcpt_tos)
        return self.answer

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == PASSWORD.encode())


@asynccontextmanager
async def mail_server(tls: Path | None = None, *, needs_login: bool = False) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.may_answer.set()
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / "server.crt", tls / "server.key")

    def server() -> SMTP:
        return SMTP(
            mailbox,
            tls_context=context,
            require_starttls=tls is not None,
            auth_required=needs_login,
            authenticator=mailbox.authenticate if needs_login else None,
            loop=asyncio.get_running_loop(),
        )

    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    try:
        mailbox.port = listening.sockets[0].getsockname()[1]
        yield mailbox
    finally:
        mailbox.may_answer.set()
        listening.close()
        await listening.wait_closed()


def settings_for(database: Database, folder: Path, mailbox: Mailbox, **values: Any) -> Settings:
    chosen = {
        "smtp_url": f"smtp://localhost:{mailbox.port}",
        "smtp_starttls": False,
        "smtp_from": "lumber@example.org",
        "notice_seconds": 10.0,
        **values,
    }
    return Settings(data_dir=folder, database_url=str(database.url), **chosen)


async def mail_notice(database: Database, *to: str, name: str = "team") -> StoredNotice:
    document = NoticeDocument(name=name, channel="email", to=list(to), events=list(Event))
    async with database.session() as session:
        return (await create_notice(session, document)).notice


async def try_out(database: Database, settings: Settings, notice: StoredNotice) -> Delivery:
    async with database.session() as session:
        await queue_test(session, notice)
    await send_all(Sender(database, settings, resolve=Names()))
    async with database.session() as session:
        return (await list_deliveries(session, notice.notice_id))[0]


async def test_one_mail_goes_to_all_in_plain_text(database: Database, tmp_path: Path) -> None:
    notice = await mail_notice(database, "ann@example.org", "ben@example.org")
    async with mail_server() as mailbox:
        async with database.session() as session:
            await announce(
                session,
                Event.HELD,
                owner_id=None,
                dataset="plant",
                version=12,
                rows=1_234,
                reason="a value",
            )
        await send_all(Sender(database, settings_for(database, tmp_path, mailbox)))
    async with database.session() as session:
        (delivery,) = await list_deliveries(session, notice.notice_id)
    (mail,) = mailbox.mails
    assert mailbox.recipients == [["ann@example.org", "ben@example.org"]]
    assert mail["To"] == "ann@example.org, ben@example.org"
    assert mail["From"] == "Lumber <lumber@example.org>"
    assert mail["Subject"] == "[Lumber] Version held: plant"
    assert mail["Message-ID"] == f"<{delivery.delivery_id}@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines()[2:] == [
        "Dataset: plant",
        "Version: 12",
        "Rows: 1,234",
    ]
    assert (delivery.status, delivery.response_status) == ("delivered", 250)


async def test_the_password_goes_through_tls_only(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificates(tmp_path)
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    notice = await mail_notice(database, "ann@example.org")
    login = {"smtp_user": "lumber", "smtp_password_file": tmp_path / "password"}
    async with mail_server(files, needs_login=True) as mailbox:
        settings = settings_for(database, tmp_path, mailbox, smtp_starttls=True, **login)
        unknown = await try_out(database, settings, notice)
        assert mailbox.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(files / "ca.crt"))
        sent = await try_out(database, settings, notice)
    assert unknown.status == "failed"
    assert "certificate" in (unknown.error or "")
    assert (sent.status, sent.error) == ("delivered", None)
    assert mailbox.logins == [(b"lumber", PASSWORD.encode())]


async def test_without_starttls_at_the_server_nothing_is_sent(database: Database, tmp_path: Path) -> None:
    notice = await mail_notice(database, "ann@example.org")
    async with mail_server() as mailbox:
        settings = settings_for(
            database, tmp_path, mailbox, smtp_starttls=True, smtp_user="lumber", smtp_password=PASSWORD
        )
        delivery = await try_out(database, settings, notice)
    assert delivery.status == "failed"
    assert mailbox.mails == []
    assert PASSWORD not in (delivery.error or "")


async def test_refusals_are_in_the_log_without_the_words_of_the_server(
    database: Database, tmp_path: Path
) -> None:
    notice = await mail_notice(database, "ann@example.org", "gone@example.org")
    async with mail_server() as mailbox:
        settings = settings_for(database, tmp_path, mailbox)
        mailbox.refused = ("gone@example.org",)
        one = await try_out(database, settings, notice)
        mailbox.refused = ("gone@example.org", "ann@example.org")
        both = await try_out(database, settings, notice)
        mailbox.refused, mailbox.answer = (), f"451 later {PASSWORD}"
        later = await try_out(database, settings, notice)
    closed = await try_out(database, settings, notice)
    assert (one.status, one.error) == ("delivered", "1 of the recipients was refused")
    assert mailbox.recipients == [["ann@example.org"]]
    assert (both.status, both.response_status) == ("failed", 550)
    assert (later.status, later.response_status) == ("failed", 451)
    assert "can't be used" in (closed.error or "")
    for delivery in (one, both, later, closed):
        assert PASSWORD not in (delivery.error or "")


async def test_mail_goes_to_allowed_domains_only(database: Database, tmp_path: Path) -> None:
    inside = await mail_notice(database, "ann@Example.org")
    outside = await mail_notice(database, "ann@example.org", "eve@example.net", name="outside")
    async with mail_server() as mailbox:
        domains = "example.org, example.com"
        settings = settings_for(database, tmp_path, mailbox, notice_mail_domains=domains)
        sent = await try_out(database, settings, inside)
        kept = await try_out(database, settings, outside)
    assert sent.status == "delivered"
    assert kept.error == f"eve@example.net is in none of the domains of LUMBER_NOTICE_MAIL_DOMAINS: {domains}"
    assert mailbox.recipients == [["ann@Example.org"]]


async def test_a_server_that_says_nothing_is_left(database: Database, tmp_path: Path) -> None:
    notice = await mail_notice(database, "ann@example.org")
    async with mail_server() as mailbox:
        mailbox.may_answer.clear()
        delivery = await try_out(
            database, settings_for(database, tmp_path, mailbox, notice_seconds=1.0), notice
        )
    assert delivery.error == "localhost didn't answer within 1 s"


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.org\nBcc: eve@example.org",
        "ann@example.org\r\n",
        "ann@example.org, eve@example.org",
        "Ann <ann@example.org>",
        '"a b"@example.org',
        "ann@[127.0.0.1]",
        "ann@exämple.org",
        "ann",
        "@example.org",
        "ann@",
        "a..b@example.org",
    ],
)
def test_what_is_no_plain_address_is_rejected(address: str) -> None:
    with pytest.raises((ConfigError, ValueError), match=r"e-mail address|at least"):
        NoticeDocument(name="team", channel="email", to=[address])


def test_a_name_with_line_breaks_adds_no_header() -> None:
    server = MailServer("localhost", 25, False, False, "lumber@example.org", None, None)
    data = {"dataset": "plant\r\nBcc: eve@example.org\r\n\r\nhello", "rows": 5}
    payload = {"type": "completed", "timestamp": "2026-11-29T12:00:00+00:00", "data": data}
    mail = mail_of(server, ["ann@example.org"], "an-id", payload, "", datetime(2026, 11, 29, tzinfo=UTC))
    read = email.message_from_bytes(mail.as_bytes(), policy=default)
    assert read["Bcc"] is None
    assert read["Subject"] == "[Lumber] Export completed: plant  Bcc: eve@example.org    hello"
    assert "Dataset: plant  Bcc: eve@example.org    hello" in read.get_content()


async def test_wrong_settings_are_told_by_their_names(database: Database, tmp_path: Path) -> None:
    notice = await mail_notice(database, "ann@example.org")
    mailbox = Mailbox(port=25)
    missing = settings_for(database, tmp_path, mailbox, smtp_password_file=tmp_path / "gone")
    assert "LUMBER_SMTP_PASSWORD_FILE" in ((await try_out(database, missing, notice)).error or "")
    nobody = settings_for(database, tmp_path, mailbox, smtp_from="")
    assert "LUMBER_SMTP_FROM" in ((await try_out(database, nobody, notice)).error or "")
    none = Settings(data_dir=tmp_path, database_url=str(database.url))
    assert "LUMBER_SMTP_URL" in ((await try_out(database, none, notice)).error or "")
