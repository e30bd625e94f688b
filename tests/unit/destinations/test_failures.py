"""Errors of stores in Lumber's words, without their texts."""

import pytest

from lumber.destinations.address import parse_address
from lumber.destinations.failures import explained
from lumber.errors import (
    DestinationDenied,
    DestinationError,
    DestinationFull,
    DestinationUnreachable,
)

SAS = "https://x.blob.core.windows.net/c/a?sig=se-cret"


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        ("GenericError", f"{SAS} status code: 500 x", DestinationUnreachable),
        ("GenericError", f"error sending request for {SAS}", DestinationUnreachable),
        ("GenericError", f"{SAS} status code: 429 x", DestinationUnreachable),
        ("GenericError", f"{SAS} status code: 400 <Code>MalformedXML</Code>", DestinationError),
        ("GenericError", f"{SAS} status code: 507", DestinationFull),
        ("GenericError", f"{SAS} status code: 403 <Code>QuotaExceeded</Code>", DestinationFull),
        ("PermissionDeniedError", f"{SAS} status code: 403", DestinationDenied),
        ("GenericError", f"{SAS} status code: 404 <Code>NoSuchBucket</Code>", DestinationError),
    ],
)
def test_each_answer_has_its_error(kind: str, text: str, error: type[DestinationError]) -> None:
    found = explained(parse_address("s3://lake"), kind, text)
    assert type(found) is error
    assert found.retryable == (error is DestinationUnreachable)
    assert "se-cret" not in str(found)
    assert "s3://lake" in str(found)
