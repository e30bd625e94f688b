"""Addresses where a path is expected are recognised, also after `Path` has taken one of their slashes."""

from pathlib import Path

import pytest

from lumber.errors import ConfigError, DatasetMissing, SourceMissing
from lumber.exports import DataExporter
from lumber.ingest.sources import Source
from lumber.paths import address_in, require_local

ADDRESS = "s3://bucket/a/b.parquet"


@pytest.mark.parametrize("address", [ADDRESS, "gs://x", "https://host/x", "file:///x/y", "abfss://c@a/x"])
def test_an_address_is_recognised(address: str) -> None:
    assert address_in(address) is not None
    found = address_in(Path(address))
    assert found is not None
    assert found.startswith(address.partition("://")[0] + "://")
    with pytest.raises(ConfigError, match=r"is an address\. Use a path on this machine") as caught:
        require_local("--output", Path(address))
    assert caught.value.problems[0].field == "--output"


def test_an_address_is_shown_as_it_was_given() -> None:
    assert address_in(ADDRESS) == address_in(Path(ADDRESS)) == ADDRESS


@pytest.mark.parametrize(
    "path", ["out", "/tmp/s3:/x", "a b", "x:y", "2026-01-01T12:00", "./a/b:/c", "a/s3:/b"]
)
def test_a_path_is_none(path: str) -> None:
    assert address_in(path) is None
    require_local("--output", Path(path))


def test_an_export_in_python_refuses_it_too() -> None:
    with pytest.raises(ConfigError, match="is an address"):
        DataExporter(output=Path(ADDRESS))


def test_a_source_and_a_dataset_say_what_to_do() -> None:
    from lumber import Dataset

    with pytest.raises(SourceMissing, match="Download it"):
        Source.find(ADDRESS)
    with pytest.raises(DatasetMissing, match="Open it with"):
        Dataset(ADDRESS)
