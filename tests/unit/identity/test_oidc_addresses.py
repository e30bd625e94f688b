"""Where a browser is sent after a sign-in, and which addresses a provider may have."""

import pytest

from lumber.identity.names import MAX_NAME, name_key, proposed_name
from lumber.identity.oidc.addresses import checked_provider_url, local_path


@pytest.mark.parametrize(
    "path", ["/", "/exports", "/exports/42?tab=files#top", "/a//b", "/ä/%2F%2Fhost", "/@host"]
)
def test_paths_of_this_service_are_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None, "", "exports", "//host", "///host", "/\\host", "\\\\host", "/\t/host", "/\n/host", "\t//host",
        " //host", "/ /host", "/a\\b", "/a\r\nSet-Cookie: a=b", "https://host", "https:host", "javascript:a",
        "/\x00", "/\u2028", "/\ud800", "/" + "a" * 3_000, "http:/host", "./host", "?//host",
        "/api/v1/login/corp", "/sign-in?next=/", "/setup#token=a",
    ],
    ids=repr,
)  # fmt: skip
def test_what_leads_elsewhere_leads_to_the_first_page(path: str | None) -> None:
    assert local_path(path) == "/"


@pytest.mark.parametrize("url", ["https://id.example.org", "https://id.example.org:8443/a?b=c"])
def test_addresses_with_tls_are_allowed(url: str) -> None:
    assert checked_provider_url(url, may_be_http=False) == url


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a", "http://localhost", "http://[::1]:2"])
def test_only_a_provider_on_this_machine_needs_no_tls(url: str) -> None:
    assert checked_provider_url(url, may_be_http=True) == url
    with pytest.raises(ValueError, match="https"):
        checked_provider_url(url, may_be_http=False)


@pytest.mark.parametrize(
    "url",
    [
        None, 42, "", "https://", "http://id.example.org", "http://127.0.0.1.example.org", "http://10.0.0.1",
        "ftp://id.example.org", "https://user@id.example.org", "https://id.example.org#a", "https://a b",
        "https://id.example.org\\@host", "javascript:alert(1)", "https://a\n", "https://" + "a" * 3_000,
    ],
    ids=repr,
)  # fmt: skip
def test_other_addresses_are_refused(url: object) -> None:
    with pytest.raises(ValueError, match="address"):
        checked_provider_url(url, may_be_http=True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ada", "ada"),
        ("ada@example.org", "ada@example.org"),
        ("Ada Lovelace", "Ada-Lovelace"),
        ("__admin", "admin"),
        ("Jürgen", "Jürgen"),
        ("local", "local-user"),
        ("LOCAL", "LOCAL-user"),
        ("a" * 300, "a" * MAX_NAME),
        ("a\x00<b>", "a-b"),
        ("", ""),
        ("...", ""),
        ("\U0001f600", ""),
    ],
)
def test_names_of_providers_become_names_of_accounts(text: str, name: str) -> None:
    assert proposed_name(text) == name
    assert not name or name_key(name)


def test_a_number_fits_into_a_long_name() -> None:
    assert proposed_name("a" * 300, "-12") == "a" * (MAX_NAME - 3) + "-12"
