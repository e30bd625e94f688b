"""Webhooks at a real receiver: signatures, answers of every kind, redirects, and what errors tell."""

import base64
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.errors import ConfigError
from lumber.exports.announcing import Event, announce
from lumber.notices.delivering import Sender
from lumber.notices.outbox import Delivery, list_deliveries, queue_test
from lumber.notices.stored import StoredNotice, change_notice, forget_old_secrets
from lumber.store.database import Database
from tests.integration.notices.receiver import (
    ALLOWED,
    INSIDE,
    Names,
    Received,
    is_signed,
    receiving,
    send_all,
    settings_for,
    try_out,
    webhook,
)
from tests.integration.tls import certificates

PUBLIC = "93.184.216.34"
# What a receiver knows and nobody else may.
PATH = "/hook/path-secret?token=query-secret"


async def test_a_message_is_signed_as_the_standard_says(database: Database, tmp_path: Path) -> None:
    with receiving() as receiver:
        made = await webhook(database, receiver.url(PATH))
        delivery = await try_out(database, settings_for(str(database.url), tmp_path), made, Names())
    (request,) = receiver.requests
    assert request.path == PATH
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == delivery.delivery_id
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
    assert is_signed(request)
    assert not is_signed(request, b"another key")
    assert request.message["type"] == "test"
    assert (delivery.status, delivery.response_status, delivery.attempts) == ("delivered", 204, 1)
    assert delivery.error is None


async def test_a_secret_that_is_replaced_also_signs_for_a_while(database: Database, tmp_path: Path) -> None:
    settings = settings_for(str(database.url), tmp_path)
    with receiving() as receiver:
        made = await webhook(database, receiver.url(PATH))
        notice_id, document = made.notice.notice_id, made.notice.document
        async with database.session() as session:
            renewed = await change_notice(session, notice_id, document, renews_secret=True, overlap_hours=24)
        assert renewed.secret is not None
        assert renewed.secret not in repr(renewed)
        new = base64.b64decode(renewed.secret.removeprefix("whsec_"))
        await try_out(database, settings, renewed, Names())
        # What the receiver knew before, and what it knows afterwards.
        assert is_signed(receiver.requests[0])
        assert is_signed(receiver.requests[0], new)
        async with database.session() as session:
            await session.execute(sa.text("UPDATE notices SET old_secret_until = created_at"))
        await try_out(database, settings, renewed, Names())
        assert not is_signed(receiver.requests[1])
        assert is_signed(receiver.requests[1], new)
        async with database.session() as session:
            await forget_old_secrets(session)
            (old,) = await session.scalars(sa.text("SELECT old_secret FROM notices"))
        assert old is None


async def test_an_old_secret_ends_at_once_unless_somebody_says_how_long(database: Database) -> None:
    made = await webhook(database, "https://hooks.example.org/x")
    notice_id, document = made.notice.notice_id, made.notice.document

    async def change(**values: Any) -> StoredNotice:
        async with database.session() as session:
            return (await change_notice(session, notice_id, document, **values)).notice

    assert (await change(renews_secret=True)).old_secret_until is None
    assert (await change(renews_secret=True, overlap_hours=1)).old_secret_until is not None
    assert (await change(overlap_hours=0)).old_secret_until is None
    for values, text in (
        ({"overlap_hours": 1}, "has an effect only with a new secret; 0 ends the old one now"),
        ({"overlap_hours": 1e9, "renews_secret": True}, "is out of range"),
    ):
        with pytest.raises(ConfigError, match=text):
            await change(**values)
    async with database.session() as session:
        await session.execute(sa.text("UPDATE notices SET secret = NULL, secret_source = 'file:/x'"))
    with pytest.raises(ConfigError, match="in a file or variable, put both, the new one first"):
        await change(renews_secret=True, overlap_hours=1)


