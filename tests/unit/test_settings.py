"""Settings come from the environment, once, and a wrong one is named."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from lumber.errors import ConfigError
from lumber.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LUMBER_{name.upper()}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LUMBER_WORKERS", "many"),
        ("LUMBER_WORKERS", "0"),
        ("LUMBER_WORKERS", "257"),
        ("LUMBER_PARTITION_ROWS", "-5"),
        ("LUMBER_SHARD_SIZE_BYTES", "1.5"),
        ("LUMBER_BUSY_TIMEOUT_SECONDS", "0"),
        ("LUMBER_BUSY_TIMEOUT_SECONDS", "soon"),
        ("LUMBER_UMASK", "77"),
        ("LUMBER_UMASK", "777"),
        ("LUMBER_UMASK", "0o077"),
        ("LUMBER_DATA_DIR", "s3://bucket/data"),
        ("LUMBER_EXPORTS_DIR", "gs://bucket"),
        ("LUMBER_PUBLIC_URL", "lumber.example.org"),
        ("LUMBER_PUBLIC_URL", "https://lumber.example.org/app"),
        ("LUMBER_PUBLIC_URL", "https://user@lumber.example.org"),
        ("LUMBER_PUBLIC_URL", "ftp://lumber.example.org"),
        ("LUMBER_PUBLIC_URL", "https://lumber.example.org:99999"),
        ("LUMBER_TRUSTED_PROXIES", "*"),
        ("LUMBER_TRUSTED_PROXIES", "10.0.0.5, proxy.example.org"),
    ],
)
def test_a_wrong_value_names_the_variable_and_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    (problem,) = caught.value.problems
    assert problem.field == name
    assert problem.value == value
    assert value in str(caught.value)


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBER_WORKERS", "x")
    monkeypatch.setenv("LUMBER_PARTITION_ROWS", "x")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert {problem.field for problem in caught.value.problems} == {"LUMBER_WORKERS", "LUMBER_PARTITION_ROWS"}


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBER_WORKERS", "3")
    assert load_settings().workers == 3


def test_a_variable_may_be_written_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Lumber_workers", "3")
    monkeypatch.setenv("LUMBER_NO_SUCH_SETTING", "3")
    assert load_settings().workers == 3


def test_a_default_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "s3://bucket")
    with pytest.raises(ConfigError, match="s3:/"):
        load_settings()


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBER_WORKERS", "3")
    assert load_settings(workers=5).workers == 5
    assert load_settings(workers=None).workers == 3


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LUMBER_WORKERS", "")
    monkeypatch.setenv("LUMBER_DATA_DIR", "")
    assert load_settings().workers >= 1
    assert load_settings().data_dir == tmp_path / "lumber"


def test_the_database_is_a_file_in_the_data_folder_unless_set(tmp_path: Path) -> None:
    assert load_settings().effective_database_url == f"sqlite:///{tmp_path / 'lumber' / 'lumber.db'}"
    assert load_settings(database_url="sqlite:///a.db").effective_database_url == "sqlite:///a.db"


def test_settings_do_not_change_after_they_are_built() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.workers = 2  # type: ignore[misc]


def test_the_databases_address_is_never_shown() -> None:
    settings = load_settings(database_url="postgresql://user:s3cr3t@host/name")
    assert "s3cr3t" not in f"{settings} {settings!r}"


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://Lumber.Example.org/", "https://lumber.example.org"),
        ("https://lumber.example.org:443", "https://lumber.example.org"),
        ("http://10.0.0.7:8000", "http://10.0.0.7:8000"),
        ("http://[::1]:80", "http://[::1]"),
        ("", ""),
    ],
)
def test_a_public_url_has_one_form(given: str, shown: str) -> None:
    assert Settings(public_url=given).public_url == shown


def test_proxies_are_addresses_and_networks() -> None:
    assert Settings(trusted_proxies="10.0.0.5, 10.0.1.0/24,").proxies == ("10.0.0.5", "10.0.1.0/24")


def test_dask_needs_the_address_of_a_scheduler() -> None:
    assert Settings(engine="dask", dask_scheduler="tcp://10.0.0.5:8786").engine == "dask"
    for given in ({"engine": "dask"}, {"dask_scheduler": "10.0.0.5"}, {"dask_scheduler": "tcp://a@b:1"}):
        with pytest.raises(ValidationError, match=r"like tcp://10\.0\.0\.5:8786"):
            Settings(**given)
