"""Secrets and signatures of webhooks."""

import base64
from pathlib import Path

import pytest

from lumber.errors import ConfigError
from lumber.notices.signing import checked_secret, new_secret, secrets_from, signed_headers


def test_a_signature_is_that_of_a_known_message() -> None:
    """Computed with openssl: printf 'msg_1.1700000000.{"a":1}' | openssl dgst -sha256 -mac HMAC ..."""
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    headers = signed_headers([secret], "msg_1", 1_700_000_000, b'{"a":1}')
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,AMaOha7DUT/0J0JMycRuYOBSvbx3WtwLd2khXXbaVj4=",
    }


def test_new_secrets_differ_and_have_256_bits() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in secrets} == {32}
    assert all(checked_secret(secret) == secret for secret in secrets)


@pytest.mark.parametrize("size", [0, 23, 65])
def test_secrets_have_24_to_64_bytes(size: int) -> None:
    with pytest.raises(ConfigError, match="24 to 64 random bytes"):
        checked_secret("whsec_" + base64.b64encode(b"x" * size).decode())


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_***", "x" * 44, "whsec_\u00e4" * 12])
def test_what_is_no_secret_is_rejected_and_not_shown(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_secret(text)
    assert str(caught.value) == "secret: must be `whsec_` and 24 to 64 random bytes in base64"


def test_a_secret_is_read_for_each_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, one, two = tmp_path / "secret", new_secret(), new_secret()
    path.write_text(f"{one}\r\n")
    assert secrets_from(f"file:{path}") == [one]
    path.write_text(two)
    assert secrets_from(f"file:{path}") == [two]
    monkeypatch.setenv("LUMBER_NOTICE_SECRET_OPS", one)
    assert secrets_from("env:LUMBER_NOTICE_SECRET_OPS") == [one]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        secrets_from(f"file:{path}")
    for source in ("env:LUMBER_DATABASE_URL", "env:LUMBER_NOTICE_SECRET_", "env:HOME"):
        with pytest.raises(ConfigError, match="begins with LUMBER_NOTICE_SECRET_"):
            secrets_from(source)


def test_two_secrets_make_two_signatures_each_as_if_it_were_alone() -> None:
    one, two = new_secret(), new_secret()
    alone = [signed_headers([each], "msg_1", 1, b"{}")["webhook-signature"] for each in (one, two)]
    assert signed_headers([one, two], "msg_1", 1, b"{}")["webhook-signature"] == " ".join(alone)


def test_a_file_or_variable_has_the_new_and_the_old_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, (one, two, three) = tmp_path / "secret", (new_secret() for _ in range(3))
    path.write_text(f"{one}\n{two}\n")
    assert secrets_from(f"file:{path}") == [one, two]
    monkeypatch.setenv("LUMBER_NOTICE_SECRET_OPS", f"{one} {two}")
    assert secrets_from("env:LUMBER_NOTICE_SECRET_OPS") == [one, two]
    path.write_text(f"{one}\n{two}\n{three}\n")
    with pytest.raises(ConfigError, match="has more than 2 secrets: the new one and the old one") as caught:
        secrets_from(f"file:{path}")
    assert not any(secret in str(caught.value) for secret in (one, two, three))
    path.write_text(f"{one}\nwrong\n")
    with pytest.raises(ConfigError, match="must be `whsec_`"):
        secrets_from(f"file:{path}")
