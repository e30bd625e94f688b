"""The OpenAPI document says all that the service does, and the service does what it says."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as examples
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.api.serving import completed_export, listening, running_export

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 20


@dataclass(frozen=True)
class Served:
    """A service on a loopback port, with exports in several states."""

    address: str
    export_ids: tuple[str, ...]
    completed_id: str
    file_id: str


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("document")
    settings = Settings(
        serve_worker=False, data_dir=home, database_url=f"sqlite:///{home / 'lumber.db'}", max_queued=1_000
    )
    found: list[Served] = []
    is_ready, may_stop = threading.Event(), threading.Event()

    async def serve() -> None:
        app = create_app(settings)
        async with listening(app) as (port, _):
            found.append(await populated(f"http://127.0.0.1:{port}", app.state.service.ledger, home))
            is_ready.set()
            await asyncio.to_thread(may_stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert is_ready.wait(60)
        yield found[0]
    finally:
        may_stop.set()
        thread.join()


async def populated(address: str, ledger: Any, home: Path) -> Served:
    files = {"logs/train-00000-of-00001.json": b"[]", "quality_report.json": b"{}", "rejects/logs.jsonl": b""}
    completed = await completed_export(ledger, home / "done", files)
    failed = await running_export(ledger)
    await ledger.fail(failed, "disk_full", "The disk is full.")
    running = await running_export(ledger)
    [file, *_] = await ledger.files(completed)
    return Served(address, (completed, failed.export_id, running.export_id), completed, file.id)


# Made only for its document, which needs no database.
DOCUMENT = create_app(Settings(data_dir=Path("nowhere"))).openapi()
schema = schemathesis.openapi.from_dict(DOCUMENT)
quickly = examples(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@schema.parametrize()
@quickly
def test_any_call_is_answered_as_the_document_says(case: schemathesis.Case, service: Served) -> None:
    case.call_and_validate(base_url=service.address, checks=CHECKS)


@schema.include(path_regex="export_id", method="GET").parametrize()
@quickly
def test_calls_of_known_exports_too(case: schemathesis.Case, service: Served) -> None:
    case.path_parameters["export_id"] = service.completed_id
    if "file_id" in case.path_parameters:
        case.path_parameters["file_id"] = service.file_id
    case.call_and_validate(base_url=service.address, checks=CHECKS)


@schema.include(path_regex="export_id", method=["POST", "DELETE"]).parametrize()
@quickly
def test_changes_of_known_exports_too(case: schemathesis.Case, service: Served) -> None:
    for export_id in service.export_ids:
        case.path_parameters["export_id"] = export_id
        case.call_and_validate(base_url=service.address, checks=CHECKS)


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_every_call_is_described() -> None:
    for name, operation in operations():
        assert operation["summary"], name
        assert operation["description"].endswith("."), name
        assert operation["tags"], name
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "path":
                assert parameter["description"], (name, parameter["name"])
        body = operation.get("requestBody", {}).get("content", {})
        assert all("examples" in content or "examples" in content["schema"] for content in body.values()), (
            name
        )


def test_every_error_of_every_call_is_declared_as_a_problem() -> None:
    for name, operation in operations():
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"403", "500", "503"} <= errors.keys(), name
        assert ("{export_id}" not in name) or "404" in errors, name
        assert ("requestBody" not in operation) or {"400", "413", "422"} <= errors.keys(), name
        for status, answer in errors.items():
            if name.endswith("/health/ready") and status == "503":
                continue  # the checks say more than a problem
            schemas = {kind: content["schema"]["$ref"] for kind, content in answer["content"].items()}
            assert schemas == {"application/problem+json": "#/components/schemas/Problem"}, name
            assert answer["description"].startswith("`"), name
    assert not {"HTTPValidationError", "ValidationError"} & DOCUMENT["components"]["schemas"].keys()


def test_operations_keep_their_names() -> None:
    names = {operation["operationId"] for _, operation in operations()}

    assert len(names) == len(list(operations()))
    assert names >= {
        "create_export",
        "preview_export",
        "list_exports",
        "get_export",
        "get_export_status",
        "get_progress",
        "follow_export",
        "cancel_export",
        "retry_export",
        "delete_export",
        "list_files",
        "get_file",
        "download_dataset",
        "get_manifest",
        "get_quality",
        "get_rejects",
    }
