"""Signatures of requests to S3, against the examples in the documentation of AWS."""

from datetime import UTC, datetime

import pytest

from lumber.destinations.signing import signed_headers

# The key of the examples, which opens nothing.
SECRETS = {
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


@pytest.mark.parametrize(
    ("query", "signature"),
    [
        ({"lifecycle": ""}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            {"max-keys": "2", "prefix": "J"},
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_requests_are_signed_as_aws_documents_it(query: dict[str, str], signature: str) -> None:
    found = signed_headers(
        "GET",
        "examplebucket.s3.amazonaws.com",
        "/",
        query,
        region="us-east-1",
        secrets=SECRETS,
        now=datetime(2013, 5, 24, tzinfo=UTC),
    )
    assert found["authorization"].endswith(f"Signature={signature}")