async def test_an_attempt_that_fails_is_repeated_later_with_the_same_id(
    database: Database, tmp_path: Path
) -> None:
    settings = settings_for(str(database.url), tmp_path, notice_attempts=2)
    with receiving() as receiver:
        receiver.answer = lambda _: (500, {})
        made = await webhook(database, receiver.url(PATH))
        await queue_event(database)
        assert await send_all(Sender(database, settings, resolve=Names())) == 1
        first = await only_delivery(database, made.notice.notice_id)
        assert (first.status, first.attempts, first.response_status) == ("pending", 1, 500)
        assert first.next_attempt_at is not None
        wait = (first.next_attempt_at - first.created_at).total_seconds()
        assert 8 <= wait < 30, wait
        await make_due(database)
        assert await send_all(Sender(database, settings, resolve=Names())) == 1
    last = await only_delivery(database, made.notice.notice_id)
    assert (last.status, last.attempts, last.next_attempt_at) == ("failed", 2, None)
    assert last.error == "the receiver answered 500"
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert all(is_signed(request) for request in receiver.requests)


async def test_a_receiver_that_is_gone_or_wants_to_be_left_alone_decides(
    database: Database, tmp_path: Path
) -> None:
    settings = settings_for(str(database.url), tmp_path)
    answers = iter([(429, {"Retry-After": "3600"}), (410, {})])
    with receiving() as receiver:
        receiver.answer = lambda _: next(answers)
        made = await webhook(database, receiver.url())
        await queue_event(database)
        await send_all(Sender(database, settings, resolve=Names()))
        waiting = await only_delivery(database, made.notice.notice_id)
        assert waiting.next_attempt_at is not None
        assert (waiting.next_attempt_at - waiting.created_at).total_seconds() >= 3_600
        await make_due(database)
        await send_all(Sender(database, settings, resolve=Names()))
    gone = await only_delivery(database, made.notice.notice_id)
    assert (gone.status, gone.attempts, gone.response_status) == ("failed", 2, 410)


async def test_a_receiver_that_answers_nothing_or_without_end_is_left(
    database: Database, tmp_path: Path
) -> None:
    settings = settings_for(str(database.url), tmp_path, notice_seconds=1.0)
    may_end = threading.Event()

    def hang(_: Received) -> tuple[int, dict[str, str]]:
        may_end.wait(60)
        return 204, {}

    with receiving() as receiver:
        receiver.answer = hang
        made = await webhook(database, receiver.url())
        silent = await try_out(database, settings, made, Names())
        may_end.set()
        receiver.answer, receiver.body = lambda _: (200, {}), b"x" * 50_000_000
        large = await try_out(database, settings, made, Names())
    assert silent.error == f"{ALLOWED} didn't answer within 1 s"
    assert (large.status, large.response_status) == ("delivered", 200)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_gets_the_same_message(database: Database, tmp_path: Path, status: int) -> None:
    with receiving() as receiver:
        receiver.answer = lambda got: (status, {"Location": "/other"}) if got.path == "/hook" else (200, {})
        made = await webhook(database, receiver.url())
        delivery = await try_out(database, settings_for(str(database.url), tmp_path), made, Names())
    first, second = receiver.requests
    assert (first.body, second.path) == (second.body, "/other")
    assert is_signed(second)
    assert delivery.status == "delivered"


async def test_redirects_end_after_three_and_lead_only_into_the_web(
    database: Database, tmp_path: Path
) -> None:
    settings = settings_for(str(database.url), tmp_path)
    with receiving() as receiver:
        made = await webhook(database, receiver.url())
        receiver.answer = lambda _: (307, {"Location": "/again"})
        endless = await try_out(database, settings, made, Names())
        assert len(receiver.requests) == 4
        receiver.answer = lambda _: (307, {"Location": "file:///etc/passwd"})
        strange = await try_out(database, settings, made, Names())
        receiver.answer = lambda _: (307, {"Location": "http://user:word@127.0.0.2/"})
        named = await try_out(database, settings, made, Names())
    assert endless.error == "the receiver redirects more than 3 times"
    assert strange.error == named.error == "the receiver redirects to an address that isn't one of the web"


