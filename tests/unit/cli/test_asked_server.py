"""Whether an export may be on a service is guessed in a moment: if it isn't, its workers start early."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lumber.cli.asked_server import has_server

STORED = '{"default": %s, "servers": {"https://lumber.example.org": {"key": "k"}}}'


@pytest.mark.parametrize(
    ("words", "option", "environment", "default", "expected"),
    [
        ([], None, {}, None, False),
        ([], None, {}, "null", False),
        ([], None, {}, '"https://lumber.example.org"', True),
        ([], None, {"LUMBER_DATABASE_URL": "sqlite:///a"}, '"https://lumber.example.org"', False),
        ([], None, {"LUMBER_SERVER": "https://lumber.example.org"}, None, True),
        ([], None, {"LUMBER_SERVER": "local"}, '"https://lumber.example.org"', False),
        (["--database-url=sqlite:///a"], None, {"LUMBER_SERVER": "https://a"}, None, False),
        (["--server", "https://a"], None, {}, None, True),
        (["--server=https://a"], None, {}, None, True),
        ([], "https://a", {}, None, True),
    ],
)
def test_the_guess_is_what_the_choice_will_be(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: list[str],
    option: str | None,
    environment: dict[str, str],
    default: str | None,
    expected: bool,
) -> None:
    for name in ("LUMBER_SERVER", "LUMBER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if default is not None:
        (tmp_path / "lumber").mkdir()
        (tmp_path / "lumber" / "servers.json").write_text(STORED % default)
    assert has_server(SimpleNamespace(params={"server": option}), words) is expected
