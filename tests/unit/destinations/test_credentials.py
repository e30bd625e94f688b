"""Secrets: where they come from, and that nothing repeats them."""

import json
from pathlib import Path

import pytest

from lumber.destinations.address import Kind
from lumber.destinations.credentials import (
    Credentials,
    Source,
    check_secrets,
    check_variables,
    read_secrets,
)
from lumber.destinations.managed_secrets import discard_secrets, keep_secrets
from lumber.errors import ConfigError, DestinationDenied

S3 = {"access_key_id": "AKID", "secret_access_key": "se-cret"}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(S3),
        "AWS_ACCESS_KEY_ID=AKID\nAWS_SECRET_ACCESS_KEY=se-cret\n",
        "# mine\n[default]\nexport aws_access_key_id = 'AKID'\naws_secret_access_key = \"se-cret\"\n",
    ],
)
def test_a_file_of_secrets_has_several_forms(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets").write_text(content)
    assert read_secrets(tmp_path / "secrets", Kind.S3) == S3


@pytest.mark.parametrize(
    "content",
    [
        '{"access_key_id": "se-cret"',
        "se-cret",
        "access_key_id=se-cret",
        "other=se-cret",
        '{"session_token": 5}',
    ],
)
def test_a_wrong_file_is_refused_without_repeating_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets").write_text(content)
    with pytest.raises(ConfigError) as caught:
        read_secrets(tmp_path / "secrets", Kind.S3)
    assert "se-cret" not in str(caught.value)
    assert not any("se-cret" in str(problem.value) for problem in caught.value.problems)


def test_a_service_account_of_google_is_taken_whole(tmp_path: Path) -> None:
    text = json.dumps({"type": "service_account", "private_key": "se-cret"})
    (tmp_path / "google.json").write_text(text)
    assert read_secrets(tmp_path / "google.json", Kind.GCS) == {"service_account_key": text}


def test_azure_takes_one_of_two_secrets() -> None:
    assert check_secrets(Kind.AZURE, {"account_key": "a"}) == {"account_key": "a"}
    with pytest.raises(ConfigError, match="either account_key or sas_token"):
        check_secrets(Kind.AZURE, {"account_key": "a", "sas_token": "b"})
    with pytest.raises(ConfigError, match="is not a secret of folder"):
        check_secrets(Kind.FOLDER, {"account_key": "a"})


def test_the_stored_form_is_a_reference_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_KEY", "AKID")
    monkeypatch.setenv("LAKE_SECRET", "se-cret")
    variables = check_variables(Kind.S3, {"access_key_id": "LAKE_KEY", "secret_access_key": "LAKE_SECRET"})
    kept = keep_secrets(tmp_path, S3)
    for each in (Credentials(Source.ENVIRONMENT, variables=variables), kept):
        assert each.load(Kind.S3) == S3
        assert "se-cret" not in json.dumps(each.as_json()) + repr(each)
        assert Credentials.of_json(each.as_json()) == each
    assert Credentials().load(Kind.S3) is None
    assert kept.path is not None
    assert kept.path.stat().st_mode & 0o777 == 0o600
    discard_secrets(kept)
    assert not kept.path.exists()
    with pytest.raises(DestinationDenied, match="can't be read"):
        kept.load(Kind.S3)


def test_a_file_of_the_operator_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(json.dumps(S3))
    discard_secrets(Credentials(Source.FILE, tmp_path / "mine"))
    assert (tmp_path / "mine").exists()


def test_a_secret_in_the_place_of_a_variable_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        check_variables(Kind.S3, {"access_key_id": "LAKE_KEY", "secret_access_key": "se-cret/+"})
    assert "se-cret" not in str(caught.value)
