"""The database's address: what each driver is given, and what nobody is shown."""

from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

import pytest
from sqlalchemy.engine import make_url

from lumber.errors import ConfigError, LumberError
from lumber.store.database import translated
from lumber.store.url import DatabaseUrl

SECRET = "s3cr3t"
WITH_PASSWORD = [
    f"postgresql://user:{SECRET}@host/name",
    f"postgresql://user:p%40{SECRET}@host/name",
    f"postgresql://user@host/name?password={SECRET}",
    f"postgresql://user@host/name?sslmode=require&password={SECRET}&application_name=x",
    f"postgresql://user@host/name?password=x&password={SECRET}",
    f"postgresql://user:{SECRET}@/name?host=/run/postgresql",
    f"postgresql://:{SECRET}@host/name",
    f"sqlite:///file.db?password={SECRET}",
]
REFUSED = [
    *(
        f"mysql://user:{SECRET}@host/name",
        f"postgresql://user:{SECRET}@host",
        f"postgresql://user:{SECRET}@host:p/n",
        f"postgresql://user:{SECRET}@host:0/n",
        f"postgresql://user:{SECRET}@host:65536/n",
        f"postgresql://user@host/name?sslpassword={SECRET}",
        f"postgresql://user@host/name?PASSWORD={SECRET}",
    ),
    *(f"://{SECRET}", SECRET, f"host={SECRET} dbname=x", "", "sqlite://", "sqlite:///", "sqlite:///:memory:"),
    *("file:lumber.db", "lumber.db", "redis://host/1"),
]


@pytest.mark.parametrize("text", WITH_PASSWORD)
def test_no_password_is_ever_shown(text: str) -> None:
    url = DatabaseUrl.parse(text)
    shown = [str(url), repr(url), f"{url}", ascii(url), repr([url])]
    for driver_error in (OSError("no answer"), Exception("database is locked"), Exception("else")):
        shown += [str(translated(url, driver_error)), repr(translated(url, driver_error))]
    assert not [line for line in shown if SECRET in line]


@pytest.mark.parametrize("text", REFUSED)
def test_a_wrong_address_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        DatabaseUrl.parse(text)
    (problem,) = caught.value.problems
    assert problem.field == "database_url"
    assert any("sqlite:///" in allowed for allowed in problem.allowed)
    assert SECRET not in f"{caught.value} {caught.value!r} {problem!r}"
    assert isinstance(caught.value, LumberError)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", WITH_PASSWORD[:4])
def test_each_driver_is_given_the_password(text: str) -> None:
    url = DatabaseUrl.parse(text)
    assert (url.async_url.password or "").endswith(SECRET)
    assert (make_url(url.adbc_uri(read_only=True)).password or "").endswith(SECRET)
    assert "password" not in url.async_url.query
    assert url.adbc_uri(read_only=True).count(SECRET) == 1


@pytest.mark.parametrize("password", ["a+b", "a b", "a?b", "a%b", "a@b", "a/b", "a:b", "a#b", "ä"])
def test_an_odd_password_reaches_each_driver_whole(password: str) -> None:
    url = DatabaseUrl.parse(f"postgresql://user:{quote(password, safe='')}@host/name?options=-c%20a")
    assert url.async_url.password == password
    inside = (
        url.adbc_uri(read_only=True)
        .removeprefix("postgresql://user:")
        .removesuffix("@host/name?options=-c%20a")
    )
    assert unquote(inside) == password
    assert not set(inside) & set("@/:?#")


def test_ssl_mode_reaches_each_driver_by_its_name() -> None:
    url = DatabaseUrl.parse("postgresql://user@host/name?sslmode=require")
    assert dict(url.async_url.query) == {}
    assert url.async_arguments == {"dsn": "postgresql://?sslmode=require"}
    assert url.adbc_uri(read_only=False) == "postgresql://user@host/name?sslmode=require"


def test_certificates_reach_each_driver_by_their_names(tmp_path: Path) -> None:
    names = ("sslrootcert", "sslcert", "sslkey")
    for name in names:
        (tmp_path / f"{name} of a&b.pem").touch()
    chosen = {name: str(tmp_path / f"{name} of a&b.pem") for name in names}
    query = "&".join(f"{name}={quote(path, safe='')}" for name, path in chosen.items())
    url = DatabaseUrl.parse(f"postgresql://user@host/name?{query}&sslmode=verify-full")
    told = {**chosen, "sslmode": "verify-full"}
    assert dict(url.async_url.query) == {}
    assert dict(make_url(url.async_arguments["dsn"]).query) == told
    assert dict(parse_qsl(url.adbc_uri(read_only=True).partition("?")[2])) == told


@pytest.mark.parametrize("name", ["sslrootcert", "sslcert", "sslkey"])
def test_a_certificate_that_cannot_be_read_is_refused_by_name(name: str, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.pem", tmp_path, "system"):
        with pytest.raises(ConfigError, match=f"{name} that is not a readable file.*{path}"):
            DatabaseUrl.parse(f"postgresql://user@host/name?sslmode=verify-full&{name}={path}")


def test_what_only_libpq_knows_stays_out_of_asyncpg() -> None:
    text = "postgresql://user@host/name?application_name=a&connect_timeout=3&options=-c%20work_mem=64MB"
    url = DatabaseUrl.parse(text)
    assert dict(url.async_url.query) == {}
    # libpq reads %20 as a space, and + as a plus.
    assert "options=-c%20work_mem" in url.adbc_uri(read_only=False)


def test_a_unix_socket_is_a_host_that_is_a_folder() -> None:
    url = DatabaseUrl.parse("postgresql://user@/name?host=/run/postgresql&port=5433")
    assert dict(url.async_url.query) == {"host": "/run/postgresql", "port": "5433"}
    assert make_url(url.adbc_uri(read_only=False)).query["host"] == "/run/postgresql"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_is_one(scheme: str) -> None:
    url = DatabaseUrl.parse(f"{scheme}://user@host:5433/name")
    assert (url.dialect, url.async_url.drivername) == ("postgresql", "postgresql+asyncpg")
    assert url.adbc_uri(read_only=False) == str(url) == "postgresql://user@host:5433/name"


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
def test_a_relative_file_is_made_absolute(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = DatabaseUrl.parse(f"{scheme}:///folder/lumber.db")
    assert url.path == tmp_path / "folder" / "lumber.db"
    assert url.async_url.database == str(url.path)
    assert str(url) == f"sqlite:///{url.path}"


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert DatabaseUrl.parse("sqlite:///~/lumber.db").path == tmp_path / "lumber.db"


@pytest.mark.parametrize("name", ["a b.db", "a#b.db", "a%20b.db", "é.db"])
def test_an_odd_file_name_reaches_the_bulk_driver_whole(name: str) -> None:
    uri = DatabaseUrl.parse(f"sqlite:////data/{name}").adbc_uri(read_only=True)
    path, _, mode = uri.removeprefix("file:").partition("?")
    assert mode == "mode=ro"
    assert not set(path) & set(" #?")


def test_writing_does_not_create_a_missing_file() -> None:
    assert DatabaseUrl.parse("sqlite:////data/a.db").adbc_uri(read_only=False) == "file:/data/a.db?mode=rw"
