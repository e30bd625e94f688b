"""Sends a message by e-mail, through the SMTP server of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from lumber.errors import ConfigError, FieldProblem
from lumber.notices.answer import Answer, reason_of
from lumber.notices.message import subject_of, text_of
from lumber.settings import Settings

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """The SMTP server of the settings, and who sends."""

    host: str
    port: int
    is_tls: bool
    starts_tls: bool
    sender: str
    user: str | None
    password: str | None = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> MailServer | None:
        """Return the server of the settings; None without one. Raises ConfigError."""
        if not settings.smtp_url:
            return None
        parts = urlsplit(settings.smtp_url)
        if not settings.smtp_from:
            raise _problem("LUMBER_SMTP_FROM", "set the address that e-mails come from")
        return cls(
            parts.hostname or "",
            parts.port or _PORTS[parts.scheme],
            parts.scheme == "smtps",
            parts.scheme == "smtp" and settings.smtp_starttls,
            settings.smtp_from,
            settings.smtp_user or None,
            _password(settings),
        )


def mail_of(
    server: MailServer,
    recipients: Sequence[str],
    message_id: str,
    payload: Mapping[str, Any],
    public_url: str,
    at: datetime,
) -> EmailMessage:
    """Return the message. The policy rejects line breaks in headers."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Lumber", addr_spec=server.sender)
    mail["To"] = tuple(Address(addr_spec=each) for each in recipients)
    mail["Subject"] = subject_of(payload)
    mail["Date"] = format_datetime(at)
    # The same at each attempt: a mail that arrives twice can be recognised.
    mail["Message-ID"] = f"<{message_id}@{server.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text_of(payload, public_url))
    return mail


async def send_mail(server: MailServer, mail: EmailMessage, *, seconds: float) -> Answer:
    """Send a mail to all its recipients. Errors never have the password."""
    import aiosmtplib

    try:
        async with asyncio.timeout(seconds):
            refused, _ = await aiosmtplib.send(
                mail,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.is_tls,
                start_tls=server.starts_tls,
                timeout=seconds,
                local_hostname="lumber",
            )
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = sorted({each.code for each in error.recipients})
        is_final = all(500 <= code < 600 for code in codes)
        shown = ", ".join(map(str, codes))
        return Answer(f"{server.host} refused all recipients: {shown}", codes[0], is_final=is_final)
    except aiosmtplib.SMTPResponseException as error:
        return Answer(f"{server.host} answered {error.code} ({type(error).__name__})", error.code)
    except (TimeoutError, aiosmtplib.SMTPTimeoutError):
        return Answer(f"{server.host} didn't answer within {seconds:g} s")
    except (aiosmtplib.SMTPException, OSError, UnicodeError, ValueError) as error:
        return Answer(f"{server.host} can't be used: {reason_of(error)}")
    if refused:
        were = "was" if len(refused) == 1 else "were"
        return Answer(response_status=250, note=f"{len(refused)} of the recipients {were} refused")
    return Answer(response_status=250)


def _password(settings: Settings) -> str | None:
    if settings.smtp_password is not None and settings.smtp_password_file is not None:
        raise _problem("LUMBER_SMTP_PASSWORD_FILE", "LUMBER_SMTP_PASSWORD is set too: remove one of both")
    if settings.smtp_password is not None:
        return settings.smtp_password.get_secret_value()
    if settings.smtp_password_file is None:
        return None
    path = settings.smtp_password_file.expanduser()
    try:
        with path.open("rb") as file:
            return file.read(4_096).decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise _problem("LUMBER_SMTP_PASSWORD_FILE", f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _problem("LUMBER_SMTP_PASSWORD_FILE", f"{path} is not UTF-8") from None


def _problem(name: str, message: str) -> ConfigError:
    return ConfigError([FieldProblem(name, None, message)])
