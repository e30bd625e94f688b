"""Secrets and signatures of webhooks."""

import base64
from pathlib import Path

import pytest

from lumber.errors import ConfigError
from lumber.notices.signing import checked_secret, new_secret, secret_from, signed_headers


def test_a_signature_is_that_of_a_known_message() -> None:
    """Computed with openssl: printf 'msg_1.1700000000.{"a":1}' | openssl dgst -sha256 -mac HMAC ..."""
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    headers = signed_headers(secret, "msg_1", 1_700_000_000, b'{"a":1}')
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
    assert secret_from(f"file:{path}") == one
    path.write_text(two)
    assert secret_from(f"file:{path}") == two
    monkeypatch.setenv("LUMBER_NOTICE_SECRET_OPS", one)
    assert secret_from("env:LUMBER_NOTICE_SECRET_OPS") == one
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        secret_from(f"file:{path}")
    for source in ("env:LUMBER_DATABASE_URL", "env:LUMBER_NOTICE_SECRET_", "env:HOME"):
        with pytest.raises(ConfigError, match="begins with LUMBER_NOTICE_SECRET_"):
            secret_from(source)
