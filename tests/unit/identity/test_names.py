"""Names of accounts and keys, and e-mail addresses."""

import pytest

from lumber.errors import ConfigError
from lumber.identity.names import checked_email, checked_key_name, checked_name, name_key


@pytest.mark.parametrize(
    "name", ["ada", "Ada.Lovelace", "ada@example.org", "nightly-export_2", "Åsa", "李雷", "7"]
)
def test_a_name_is_accepted_as_it_is(name: str) -> None:
    assert checked_name(name) == name
    assert name_key(name) != ""


NO_NAMES = ("", " ", "a b", "-ada", "_ada", "a\0", "a\n", "a/b", "\ud800", "a\u200bb", "[red]a", "x" * 65)


@pytest.mark.parametrize("name", [*NO_NAMES, "local", "LOCAL"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        checked_name(name)


def test_names_that_look_the_same_are_the_same() -> None:
    assert name_key("ADA") == name_key("ada") == name_key("\uff21da")
    assert name_key("Straße") == name_key("STRASSE")
    assert name_key("A\N{COMBINING RING ABOVE}sa") == name_key("åsa")
    assert checked_name("A\N{COMBINING RING ABOVE}sa") == "Åsa"


def test_what_is_no_name_has_the_key_of_no_account() -> None:
    assert {name_key(name) for name in (*NO_NAMES, "x" * 10_000)} == {""}


def test_an_address_has_two_parts() -> None:
    assert checked_email("ada@example.org") == "ada@example.org"
    assert checked_email(None) is checked_email("") is None
    for email in ("ada", "@example.org", "ada@", "a b@c", "a@b@c", "a@b\n", f"{'x' * 250}@c.org"):
        with pytest.raises(ConfigError):
            checked_email(email)


def test_a_key_has_a_short_printable_name() -> None:
    assert checked_key_name("  nightly export ") == "nightly export"
    for name in ("", " ", "a\nb", "x" * 65, "\x1b[31m"):
        with pytest.raises(ConfigError):
            checked_key_name(name)
