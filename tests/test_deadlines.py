"""How long tests wait: on a busy machine, a deadline of seconds fails although nothing is wrong."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.processes import PATIENCE_SECONDS

TESTS = Path(__file__).parent
# The library waits five seconds for an answer if nobody says otherwise.
CLIENTS = ("AsyncClient", "Client", "delete", "get", "head", "patch", "post", "put", "request", "stream")
# What is shorter is meant to run out.
SHORT_SECONDS = 3


def impatient(source: str) -> Iterator[int]:
    """Yield the lines with deadlines that a busy machine may miss."""
    if "timeout" not in source and "httpx2." not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        is_client = name.startswith("httpx2.") and name.removeprefix("httpx2.") in CLIENTS
        if is_client and not {"timeout", "transport"} & given.keys():
            yield node.lineno
        seconds = node.args[0] if name == "asyncio.timeout" and node.args else given.get("timeout")
        number = seconds.value if isinstance(seconds, ast.Constant) else None
        if isinstance(number, int | float) and SHORT_SECONDS < number < PATIENCE_SECONDS:
            yield node.lineno


def test_no_test_waits_for_an_answer_with_a_short_deadline() -> None:
    found = {
        f"{path.relative_to(TESTS)}:{line}"
        for path in TESTS.rglob("*.py")
        for line in impatient(path.read_text())
    }
    assert sorted(found) == [], "Wait PATIENCE_SECONDS or LONG_SECONDS."


@pytest.mark.parametrize(
    ("source", "is_impatient"),
    [
        ("httpx2.Client()", True),
        ("httpx2.post('http://x')", True),
        ("httpx2.Client(timeout=LONG_SECONDS)", False),
        ("httpx2.AsyncClient(transport=transport)", False),
        ("asyncio.timeout(60)", True),
        ("socket.create_connection(('::1', 1), timeout=60)", True),
        ("asyncio.timeout(0.2)", False),
        ("asyncio.timeout(LONG_SECONDS)", False),
    ],
)
def test_what_a_short_deadline_is(source: str, is_impatient: bool) -> None:
    assert list(impatient(source)) == ([1] if is_impatient else [])
