"""Options of destinations: each applies to some kinds, and none weakens the connection by accident."""

from typing import Any

import pytest

from lumber.destinations.address import parse_address
from lumber.destinations.options import parse_options
from lumber.errors import ConfigError

S3 = parse_address("s3://lake")


def refused(values: dict[str, Any], url: str = "s3://lake") -> str:
    with pytest.raises(ConfigError) as caught:
        parse_options(values, parse_address(url))
    return str(caught.value)


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000", "https://minio.example.org"],
)
def test_an_endpoint_needs_tls_except_on_this_machine(endpoint: str) -> None:
    assert parse_options({"endpoint": endpoint}, S3).endpoint == endpoint


def test_an_endpoint_without_tls_has_to_be_allowed() -> None:
    plain = {"endpoint": "http://minio.example.org"}
    assert "has no TLS" in refused(plain)
    assert parse_options({**plain, "allow_http": True}, S3).allow_http


@pytest.mark.parametrize(
    "endpoint",
    [
        "minio.example.org",
        "ftp://x.org",
        "https://key:se-cret@x.org",
        "https://x.org?sig=se-cret",
        "https:// x",
    ],
)
def test_an_endpoint_is_a_plain_address(endpoint: str) -> None:
    text = refused({"endpoint": endpoint})
    assert "must be http:// or https://" in text
    assert "se-cret" not in text


def test_the_address_of_a_clouds_metadata_is_no_endpoint() -> None:
    assert "network link" in refused({"endpoint": "http://169.254.169.254", "allow_http": True})


def test_options_of_other_kinds_are_refused() -> None:
    assert "options.account: is not an option of s3" in refused({"account": "x"})
    assert "options.region: is not an option of folder" in refused({"region": "x"}, "/mnt")
    assert "options.account: is required" in refused({}, "az://container")