async def test_a_redirect_into_the_machine_is_refused(database: Database, tmp_path: Path) -> None:
    settings = settings_for(str(database.url), tmp_path)
    with receiving() as receiver, receiving(INSIDE) as victim:
        made = await webhook(database, receiver.url())
        for target in (
            victim.url(),
            victim.url(scheme="https"),
            victim.url(host="inside.example", scheme="https"),
        ):
            receiver.answer = lambda _, target=target: (307, {"Location": target})
            delivery = await try_out(database, settings, made, Names(inside_example=[[INSIDE]]))
            assert delivery.status == "failed", target
            assert "LUMBER_NOTICE_ALLOWED_NETWORKS" in (delivery.error or ""), target
    assert len(receiver.requests) == 3
    assert victim.connections == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255", "198.18.0.1"),
        *(
            "::1",
            "::",
            "fe80::1%lo",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
        ),
        *(
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "fec0::1",
        ),
    ],
)
async def test_no_address_inside_is_connected_to(database: Database, tmp_path: Path, address: str) -> None:
    settings = settings_for(str(database.url), tmp_path)
    resolved = "127.0.0.1" if address == "127.1" else address
    with receiving(INSIDE) as victim:
        made = await webhook(database, victim.url(host="name.example", scheme="https"))
        delivery = await try_out(database, settings, made, Names(name_example=[[resolved]]))
    assert delivery.error == (
        "name.example is inside this machine or its network. An operator can allow it with "
        "LUMBER_NOTICE_ALLOWED_NETWORKS"
    )
    assert victim.connections == []


async def test_numbers_that_mean_this_machine_are_resolved_before_they_are_checked(
    database: Database, tmp_path: Path
) -> None:
    settings = settings_for(str(database.url), tmp_path)
    with receiving(INSIDE) as victim:
        for number, host in enumerate(
            ("2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::ffff:127.0.0.1]")
        ):
            made = await webhook(database, victim.url(host=host, scheme="https"), name=f"n{number}")
            async with database.session() as session:
                await queue_test(session, made.notice)
            # The system's own look-up.
            assert await send_all(Sender(database, settings)) == 1
            delivery = await only_delivery(database, made.notice.notice_id)
            assert "is inside this machine" in (delivery.error or ""), host
    assert victim.connections == []


async def test_a_name_that_changes_its_address_gains_nothing(database: Database, tmp_path: Path) -> None:
    """The first look-up gives an address that may be used, each later one an address inside."""
    settings = settings_for(str(database.url), tmp_path)
    with receiving() as receiver, receiving(INSIDE, port=receiver.port) as victim:
        names = Names(turning_example=[[ALLOWED], [INSIDE]])
        made = await webhook(database, receiver.url(host="turning.example"))
        first = await try_out(database, settings, made, names)
        # One look-up, and the connection went to its result.
        assert names.asked == ["turning.example"]
        assert first.status == "delivered"
        assert receiver.requests[0].headers["host"] == f"turning.example:{receiver.port}"
        second = await try_out(database, settings, made, names)
    assert second.status == "failed"
    assert "http is for LUMBER_NOTICE_ALLOWED_NETWORKS" in (second.error or "")
    assert len(receiver.requests) == 1
    assert victim.connections == []


async def test_a_redirect_to_the_same_name_is_looked_up_and_checked_again(
    database: Database, tmp_path: Path
) -> None:
    settings = settings_for(str(database.url), tmp_path)
    with receiving() as receiver, receiving(INSIDE, port=receiver.port) as victim:
        receiver.answer = lambda _: (307, {"Location": "/second"})
        names = Names(turning_example=[[ALLOWED], [INSIDE]])
        made = await webhook(database, receiver.url(host="turning.example"))
        delivery = await try_out(database, settings, made, names)
    assert names.asked == ["turning.example"] * 2
    assert delivery.status == "failed"
    assert victim.connections == []


async def test_of_several_addresses_only_those_outside_are_tried(database: Database, tmp_path: Path) -> None:
    settings = settings_for(str(database.url), tmp_path)
    with receiving() as receiver, receiving(INSIDE, port=receiver.port) as victim:
        made = await webhook(database, receiver.url(host="mixed.example"))
        delivery = await try_out(database, settings, made, Names(mixed_example=[[INSIDE, ALLOWED]]))
    assert delivery.status == "delivered"
    assert victim.connections == []


