"""Errors that a service names are those of Lumber, and unknown ones keep their code."""

import json

import pytest

from lumber.api.problems import lumber_errors
from lumber.cli.output import Output
from lumber.errors import ConfigError, FieldProblem, LumberError, PolicyRefused, RemoteError
from lumber.remote.problems import error_in, error_named

SERVER = "https://lumber.example.org"


@pytest.mark.parametrize("kind", lumber_errors(), ids=lambda kind: kind.code)
def test_every_error_of_lumber_can_come_from_a_service(
    kind: type[LumberError], capsys: pytest.CaptureFixture[str]
) -> None:
    error = error_named(kind.code, "What is wrong.")
    assert type(error) is kind
    Output(as_json=True).error(error)
    shown = capsys.readouterr()
    assert "What is wrong." in shown.err
    assert json.loads(shown.out)["error"]["code"] == kind.code


def test_an_unknown_error_keeps_its_code() -> None:
    error = error_named("made_up_later", "What is wrong.")
    assert isinstance(error, RemoteError)
    assert (error.code, str(error)) == ("made_up_later", "What is wrong.")
    assert RemoteError.code == "remote_error"


@pytest.mark.parametrize("kind", [ConfigError, PolicyRefused])
def test_the_fields_of_an_answer_are_kept(kind: type[ConfigError | PolicyRefused]) -> None:
    field = {"field": "kinds", "value": "logs", "message": "isn't allowed", "allowed": ["ips"], "position": 3}
    body = {"code": kind.code, "detail": "kinds: isn't allowed", "errors": [field, "broken"]}
    error = error_in(SERVER, 403, "application/problem+json", json.dumps(body).encode(), has_key=True)
    assert isinstance(error, kind)
    assert error.problems == (FieldProblem("kinds", "logs", "isn't allowed", ("ips",), 3),)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/problem+json", b"{"),
        ("application/problem+json", b"[]"),
        ("application/problem+json", b'{"code": 5}'),
        ("application/json", b'{"code": "export_not_found"}'),
        ("", b""),
    ],
)
def test_an_answer_of_no_lumber_service_is_a_remote_error(media_type: str, body: bytes) -> None:
    error = error_in(SERVER, 404, media_type, body, has_key=True)
    assert error.code == "remote_error"
    assert SERVER in str(error)
