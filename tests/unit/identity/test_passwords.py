"""Passwords: which are accepted, how they are hashed and checked, and how many at a time."""

import asyncio
import threading
import time

import pytest
from argon2 import extract_parameters

from lumber.errors import ConfigError, TooManyLogins
from lumber.identity import passwords as module
from lumber.identity.passwords import Passwords, checked_password

# The least that Argon2 allows: 0.1 ms.
CHEAP = {"memory_bytes": 32 * 1024, "rounds": 1}
GOOD = "correct horse battery"


@pytest.fixture
def passwords():
    made = Passwords(**CHEAP)
    yield made
    made.close()


async def test_a_hash_is_argon2id_with_these_parameters_and_a_salt(passwords: Passwords) -> None:
    first, second = await passwords.hashed(GOOD), await passwords.hashed(GOOD)
    assert first.startswith("$argon2id$v=19$m=32,t=1,p=4$")
    assert first != second


async def test_a_password_is_right_or_wrong(passwords: Passwords) -> None:
    stored = await passwords.hashed(GOOD)
    assert (await passwords.check(GOOD, stored)).is_right
    for wrong in ("", "correct horse", GOOD.upper(), "x" * 5_000, "\ud800", GOOD + "\0"):
        assert not (await passwords.check(wrong, stored)).is_right


async def test_without_a_hash_no_password_is_right(passwords: Passwords) -> None:
    for stored in (None, "", "$argon2id$", GOOD):
        assert not (await passwords.check(GOOD, stored)).is_right


async def test_a_password_that_is_written_another_way_is_the_same(passwords: Passwords) -> None:
    stored = await passwords.hashed("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait!")
    assert (await passwords.check("cafe\N{COMBINING ACUTE ACCENT} au lait!", stored)).is_right


async def test_an_unknown_account_takes_as_much_work_as_a_wrong_password() -> None:
    costly = Passwords(memory_bytes=7 * 1024**2, rounds=4)
    stored = await costly.hashed(GOOD)

    async def cpu_seconds(password: str, stored: str | None) -> float:
        before = time.process_time()
        assert not (await costly.check(password, stored)).is_right
        return time.process_time() - before

    await cpu_seconds("wrong", None)  # loads the library
    wrong = min([await cpu_seconds("wrong password", stored) for _ in range(3)])
    for password, hashed in (("wrong password", None), ("x" * 5_000, stored)):
        unknown = min([await cpu_seconds(password, hashed) for _ in range(3)])
        assert wrong / 3 < unknown < wrong * 3
    costly.close()


@pytest.mark.parametrize(
    ("memory_kib", "rounds", "is_renewed"), [(64, 1, True), (32, 2, True), (32, 1, False)]
)
async def test_a_hash_is_renewed_when_the_parameters_rise(
    passwords: Passwords, memory_kib: int, rounds: int, is_renewed: bool
) -> None:
    stored = await passwords.hashed(GOOD)
    today = Passwords(memory_bytes=memory_kib * 1024, rounds=rounds)
    verdict = await today.check(GOOD, stored)
    assert (verdict.is_right, verdict.rehashed is not None) == (True, is_renewed)
    assert (await today.check("wrong password", stored)).rehashed is None
    if verdict.rehashed is not None:
        found = extract_parameters(verdict.rehashed)
        assert (found.memory_cost, found.time_cost) == (memory_kib, rounds)
        assert await today.check(GOOD, verdict.rehashed) == module.Verdict(True)
    today.close()


async def test_a_stronger_hash_stays(passwords: Passwords) -> None:
    strong = Passwords(memory_bytes=64 * 1024, rounds=2)
    assert (await passwords.check(GOOD, await strong.hashed(GOOD))).rehashed is None
    strong.close()


async def test_only_so_many_are_hashed_at_a_time_and_so_many_wait() -> None:
    passwords = Passwords(**CHEAP, at_once=2)
    running, most = 0, 0
    lock, gate = threading.Lock(), threading.Event()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(30)
        with lock:
            running -= 1

    tasks = [asyncio.create_task(passwords._run(work)) for _ in range(102)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyLogins):
        await passwords.check(GOOD, None)
    for task in tasks[2:52]:
        task.cancel()
    await asyncio.wait(tasks[2:52])
    gate.set()
    assert not (await passwords.check(GOOD, None)).is_right
    await asyncio.wait(tasks)
    assert most == 2
    passwords.close()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "has 5 characters (allowed: 12 to 1,000 characters)"),
        ("x" * 1_001, "has 1,001 characters"),
        ("aaaaaaaaaaaaaaaa", "is too regular"),
        ("abcabcabcabcABC", "is too regular"),
        ("correct\thorse\nbattery", "control characters"),
        ("ada.lovelace@EXAMPLE.org", "is the name of the account"),
    ],
)
def test_a_weak_password_is_refused_and_not_shown(password: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_password(password, "Ada.Lovelace@example.org")
    assert reason in str(caught.value)
    assert password not in str(caught.value)
    assert [problem.value for problem in caught.value.problems] == [None]


def test_long_sentences_and_other_scripts_are_accepted() -> None:
    for password in ("correct horse battery", "пароль из многих слов", "x" * 995 + "abcde", "12 chars ok!"):
        assert checked_password(password, "ada") == password
