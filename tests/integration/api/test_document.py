"""The OpenAPI document says all that the service does, and the service does what it says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.api import create_app
from lumber.settings import Settings

BUDGET_REASON = "Every call of the OpenAPI document is made three times against a real service."


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(data_dir=Path("nowhere"))).openapi()


def test_calls_are_answered_as_the_document_says(tmp_path: Path) -> None:
    """A few calls of every operation, right and wrong ones; test_document_calls.py makes many more."""
    # Takes more than a second to load.
    from schemathesis import GenerationMode

    from tests.integration.api.described import described_calls, described_service, examples_of_each, validate

    with described_service(tmp_path) as service:
        for found in described_calls().get_all_operations():
            operation = found.ok()
            known = [{}]
            if "{export_id}" in operation.path:
                known += [{"export_id": export_id} for export_id in service.export_ids]
            if "{file_id}" in operation.path:
                known = [{}, {"export_id": service.completed_id, "file_id": service.file_id}]
            calls = st.one_of(
                operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
                operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
            )

            @examples_of_each(3)
            @given(case=calls, identity=st.sampled_from(known))
            def check(case: Any, identity: dict[str, str]) -> None:
                case.path_parameters.update(identity)
                validate(case, service.address)

            check()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_every_call_is_described(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
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


def test_every_error_of_every_call_is_declared_as_a_problem(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"403", "429", "500", "503"} <= errors.keys(), name
        assert "Retry-After" in errors["429"]["headers"], name
        assert ("security" not in operation) or "WWW-Authenticate" in errors["401"]["headers"], name
        assert ("{export_id}" not in name) or "404" in errors, name
        assert ("requestBody" not in operation) or {"400", "413", "422"} <= errors.keys(), name
        for status, answer in errors.items():
            if name.endswith("/health/ready") and status == "503":
                continue  # the checks say more than a problem
            schemas = {kind: content["schema"]["$ref"] for kind, content in answer["content"].items()}
            assert schemas == {"application/problem+json": "#/components/schemas/Problem"}, name
            assert answer["description"].startswith("`"), name
    assert not {"HTTPValidationError", "ValidationError"} & document["components"]["schemas"].keys()


def test_operations_keep_their_names(document: dict[str, Any]) -> None:
    names = {operation["operationId"] for _, operation in operations(document)}

    assert len(names) == len(list(operations(document)))
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
        "get_verdicts",
        "list_rows",
        "get_row",
        "describe_columns",
        "list_rejected_rows",
        "get_quality",
        "get_rejects",
    }


def test_limits_of_64_bits_have_their_digits() -> None:
    text = json.dumps(create_app(Settings(data_dir=Path("nowhere"))).openapi())
    assert '"exclusiveMaximum": 9223372036854775808' in text
    assert '"maximum": 9223372036854775807' in text
    assert "e+18" not in text


def test_services_of_a_process_share_what_takes_long_to_prepare(document: dict[str, Any]) -> None:
    """Half a second of CPU for the routes and one for the document, once in every test of the service."""
    one, two = (create_app(Settings(data_dir=Path("nowhere"))) for _ in range(2))
    assert one.openapi() is document
    shared = [route for route in one.routes if any(route is other for other in two.routes)]
    assert sum(hasattr(route, "original_router") for route in shared) > 20
