"""Addresses of sources: what each has, what is refused, and that no password is shown."""

import pytest

from lumber.api.source_reports import NewSource
from lumber.errors import ConfigError
from lumber.sources.address import SourceAddress
from lumber.sources.registry import checked_url


def test_an_address_is_taken_apart_and_written_again_without_its_password() -> None:
    text = "opensearch+http://a%40b:s%3Acret@[::1]:9200/?ca=%2Fca.pem&Password=x"
    address = SourceAddress.parse(text)
    assert (address.name, address.host, address.port, address.user) == ("opensearch", "::1", 9200, "a@b")
    assert (address.password, address.has_password) == ("s:cret", True)
    assert str(address) == "opensearch+http://a%40b@[::1]:9200/?ca=%2Fca.pem"
    assert "cret" not in repr(address)
    folder = SourceAddress.parse("folder:///srv/my%20lake")
    assert (folder.path, str(folder), folder.has_password) == (
        "/srv/my lake",
        "folder:///srv/my%20lake",
        False,
    )
    assert SourceAddress.parse(str(folder)) == folder


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("influx://host/x", "'influx' is not a kind of source"),
        ("/srv/lake", "is not an address"),
        ("folder:/srv/lake", "is not an address"),
        ("mysql://u@host:99999/x", "is not an address"),
        ("mysql://u:a@b@host/x", "has two @"),
        ("mysql://u:secret@host/x", "must have no password"),
        ("folder:///x%00y", "has a character that no address has"),
        ("sqlite://", "must name a file"),
    ],
)
def test_a_wrong_address_is_refused_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_url(text)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert "secret" not in str(caught.value)
    if "password" not in message:
        assert {"folder:///PATH", "mysql://USER@HOST/NAME"} <= set(problem.allowed)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("folder:///etc", "may only be that of PostgreSQL, MySQL or MariaDB"),
        ("sqlite:////etc/x", "may only be that of PostgreSQL"),
        ("elasticsearch+http://169.254.169.254", "may only be that of PostgreSQL"),
        ("mysql://u@db/x?unix_socket=/run/x", "may have the parameter ssl_mode only"),
        ("mysql://u@db/x?ssl_ca=/etc/passwd", "may have the parameter ssl_mode only"),
        ("postgresql://u@db/x?sslrootcert=/etc/passwd", "may have the parameter sslmode only"),
        ("mysql://u@db/x?ssl_mode=REQUIRED", None),
        ("postgresql://u@db/x?sslmode=require", None),
    ],
)
def test_over_http_an_address_names_no_file_and_no_service(url: str, message: str | None) -> None:
    source = NewSource(name="x", url=url, password="y")  # type: ignore[arg-type]
    if message is None:
        assert source.address()
        return
    with pytest.raises(ConfigError, match=message):
        source.address()
