"""Sends what is in the outbox: `Sender` sends one delivery, `NoticeLoop` all that are due, until stopped."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import structlog

from lumber.errors import ConfigError, DatabaseError
from lumber.notices.addresses import networks, resolved
from lumber.notices.answer import Answer
from lumber.notices.document import Channel
from lumber.notices.mail import MailServer, mail_of, send_mail
from lumber.notices.message import TEST, body_of
from lumber.notices.outbox import Claimed, claim_next, forget_old, record_delivered, record_failure
from lumber.notices.signing import secrets_from, signed_headers
from lumber.notices.stored import forget_old_secrets
from lumber.notices.webhook import Resolver, Webhooks
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.patience import patiently
from lumber.store.url import DatabaseUrl

_AT_ONCE = 8
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS, _GROWTH = 10.0, 21_600.0, 3.0
_JITTER = 0.2
# Longer than any attempt: only a process that died or stands still loses its claim.
_LEASE_FACTOR, _LEASE_SECONDS = 2.0, 30.0
_POLL_SECONDS, _SLOW_POLL_SECONDS = 1.0, 5.0
_FORGET_SECONDS = 3_600.0
_PATIENCE_SECONDS = 30.0
_STOP_SECONDS = 3.0

_log = structlog.stdlib.get_logger(__name__)


def wait_seconds(attempt: int, *, chance: Callable[[], float] = random.random) -> float:
    """Return the wait after a failed attempt: 10 s, then three times as long each time, up to 6 hours.

    It differs by up to a fifth in each direction, so that messages don't come back all at once.
    """
    wait = min(_FIRST_WAIT_SECONDS * _GROWTH ** (attempt - 1), _LONGEST_WAIT_SECONDS)
    return wait * (1 - _JITTER + 2 * _JITTER * chance())


class Sender:
    """Claims deliveries, sends them and records what became of them. Close it when done.

    `resolve` finds the addresses of a host; `lease_seconds` is the time after which others take over.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        resolve: Resolver = resolved,
        lease_seconds: float | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._lease_seconds = lease_seconds or _LEASE_SECONDS + _LEASE_FACTOR * settings.notice_seconds
        # Looking up a name can hang: these threads are no others' to wait for.
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lumber-notice")
        self._webhooks = Webhooks(
            networks(settings.notice_allowed_networks), settings.notice_seconds, resolve, self._threads
        )

    async def claim(self, delivery_id: str | None = None) -> Claimed | None:
        """Claim what is due first, or this delivery. Raises DatabaseError."""
        async with self._database.session() as session:
            return await claim_next(session, self._lease_seconds, delivery_id=delivery_id)

    async def deliver(self, claimed: Claimed) -> Answer:
        """Send a delivery, record the outcome and return it. Raises DatabaseError."""
        answer = await self._answer(claimed)
        most = 1 if claimed.event == TEST else self._settings.notice_attempts
        is_last = answer.is_final or claimed.attempt >= most
        await patiently(partial(self._record, claimed, answer, is_last), seconds=_PATIENCE_SECONDS)
        return answer

    async def forget_old(self) -> None:
        """Delete deliveries that ended long ago, and secrets that ended. Raises DatabaseError."""
        async with self._database.session() as session:
            await forget_old_secrets(session)
        while True:
            async with self._database.session() as session:
                if not await forget_old(session, self._settings.notice_days):
                    return

    def close(self) -> None:
        """Stop looking up names."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _record(self, claimed: Claimed, answer: Answer, is_last: bool) -> None:
        async with self._database.session() as session:
            if answer.error is None:
                await record_delivered(session, claimed, answer.response_status, answer.note)
                return
            wait = None if is_last else max(wait_seconds(claimed.attempt), answer.wait_seconds)
            await record_failure(
                session, claimed, answer.error, response_status=answer.response_status, wait_seconds=wait
            )

    async def _answer(self, claimed: Claimed) -> Answer:
        if claimed.is_owner_gone:
            return Answer("the account of the notice is disabled", is_final=True)
        if not claimed.notice.is_enabled and claimed.event != TEST:
            return Answer("the notice is disabled", is_final=True)
        try:
            if claimed.notice.channel is Channel.EMAIL:
                return await self._mail(claimed)
            return await self._webhook(claimed)
        except ConfigError as error:
            return Answer(str(error))
        except Exception:
            # The standard library logs this: commands send notices too, and print only their result.
            logging.getLogger(__name__).exception("the message %s can't be sent", claimed.delivery_id)
            return Answer("an unexpected error; the log of the service or worker has the details")

    async def _webhook(self, claimed: Claimed) -> Answer:
        secrets = claimed.secrets if claimed.secret_source is None else secrets_from(claimed.secret_source)
        body = body_of(claimed.payload, self._settings.public_url)
        moment = int(time.time())
        headers = signed_headers(secrets, claimed.delivery_id, moment, body) if secrets else {}
        return await self._webhooks.send(claimed.notice.url or "", headers, body)

    async def _mail(self, claimed: Claimed) -> Answer:
        server = MailServer.of(self._settings)
        if server is None:
            return Answer("no SMTP server is set: set LUMBER_SMTP_URL and LUMBER_SMTP_FROM")
        recipients = claimed.notice.to or ()
        outside = [each for each in recipients if not _is_within(each, self._settings.mail_domains)]
        if outside:
            allowed = ", ".join(self._settings.mail_domains)
            return Answer(f"{outside[0]} is in none of the domains of LUMBER_NOTICE_MAIL_DOMAINS: {allowed}")
        mail = mail_of(
            server,
            recipients,
            claimed.delivery_id,
            claimed.payload,
            self._settings.public_url,
            claimed.created_at,
        )
        return await send_mail(server, mail, seconds=self._settings.notice_seconds)


def _is_within(address: str, domains: Sequence[str]) -> bool:
    return not domains or address.rpartition("@")[2].lower() in domains


class NoticeLoop:
    """Deliver what is due, a few messages at a time, until stopped. Several processes can each run one."""

    def __init__(self, settings: Settings, *, resolve: Resolver = resolved) -> None:
        self._settings = settings
        self._resolve = resolve
        self._is_stopping = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start in the background."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="notices")

    async def stop(self) -> None:
        """Stop. Messages that are being sent get a few seconds; the rest are sent after the next start."""
        self._is_stopping = True
        self._wake.set()
        task, self._task = self._task, None
        if task is not None:
            await task

    async def _run(self) -> None:
        url = DatabaseUrl.parse(self._settings.effective_database_url)
        database = open_database(url, connections=2, busy_timeout_seconds=self._settings.busy_timeout_seconds)
        sender = Sender(database, self._settings, resolve=self._resolve)
        try:
            await self._send_until_stopped(sender)
        finally:
            sender.close()
            await database.close()

    async def _send_until_stopped(self, sender: Sender) -> None:
        forgets_at = 0.0
        while not self._is_stopping:
            pause = _POLL_SECONDS
            try:
                if time.monotonic() >= forgets_at:
                    await sender.forget_old()
                    forgets_at = time.monotonic() + _FORGET_SECONDS
                while len(self._running) < _AT_ONCE and not self._is_stopping:
                    claimed = await sender.claim()
                    if claimed is None:
                        break
                    self._start(sender, claimed)
            except DatabaseError as error:
                _log.warning("notices_unreachable", error=str(error))
                pause = _SLOW_POLL_SECONDS
            except Exception:  # noqa: BLE001 - nothing may end the loop before the process
                _log.exception("notices_failed")
                pause = _SLOW_POLL_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
            self._wake.clear()
        await self._finish()

    async def _finish(self) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(list(self._running), timeout=_STOP_SECONDS)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    def _start(self, sender: Sender, claimed: Claimed) -> None:
        task = asyncio.create_task(self._deliver(sender, claimed), name=f"notice {claimed.delivery_id}")
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    async def _deliver(self, sender: Sender, claimed: Claimed) -> None:
        log = _log.bind(notice_id=claimed.notice_id, delivery_id=claimed.delivery_id, attempt=claimed.attempt)
        try:
            answer = await sender.deliver(claimed)
        except DatabaseError as error:
            # The claim ends by itself, and the message is sent again with the same id.
            log.warning("notice_not_recorded", error=str(error))
            return
        if answer.error is None:
            log.info("notice_delivered", status=answer.response_status)
        else:
            log.warning("notice_not_delivered", error=answer.error)
