"""The key: where it may come from, what is refused, and that it is shown nowhere."""

import base64
import pickle
from pathlib import Path

import pytest

from lumber.dataset.sections import rule_section
from lumber.errors import ConfigError
from lumber.privacy.key import derived_key, key_id, load_key
from lumber.privacy.rule import PrivacyRule
from tests.unit.privacy.rules import KEY, OTHER_KEY

VARIABLE = "LUMBER_PRIVACY_KEY"


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode().rstrip("="),
        f"  {KEY.hex()}\n",
    ],
)
def test_a_key_is_hex_or_base64_in_the_environment_and_in_a_file(text: str, tmp_path: Path) -> None:
    assert load_key({VARIABLE: text}) == KEY
    file = tmp_path / "key"
    file.write_text(text)
    assert load_key({}, file) == KEY


def test_a_file_may_hold_raw_bytes(tmp_path: Path) -> None:
    file = tmp_path / "key"
    for raw in (bytes(range(200, 232)), b"correct horse, battery staple!"):
        file.write_bytes(raw)
        assert load_key({}, file) == raw


def problem(environ: dict[str, str], file: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_key(environ, file)
    assert caught.value.problems[0].value is None
    return str(caught.value)


def test_a_missing_key_names_the_variable_and_what_is_allowed(tmp_path: Path) -> None:
    assert VARIABLE in problem({})
    assert "at least 16 bytes" in problem({VARIABLE: "  "})
    missing = tmp_path / "missing"
    assert str(missing) in problem({}, missing)


def test_two_keys_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(KEY)
    assert "twice" in problem({VARIABLE: KEY.hex()}, file)


@pytest.mark.parametrize("bad", ["ab" * 15, "00" * 32, "abcd" * 16, "!!! no key at all !!!", "abc", "secret"])
def test_a_bad_key_is_refused_and_not_shown(bad: str, tmp_path: Path) -> None:
    message = problem({VARIABLE: bad})
    assert VARIABLE in message
    assert bad not in message


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    for raw in (b"", b"short", b"\x00" * 64, KEY * 200):
        file.write_bytes(raw)
        assert str(file) in problem({}, file)
    assert str(tmp_path) in problem({}, tmp_path)


def test_a_rule_that_needs_a_key_refuses_to_be_without() -> None:
    with pytest.raises(ConfigError, match="16 bytes"):
        PrivacyRule()
    with pytest.raises(ConfigError, match="different bytes"):
        PrivacyRule(key=b"\x07" * 32)


def test_the_key_is_never_shown() -> None:
    rule = PrivacyRule(key=KEY)
    for text in (repr(rule), str(rule), str(rule_section(rule)), f"{rule!r:>2}"):
        assert KEY.hex() not in text
        assert str(KEY)[2:10] not in text
    assert rule_section(rule).key_id == rule.key_id == key_id(KEY)


def test_the_public_name_tells_keys_apart_and_is_used_for_nothing_else() -> None:
    assert key_id(KEY) != key_id(OTHER_KEY)
    assert len(key_id(KEY)) == 16
    assert key_id(KEY) not in KEY.hex()
    labels = {derived_key(KEY, label) for label in ("key-id", "token", "ipcrypt-pfx")}
    assert len(labels) == 3


def test_a_rule_can_be_sent_to_a_worker_process() -> None:
    rule = PrivacyRule(key=KEY)
    assert pickle.loads(pickle.dumps(rule)) == rule


def test_prefix_lengths_that_are_none_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"ipv4_prefix.*ipv6_prefix"):
        PrivacyRule(key=KEY, ipv4_prefix=0, ipv6_prefix=129)
