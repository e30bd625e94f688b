"""The key: where it may come from, what is refused, and that it is shown nowhere."""

import base64
import hashlib
import pickle
import random
from pathlib import Path

import pytest

from lumber.dataset.sections import rule_section
from lumber.errors import ConfigError
from lumber.privacy.issued import Issued
from lumber.privacy.key import derived_key, key_id, load_key
from lumber.privacy.key_strength import why_weak
from lumber.privacy.pseudonyms import Pseudonyms
from lumber.privacy.rule import PrivacyRule
from tests.unit.privacy.rules import KEY, OTHER_KEY, rule

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
    file.write_bytes(KEY)
    assert load_key({}, file) == KEY


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


def test_the_public_name_tells_keys_apart_andis_used_for_nothing_else() -> None:
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


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (base64.b64encode(b"correct horse battery staple").decode(), "text"),
        (base64.b64encode(b"x7$kQ9!mZ2@pL5#v").decode(), "text"),
        (b"hunter2 and some more words".hex(), "text"),
        ("p\u00e4ssw\u00f6rter sind gut".encode().hex(), "text"),
        ("00" * 8 + b"password".hex(), "text"),
        ("correcthorsebatterystaple0", "words"),
        ("thisisasecretkeyforlumberok", "words"),
        ("GeheimesPasswortFuerLumber1", "words"),
        ("hunter2hunter2hunter2hunter2", "words"),
        (bytes(range(32)).hex(), "counts"),
        (bytes(range(250, 150, -3)).hex(), "counts"),
        ("0123456789abcdef" * 2, "pattern"),
        ("deadbeefcafe" * 4, "different"),
        ("20241130123456789012345678901234", "decimal digits"),
        (bytes(each % 16 * 16 + 3 for each in KEY).hex(), "different"),
    ],
)
def test_a_key_that_somebody_typed_or_counted_is_refused_with_how_to_make_one(text: str, why: str) -> None:
    message = problem({VARIABLE: text})
    assert why in message
    assert "openssl rand -hex 32" in message
    assert text not in message


def test_a_random_key_is_never_refused() -> None:
    source = random.Random(20)
    # A sample of what `slow` tries a hundred thousand times.
    assert not refused(source, 600)


@pytest.mark.slow
def test_none_of_many_random_keys_is_refused() -> None:
    assert not refused(random.Random(21), 100_000)


def refused(source: random.Random, number: int) -> list[str]:
    """Return the random keys of 16, 24 and 32 bytes that are refused, in turns of the lengths."""
    keys = [source.randbytes((16, 24, 32)[at % 3]) for at in range(number)]
    return [key.hex() for key in keys if why_weak(key, base64.b64encode(key).decode()) is not None]


def test_a_random_key_that_was_encoded_twice_goes_on_working() -> None:
    digest = hashlib.sha256(b"any").digest()
    for text in (digest.hex().encode(), base64.b64encode(digest)):
        assert load_key({VARIABLE: base64.b64encode(text + b"\n").decode()}) == text + b"\n"


def test_a_context_gives_other_pseudonyms_and_none_gives_those_of_before() -> None:
    plain, one, other = (rule(context=context) for context in (None, "Acme", "Other"))
    made = [Pseudonyms(each, Issued()) for each in (plain, one, other)]
    tokens = [each.token("user", "alice") for each in made]
    addresses = [each.of_address("203.0.113.7") or each.of_address("93.184.216.34") for each in made]
    assert len({*tokens}) == len({*addresses}) == 3
    assert plain.derived_key("token") == derived_key(KEY, "token")
    assert [each.key_id for each in (plain, one, other)] == [key_id(KEY)] * 3
    assert rule_section(one).context == "Acme"
    assert "context" not in rule_section(plain).model_dump()
    assert any('"Acme"' in line for line in one.described())
