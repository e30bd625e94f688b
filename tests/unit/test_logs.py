"""What is logged: one line per event, in a form for people or machines, and never a password."""

import io
import json
import logging

import pytest
import structlog

from lumber.errors import DatabaseUnreachable
from lumber.logs import configure_logging, masked

PASSWORD = "p@ss:w0rd/with?every&thing"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_than_on_a_terminal_a_line_is_one_json_object() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    with structlog.contextvars.bound_contextvars(request_id="r1", export_id="e1"):
        structlog.get_logger("lumber.test").info("export_created", rows=5)
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "export_created",
        "level": "info",
        "logger": "lumber.test",
        "request_id": "r1",
        "export_id": "e1",
        "rows": 5,
    }


def test_on_a_terminal_a_line_is_key_value_and_cannot_be_forged() -> None:
    stream = Terminal()
    configure_logging(stream=stream)
    structlog.get_logger("lumber.test").warning("refused", value="a\nlevel=error \x1b[31m")
    [line] = stream.getvalue().splitlines()
    assert "level=warning logger=lumber.test event=refused" in line
    assert "\x1b" not in line
    assert "\\x1b[31m" in line


@pytest.mark.parametrize("as_json", [True, False])
def test_a_password_is_never_logged(as_json: bool) -> None:
    stream = io.StringIO()
    configure_logging(stream=stream, as_json=as_json, level="debug")
    log = structlog.get_logger("lumber.test")
    addresses = [
        f"postgresql://lumber:{PASSWORD}@db.example:5432/lumber",
        f"postgresql+asyncpg://lumber:{PASSWORD}@db.example/lumber?sslmode=require",
        "postgresql://db.example/lumber?user=lumber&password=s3cret-in-query",
        "host=db.example password=s3cret-in-query user=lumber",
    ]
    for address in addresses:
        log.info(
            f"cannot reach {address}", url=address, nested={"urls": [address]}, error=ValueError(address)
        )
        logging.getLogger("some.library").error("connecting to %s", address)
        try:
            raise DatabaseUnreachable(f"{address} cannot be reached")
        except DatabaseUnreachable:
            log.exception("failed")
    log.info("given", password=PASSWORD, headers={"Authorization": "Bearer s3cret-in-query"})
    text = stream.getvalue()
    assert "db.example" in text
    assert "DatabaseUnreachable" in text
    assert PASSWORD not in text
    assert "w0rd" not in text
    assert "s3cret" not in text


def test_the_level_holds_for_libraries_too() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream, level="warning")
    structlog.get_logger("lumber.test").info("quiet")
    logging.getLogger("some.library").info("quiet")
    logging.getLogger("some.library").warning("loud")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_text_without_a_secret_stays_as_it_is() -> None:
    for text in (
        "sqlite:////data/lumber.db",
        "http://127.0.0.1:8000/export/?limit=5",
        "at 12:30:01 user@host said hi",
    ):
        assert masked(text) == text


def test_the_sdk_of_tools_for_agents_logs_no_texts_of_agents() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    logging.getLogger("mcp.server.mcpserver.server").info("Tool %r failed: %r", "x", "a text")
    assert stream.getvalue() == ""
