"""Previews of files before they are sent: a process of its own reads them, and nothing is written."""

import base64
import gzip
import io
import os
from typing import Any

import polars as pl
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.api.uploading import lines
from tests.integration.loaders import loading_processes

BUDGET_REASON = "Each preview starts a process, as the service does."


def ask(client: TestClient, content: bytes, *, status: int = 200, **options: Any) -> Any:
    body = {"kind": "logs", "name": "a.log", "content": base64.b64encode(content).decode(), **options}
    answer = client.post("/api/v1/ingest/preview", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_first_lines_are_shown_as_they_would_be_stored(client: TestClient) -> None:
    found = ask(
        client, gzip.compress(lines(3) + b"Jun 99 no time\n" + lines(1))[:-4], year=2026, timezone="+02:00"
    )
    assert (found["lines"], found["loaded"], found["rejected"], found["has_more"]) == (5, 4, 1, True)
    assert found["rows"][0]["timestamp"] == "2026-06-14T13:16:00+00:00"
    assert (found["rows"][0]["host_name"], found["rows"][0]["structured_data"]) == (
        "combo",
        {"process_id": 0},
    )
    assert found["reasons"][0]["line"] == 4
    assert found["filled"]["host_name"] == 4
    assert found["formats"] == [{"format": "rfc3164", "name": "syslog (RFC 3164)", "lines": 4}]
    assert found["unrecognised"] == 1
    assert not found["are_years_guessed"]
    assert client.get("/api/v1/loads").json()["loads"] == []


def test_a_whole_parquet_file_is_shown_and_a_part_of_it_refused(client: TestClient) -> None:
    file = io.BytesIO()
    pl.DataFrame({"timestamp": ["2026-01-02T03:04:05Z"], "message": ["hello"]}).write_parquet(file)
    assert ask(client, file.getvalue(), is_whole=True)["rows"][0]["message"] == "hello"
    assert "Parquet" in ask(client, file.getvalue()[:50], status=422)["detail"]


def test_wrong_options_and_contents_are_refused_by_name(client: TestClient) -> None:
    wrong = ask(client, b"x", status=422, kind="dogs", timezone="Mars")
    assert {problem["field"] for problem in wrong["errors"]} == {"kind", "timezone"}
    answer = client.post("/api/v1/ingest/preview", json={"kind": "logs", "name": "a", "content": "?"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "content"


def test_a_preview_that_takes_too_long_is_stopped(settings: Settings) -> None:
    hasty = settings.model_copy(update={"preview_seconds": 0.001})
    with TestClient(create_app(hasty), base_url="http://localhost") as client:
        assert ask(client, lines(3), status=503)["code"] == "preview_timeout"
        assert not loading_processes(os.getpid())
