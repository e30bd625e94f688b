"""The connection to a service: certificates, exports that fail, and answers without events."""

import json
from pathlib import Path
from typing import Any

import pytest

from lumber.errors import ConfigError, ExportCancelled, ExportNotFound, RejectRatioExceeded, RemoteError
from lumber.remote import Client
from tests.integration.remote.strangers import Answer, stranger
from tests.integration.tls import FILES

RECORD: dict[str, Any] = {
    "export_id": "e1",
    "data_version": "1.0.0",
    "export_config": {"data_types": ["logs"]},
    "record_count": 0,
    "file_size": 0,
    "status": "completed",
    "created_at": "2026-02-01T09:00:00Z",
    "updated_at": "2026-02-01T09:00:00Z",
}


def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    with stranger({"/export/": []}, FILES / "server.crt") as service:
        with Client(service.address) as client, pytest.raises(RemoteError, match="LUMBER_CA_FILE"):
            client.exports()
        assert service.requests == []
        with Client(service.address, ca_file=FILES / "ca.crt") as client:
            assert client.exports() == ([], 0)


def test_a_certificate_of_another_host_is_refused() -> None:
    with stranger({"/export/": []}, FILES / "server.crt") as service:
        other = service.address.replace("localhost", "127.0.0.1")
        with (
            Client(other, ca_file=FILES / "ca.crt") as client,
            pytest.raises(RemoteError, match="isn't trusted"),
        ):
            client.exports()
        assert service.requests == []


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(ConfigError, match=name):
            Client("https://lumber.example.org", ca_file=tmp_path / name)


def event(event_id: str, **report: object) -> Answer:
    """Return a stream that breaks after one event."""
    text = f"id: {event_id}\nevent: progress\ndata: {json.dumps(report)}\n\nid: cut\nevent: prog"
    return Answer(text.encode(), 200, {"Content-Type": "text/event-stream"})


def test_a_stream_of_events_that_breaks_continues_after_the_last_event() -> None:
    reported = {"phase": "exporting", "kinds": {"logs": {"rows_done": 5, "rows_total": 9}}}
    answers = {
        "/export/e1": (RECORD | {"status": "running"}, RECORD),
        "/export/e1/events": (
            event("a", status="running", reported=reported),
            event("b", status="completed"),
        ),
        "/export/e1/progress": {"status": "running", "reported": reported},
    }
    with stranger(answers) as service, Client(service.address) as client:
        first, last = client.follow("e1")
        sent = [headers.get("Last-Event-ID") for _, path, headers in service.requests if "events" in path]
    assert (first.export.status, last.export.status) == ("running", "completed")
    assert first.progress is not None
    assert (first.progress.rows_done, first.progress.rows_total) == (5, 9)
    assert sent == [None, "a"]


def test_a_service_without_events_is_asked(tmp_path: Path) -> None:
    answers = {"/export/e1": RECORD, "/export/e1/progress": {"status": "completed"}}
    with stranger(answers) as service, Client(service.address) as client:
        (state,) = client.follow("e1")
    assert (state.export.export_id, state.progress) == ("e1", None)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"status": "cancelled"}, ExportCancelled),
        ({"status": "failed", "error_code": "reject_ratio_exceeded"}, RejectRatioExceeded),
        ({"status": "failed", "error_code": "of_a_later_version"}, RemoteError),
    ],
    ids=str,
)
def test_waiting_raises_the_error_of_the_export(values: dict[str, str], error: type[Exception]) -> None:
    answers = {"/export/e1": {**RECORD, **values}, "/export/e1/progress": {"status": values["status"]}}
    with stranger(answers) as service, Client(service.address) as client, pytest.raises(error):
        client.wait("e1")


def test_an_export_that_is_deleted_while_it_is_followed_is_not_found() -> None:
    gone = {"code": "export_not_found", "detail": "There is no export 'e1'."}
    problem = Answer(json.dumps(gone).encode(), 404, {"Content-Type": "application/problem+json"})
    answers = {"/export/e1": RECORD | {"status": "running"}, "/export/e1/events": problem}
    with stranger(answers) as service, Client(service.address) as client, pytest.raises(ExportNotFound):
        list(client.follow("e1"))
