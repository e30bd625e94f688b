"""Errors leave as problems, whatever goes wrong, and nobody foreign gets in."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from lumber.api import create_app
from lumber.settings import Settings
from lumber.store.database import Database
from tests.integration.api.serving import CONFIG

MEBIBYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=sqlite_url, max_queued=1)


def check_problem(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {
        "type", "title", "status", "detail", "instance", "code", "errors", "request_id"
    }  # fmt: skip
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:lumber:problem:{code}"
    assert problem["instance"] == answer.request.url.path
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "not_found"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("PUT", "/api/v1/export/", 405, "method_not_allowed"),
        ("GET", "/api/v1/export/x/status", 404, "export_not_found"),
        ("GET", "/api/v1/export/?limit=0", 422, "config_invalid"),
        ("GET", "/api/v1/export/?limit=many", 422, "config_invalid"),
        ("POST", "/api/v1/export/", 422, "config_invalid"),
    ],
)
def test_errors_are_problems(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    check_problem(client.request(method, path), status, code)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"data_types', 422),
        (b"\xff\xfe", 422),
        (b"[]", 422),
        (b"null", 422),
        (b"7", 422),
        (b'"logs"', 422),
        (b"", 422),
        (b'{"data_types": ["logs"], "filters": {"message": "\\ud800"}}', 422),
        (b'{"data_types": ["logs"], "filters": {"id": NaN}}', 422),
        (b'{"data_types": ["logs"], "max_reject_ratio": NaN}', 422),
        (b'{"data_types": ["\\u0000"]}', 422),
        (b'{"data_types": ["logs"], "batch_size": 1' + b"0" * 5_000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"filters":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b'{"data_types":["logs"],"filters":' + b'{"message":' * 400 + b"1" + b"}" * 401, 422),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/api/v1/export/", content=body, headers=JSON)

    check_problem(answer, status, {400: "bad_request", 422: "config_invalid"}[answer.status_code])
    assert len(answer.content) < 10_000


def test_a_body_of_another_type_is_refused(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/export/", content=b"data_types=logs", headers={"Content-Type": "text/plain"}
    )

    check_problem(answer, 422, "config_invalid")


def test_a_large_body_is_refused_and_not_repeated(client: TestClient) -> None:
    exact = b'{"data_types": ["logs"]' + b" " * MEBIBYTE
    body = exact[: MEBIBYTE - 1] + b"}"
    assert client.post("/api/v1/export/", content=body, headers=JSON).status_code == 200

    check_problem(client.post("/api/v1/export/", content=body + b" ", headers=JSON), 413, "body_too_large")
    chunked = client.post("/api/v1/export/", content=iter([body, b" "]), headers=JSON)
    check_problem(chunked, 413, "body_too_large")
    unknown = b'{"data_types": ["logs"], "' + b"x" * 500_000 + b'": 1}'
    refused = client.post("/api/v1/export/", content=unknown, headers=JSON)
    check_problem(refused, 422, "config_invalid")
    assert len(refused.content) < 10_000


def test_too_much_work_says_when_to_come_back(client: TestClient) -> None:
    assert client.post("/api/v1/export/", json=CONFIG).status_code == 200

    answer = client.post("/api/v1/export/", json=CONFIG)

    check_problem(answer, 429, "too_many_exports")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_request_keeps_its_id(client: TestClient) -> None:
    given = client.get("/api/v1/export/", headers={"X-Request-ID": "job-7.a_B"})
    assert given.headers["X-Request-ID"] == "job-7.a_B"
    for odd in ("two words", "x" * 129, "a\tb", 'x"y'):
        made = client.get("/api/v1/export/", headers={"X-Request-ID": odd}).headers["X-Request-ID"]
        assert re.fullmatch("[0-9a-f]{32}", made)
    ids = {client.get("/api/v1/export/").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


def test_what_nobody_expected_is_logged_and_masked(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Database) -> None:
        raise RuntimeError("the secret word is swordfish")

    monkeypatch.setattr(Database, "session", broken)

    with capture_logs(processors=[merge_contextvars]) as logged:
        answer = client.get("/api/v1/export/", headers={"X-Request-ID": "the-id"})

    check_problem(answer, 500, "unexpected")
    assert "swordfish" not in answer.text
    # The scheduler looks into the database too.
    [line] = [each for each in logged if each.get("request_id") == "the-id"]
    assert "swordfish" in str(line["exc_info"])
    assert line["request_id"] == "the-id"


def test_a_database_that_is_away_is_a_503(tmp_path: Path) -> None:
    away = "postgresql://somebody:hidden@127.0.0.1:1/nowhere"
    client = TestClient(create_app(Settings(data_dir=tmp_path, database_url=away)))

    answer = client.get("/api/v1/export/")

    check_problem(answer, 503, "database_unreachable")
    assert int(answer.headers["Retry-After"]) > 0
    for secret in ("hidden", "127.0.0.1", "somebody", "nowhere"):
        assert secret not in answer.text


def test_a_database_error_names_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a folder" / "lumber.db"
    path.parent.mkdir()
    path.write_bytes(b"something else\n" * 100)
    client = TestClient(create_app(Settings(data_dir=tmp_path, database_url=f"sqlite:///{path}")))

    answer = client.get("/api/v1/export/")

    check_problem(answer, 503, "database_missing")
    assert "a folder" not in answer.text
    assert "the database is not a SQLite file. Check LUMBER_DATABASE_URL" in answer.text


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:80", "LOCALHOST.", "127.0.0.1", "127.0.0.1:80", "127.8.8.8", "[::1]:80"],
)
def test_the_loopback_may_call(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/export/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:80",
        "localhost:8000",
        "127.0.0.1:81",
        "[::1]:443",
        "192.168.1.1",
        "0.0.0.0",
        "[::]",
        "localhost@evil.example",
        "local host",
        "127.1",
        "2130706433",
        "",
    ],
)
def test_another_host_is_refused(client: TestClient, host: str) -> None:
    check_problem(client.get("/api/v1/export/", headers={"Host": host}), 403, "host_refused")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "file://127.0.0.1"},
        {"Origin": ""},
        {"Origin": "http://[broken"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_changes_nothing(client: TestClient, method: str, headers: dict[str, str]) -> None:
    answer = client.request(method, "/api/v1/export/", json=CONFIG, headers={"Host": "127.0.0.1", **headers})

    check_problem(answer, 403, "origin_refused")
    assert client.get("/api/v1/export/", headers={"Host": "127.0.0.1", **headers}).json() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:80"},
        {"Origin": "http://127.0.0.1:80", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_its_own_page_may_change_something(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/v1/export/", json=CONFIG, headers={"Host": "127.0.0.1:80", **headers})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/export/", {"GET", "POST"}),
        ("PUT", "/api/v1/export/42", {"GET", "PATCH", "DELETE"}),
        ("GET", "/api/v1/export/42/cancel", {"POST"}),
        # Not those of an export that is called cleanup.
        ("OPTIONS", "/api/v1/export/cleanup", {"POST"}),
    ],
)
def test_a_wrong_method_is_told_all_right_ones(
    client: TestClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.request(method, path)

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed


def test_a_slash_at_the_end_changes_nothing(client: TestClient) -> None:
    assert client.post("/api/v1/export", json={"data_types": ["logs"]}, follow_redirects=False).is_success
    for path in ("export", "export/stats", "datasets", "ingest/sources", "health/live"):
        answers = [
            client.get(f"/api/v1/{path}{slash}", follow_redirects=False).status_code for slash in ("", "/")
        ]
        assert answers == [200, 200], path
    assert client.get("/api/v1/nothing/", follow_redirects=False).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/api/v1/export/", {}, 200),
        ("GET", "/openapi.json", {}, 200),
        ("GET", "/metrics", {}, 200),
        ("GET", "/health/live", {}, 200),
        ("GET", "/api/v1/export/nothing", {}, 404),
        ("GET", "/api/nothing", {}, 404),
        ("PUT", "/api/v1/export/", {}, 405),
        ("POST", "/api/v1/export/", {}, 422),
        ("POST", "/api/v1/export/", {"Content-Length": "99999999"}, 413),
        ("GET", "/api/v1/export/", {"Host": "evil.example"}, 403),
        ("GET", "/", {"Accept": "text/html"}, None),
    ],
)
def test_no_answer_may_be_sniffed(
    client: TestClient, method: str, path: str, headers: dict[str, str], status: int | None
) -> None:
    answer = client.request(method, path, headers=headers)
    assert status is None or answer.status_code == status
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
