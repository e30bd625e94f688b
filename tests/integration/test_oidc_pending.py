"""Sign-ins that were begun: each is used once, by the browser that began it, and they are bounded."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from lumber.identity.oidc.attempt import Attempt
from lumber.identity.oidc.failures import SignInFailed
from lumber.identity.oidc.pending import LIFETIME, Pending, remember, take
from lumber.store.database import Database, open_database
from lumber.store.models import PendingLogin
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import stored

NOW = datetime(2026, 11, 29, tzinfo=UTC)
PENDING = Pending("corp", "https://lumber.example.org/api/v1/login/corp/callback", "/exports?a=1#b")
ADDRESS = "192.0.2.7"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(database_url))
    yield opened
    await opened.close()


async def begin(
    database: Database,
    *,
    browser: str | None = None,
    address: str = ADDRESS,
    now: datetime = NOW,
    **limits: int,
) -> Attempt:
    attempt = Attempt.new(browser)
    async with database.session() as session:
        await remember(session, attempt, PENDING, address, now, **limits)
    return attempt


async def finish(database: Database, attempt: Attempt, now: datetime = NOW) -> Pending | None:
    async with database.session() as session:
        return await take(session, attempt, now)


async def count(database: Database) -> int:
    async with database.session() as session:
        return await session.scalar(sa.select(sa.func.count()).select_from(PendingLogin)) or 0


async def test_a_sign_in_is_used_once_by_the_browser_that_began_it(database: Database) -> None:
    attempt = await begin(database)
    # Somebody else's browser, with the state from its address (login CSRF).
    assert await finish(database, Attempt(attempt.state, Attempt.new(None).browser)) is None
    assert await finish(database, Attempt(Attempt.new(None).state, attempt.browser)) is None
    assert await finish(database, attempt) == PENDING
    assert await finish(database, attempt) is None


async def test_two_tabs_of_a_browser_do_not_disturb_each_other(database: Database) -> None:
    first = await begin(database)
    second = await begin(database, browser=first.browser)
    assert first.state != second.state
    assert (first.nonce, first.verifier) != (second.nonce, second.verifier)
    assert await finish(database, first) == PENDING
    assert await finish(database, second) == PENDING


async def test_a_sign_in_ends_after_ten_minutes_and_is_cleaned_up(database: Database) -> None:
    late, forgotten = await begin(database), await begin(database)
    assert await finish(database, late, NOW + LIFETIME) is None
    assert await count(database) == 1
    await begin(database, now=NOW + LIFETIME + timedelta(seconds=1))
    assert await count(database) == 1
    assert await finish(database, forgotten, NOW) is None


async def test_the_database_has_no_secret_of_a_sign_in(database: Database) -> None:
    attempt = await begin(database)
    ((*texts,),) = await stored(database, "SELECT * FROM pending_logins")
    for secret in (attempt.state, attempt.browser, attempt.nonce, attempt.verifier):
        assert not any(secret in str(text) for text in texts)


async def test_one_address_and_all_together_have_limits(database: Database) -> None:
    limits = {"most_per_address": 3, "most": 5}
    attempts = [await begin(database, now=NOW + timedelta(seconds=number), **limits) for number in range(6)]
    assert await count(database) == 3
    assert await finish(database, attempts[0]) is None
    assert await finish(database, attempts[5]) == PENDING
    for number in range(3):
        await begin(database, address=f"192.0.2.{100 + number}", **limits)
    with pytest.raises(SignInFailed) as refused:
        await begin(database, address="192.0.2.200", **limits)
    assert refused.value.page_code == "too_many_sign_ins"


@pytest.mark.parametrize(
    ("state", "browser"),
    [
        (None, None),
        ("", ""),
        ("a", None),
        (None, "a" * 43),
        ("a", "a" * 42),
        ("a" * 200, "a" * 43),
        ("ä", "a" * 43),
    ],
)
def test_what_can_not_be_a_sign_in_is_not_looked_up(state: str | None, browser: str | None) -> None:
    assert Attempt.returned(state, browser) is None


def test_a_cookie_of_another_form_is_replaced() -> None:
    for planted in ("", "known", "a" * 44, "a" * 42 + ";", None):
        assert Attempt.new(planted).browser != planted
