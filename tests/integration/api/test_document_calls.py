"""The service does what its OpenAPI document says: every call with made-up and with extreme values.

Schemathesis makes its examples while it collects, which takes seconds in each worker: conftest.py leaves this
file out of `make test`, where test_document.py makes fewer calls.
"""

from collections.abc import Iterator

import pytest
import schemathesis

from tests.integration.api.described import (
    Served,
    described_calls,
    described_service,
    examples_of_each,
    validate,
)

pytestmark = pytest.mark.slow
schema = described_calls()
quickly = examples_of_each(50)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with described_service(tmp_path_factory.mktemp("document")) as served:
        yield served


@schema.parametrize()
@quickly
def test_any_call_is_answered_as_the_document_says(case: schemathesis.Case, service: Served) -> None:
    validate(case, service.address)


@schema.include(path_regex="export_id", method="GET").parametrize()
@quickly
def test_calls_of_known_exports_too(case: schemathesis.Case, service: Served) -> None:
    case.path_parameters["export_id"] = service.completed_id
    if "file_id" in case.path_parameters:
        case.path_parameters["file_id"] = service.file_id
    validate(case, service.address)


@schema.include(path_regex="export_id", method=["POST", "DELETE"]).parametrize()
@quickly
def test_changes_of_known_exports_too(case: schemathesis.Case, service: Served) -> None:
    for export_id in service.export_ids:
        case.path_parameters["export_id"] = export_id
        validate(case, service.address)
