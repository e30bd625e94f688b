"""What is unsafe or broken about notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import ConfigError, LumberError
from lumber.exports.check import Check
from lumber.notices.addresses import networks, parsed
from lumber.notices.document import Channel
from lumber.notices.mail import MailServer
from lumber.notices.outbox import FAILED, PENDING, count_deliveries
from lumber.notices.signing import secrets_from
from lumber.notices.stored import StoredNotice, list_notices
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.migrate import SchemaState, schema_state
from lumber.store.models import NoticeDelivery
from lumber.store.models.base import utc_now
from lumber.text import counted

_NAME = "notices"
_LATE = timedelta(hours=1)
# More addresses than a network of machines has that somebody knows.
_MOST_ALLOWED = {4: 2**16, 6: 2**64}


async def check_notices(database: Database, settings: Settings) -> Sequence[Check]:
    """Check the notices and what became of their messages. Nothing is sent, and no check raises."""
    try:
        if await schema_state(database) is not SchemaState.CURRENT:
            return ()
        async with database.session() as session:
            found = await list_notices(session)
            failed, late = (await count_deliveries(session))[FAILED], await _count_late(session)
    except LumberError:
        return ()  # other checks say what is wrong with the database
    problems = [*_network_problems(settings), *_mail_problems(settings, found), *_secret_problems(found)]
    if failed:
        told = f"{counted(failed, 'message')} of the last day did not arrive"
        problems.append((told, "See `lumber notice deliveries NAME`."))
    if late:
        told = f"{counted(late, 'message')} could not be sent for an hour"
        problems.append(
            (told, "See `lumber notice deliveries NAME`, and run `lumber serve` or `lumber worker`.")
        )
    if not problems:
        return [Check(_NAME, "ok", counted(len(found), "notice"))]
    return [Check(_NAME, "warning", text, advice) for text, advice in problems]


async def _count_late(session: AsyncSession) -> int:
    is_pending = NoticeDelivery.status == sa.literal_column(f"'{PENDING}'")
    late = sa.select(sa.func.count()).where(is_pending, NoticeDelivery.created_at < utc_now() - _LATE)
    return await session.scalar(late) or 0


def _network_problems(settings: Settings) -> Iterator[tuple[str, str]]:
    allowed = networks(settings.notice_allowed_networks)
    wide = [str(each) for each in allowed if each.num_addresses > _MOST_ALLOWED[each.version]]
    if wide:
        yield (
            f"webhooks may reach every machine in {', '.join(wide)}",
            "Set LUMBER_NOTICE_ALLOWED_NETWORKS to the addresses of your receivers only.",
        )


def _mail_problems(settings: Settings, found: Sequence[StoredNotice]) -> Iterator[tuple[str, str]]:
    mails = [each.document.name for each in found if each.document.channel is Channel.EMAIL]
    try:
        server = MailServer.of(settings)
    except ConfigError as error:
        yield str(error), "Correct the setting. No e-mail is sent with it."
        return
    if server is None:
        if mails:
            yield (
                f"{counted(len(mails), 'notice')} by e-mail and no SMTP server",
                "Set LUMBER_SMTP_URL and LUMBER_SMTP_FROM.",
            )
        return
    is_plain = not server.is_tls and not server.starts_tls
    if is_plain and server.password is not None and not _is_loopback(urlsplit(settings.smtp_url).hostname):
        yield (
            f"the password for {server.host} is sent without encryption",
            "Use smtps://, or set LUMBER_SMTP_STARTTLS to true.",
        )


def _secret_problems(found: Sequence[StoredNotice]) -> Iterator[tuple[str, str]]:
    for notice in found:
        if notice.secret_source is not None:
            try:
                secrets_from(notice.secret_source)
            except ConfigError as error:
                yield (
                    f"the notice {notice.document.name!r} can't be signed: {error}",
                    "Give the file or variable to each `lumber serve` and `lumber worker`.",
                )


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or parsed(host or "").is_loopback
    except ValueError:
        return False
