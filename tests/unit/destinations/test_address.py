"""Addresses of destinations: what they mean, and what can't be one."""

from pathlib import Path

import pytest

from lumber.destinations.address import Kind, parse_address
from lumber.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("s3://lake/a/b", Kind.S3, "s3://lake/a/b"),
        ("S3://lake/", Kind.S3, "s3://lake"),
        ("gs://lake/date=2026", Kind.GCS, "gs://lake/date=2026"),
        ("az://container/x", Kind.AZURE, "az://container/x"),
        ("/mnt/lake/", Kind.FOLDER, "file:///mnt/lake"),
        ("file:///mnt/my%20lake", Kind.FOLDER, "file:///mnt/my%20lake"),
        ("/mnt/100%25", Kind.FOLDER, "file:///mnt/100%2525"),
    ],
)
def test_an_address_has_one_form(text: str, kind: Kind, url: str) -> None:
    found = parse_address(text)
    assert (found.kind, found.url) == (kind, url)
    assert parse_address(found.url) == found
    assert found.below("plant") == f"{url}/plant"


def test_a_folder_has_a_path() -> None:
    assert parse_address("/mnt/lake").path == Path("/mnt/lake")


@pytest.mark.parametrize(
    "text",
    [
        "lake",
        "./lake",
        "/mnt/../etc",
        "file://host/x",
        "ftp://lake/x",
        "s3://",
        "s3://B",
        "s3://lake/../x",
        "s3://lake//x",
        "s3://lake/.hidden",
        "s3://lake/\x00",
        "s3://" + "a" * 2_000,
    ],
)
def test_what_can_not_be_one_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_address(text)
    (problem,) = caught.value.problems
    assert problem.field == "url"


@pytest.mark.parametrize("text", ["s3://key:se-cret@lake/x", "s3://lake/x?sig=se-cret", "az://c#se-cret"])
def test_secrets_in_an_address_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match="must have no credentials") as caught:
        parse_address(text)
    assert "se-cret" not in str(caught.value)
    assert caught.value.problems[0].value is None