async def test_ipv6_addresses_are_called_as_such(database: Database, tmp_path: Path) -> None:
    settings = settings_for(str(database.url), tmp_path, notice_allowed_networks="::1/128")
    with receiving("::1") as receiver:
        made = await webhook(database, receiver.url(host="six.example"))
        delivery = await try_out(database, settings, made, Names(six_example=[["::1"]]))
    assert delivery.error is None
    assert receiver.requests[0].headers["host"] == f"six.example:{receiver.port}"


async def test_a_notice_that_was_disabled_meanwhile_is_not_sent(database: Database, tmp_path: Path) -> None:
    with receiving() as receiver:
        made = await webhook(database, receiver.url())
        await queue_event(database)
        document = made.notice.document.model_copy(update={"is_enabled": False})
        async with database.session() as session:
            await change_notice(session, made.notice.notice_id, document)
        sender = Sender(database, settings_for(str(database.url), tmp_path), resolve=Names())
        assert await send_all(sender) == 1
    delivery = await only_delivery(database, made.notice.notice_id)
    assert (delivery.status, delivery.error) == ("failed", "the notice is disabled")
    assert receiver.requests == []


async def test_http_is_for_allowed_networks_only(database: Database, tmp_path: Path) -> None:
    settings = settings_for(str(database.url), tmp_path)
    made = await webhook(database, "http://plain.example/hook")
    delivery = await try_out(database, settings, made, Names(plain_example=[[PUBLIC]]))
    assert delivery.error == (
        "plain.example must be called by https: http is for LUMBER_NOTICE_ALLOWED_NETWORKS only"
    )


async def test_a_certificate_is_checked_for_the_name_and_not_for_the_address(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificates(tmp_path)  # for the name localhost
    settings = settings_for(str(database.url), tmp_path)
    names = Names(localhost=[[ALLOWED]], other_example=[[ALLOWED]])
    with receiving(tls=files) as receiver:
        right = await webhook(database, receiver.url(host="localhost", scheme="https"))
        wrong = await webhook(database, receiver.url(host="other.example", scheme="https"), name="other")
        unknown = await try_out(database, settings, right, names)
        monkeypatch.setenv("SSL_CERT_FILE", str(files / "ca.crt"))
        trusted = await try_out(database, settings, right, names)
        foreign = await try_out(database, settings, wrong, names)
    assert "its certificate isn't valid" in (unknown.error or "")
    assert trusted.status == "delivered"
    assert "its certificate isn't valid" in (foreign.error or "")
    assert len(receiver.requests) == 1


async def test_proxies_of_the_environment_are_not_used(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver, receiving(INSIDE) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        made = await webhook(database, receiver.url())
        delivery = await try_out(database, settings_for(str(database.url), tmp_path), made, Names())
    assert delivery.status == "delivered"
    assert proxy.connections == []


async def test_nothing_secret_gets_into_errors(database: Database, tmp_path: Path) -> None:
    settings = settings_for(str(database.url), tmp_path)
    with receiving() as receiver:
        receiver.answer, receiver.body = lambda _: (500, {"X-Secret": "answer-secret"}), b"answer-secret"
        made = await webhook(database, receiver.url(PATH))
        refused = await try_out(database, settings, made, Names())
    closed = await try_out(database, settings, made, Names())
    assert closed.error == f"{ALLOWED} can't be reached: Connection refused"
    for delivery in (refused, closed):
        assert not re.search("secret|hook", delivery.error or "")


async def queue_event(database: Database) -> None:
    async with database.session() as session:
        assert await announce(session, Event.PAUSED, owner_id=None, schedule="nightly") == 1


async def make_due(database: Database) -> None:
    async with database.session() as session:
        await session.execute(sa.text("UPDATE notice_deliveries SET next_attempt_at = created_at"))


async def only_delivery(database: Database, notice_id: str) -> Delivery:
    async with database.session() as session:
        (found,) = await list_deliveries(session, notice_id)
    return found
