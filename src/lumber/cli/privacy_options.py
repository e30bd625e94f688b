"""The options that say what becomes of addresses, names and secrets, and where their key is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lumber.errors import ConfigError, FieldProblem

_PANEL = "Privacy"
# With these words alone everything is as usual, or nothing is done.
_ON, _OFF = "on", "none"

PrivacyOption = Annotated[
    str | None,
    typer.Option(
        "--privacy",
        metavar="MODE",
        rich_help_panel=_PANEL,
        help="Replace what tells about people and machines, also inside texts. For addresses: "
        "prefix_preserving (so does 'on'), token, truncate, drop or keep; names and hardware addresses "
        "become tokens, secrets are removed. none: nothing is replaced. [default: none]",
    ),
]
PrivacyKeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--privacy-key-file",
        metavar="FILE",
        rich_help_panel=_PANEL,
        help="The key of the pseudonyms, made by `openssl rand -hex 32`; the same key gives the same "
        "pseudonyms. Default: LUMBER_PRIVACY_KEY, or the file that LUMBER_PRIVACY_KEY_FILE names.",
        show_default=False,
    ),
]


Ipv4PrefixOption = Annotated[
    int | None,
    typer.Option(
        "--ipv4-prefix",
        metavar="BITS",
        rich_help_panel=_PANEL,
        help="With truncate: bits of an IPv4 address that stay. [default: 24]",
    ),
]
Ipv6PrefixOption = Annotated[
    int | None,
    typer.Option(
        "--ipv6-prefix",
        metavar="BITS",
        rich_help_panel=_PANEL,
        help="With truncate: bits of an IPv6 address that stay. [default: 48]",
    ),
]
IdentifiersOption = Annotated[
    str | None,
    typer.Option(
        "--identifiers",
        metavar="NAMES",
        rich_help_panel=_PANEL,
        help="What becomes a token, separated by commas: mac, email, user, host; or none. This and the other "
        "options here ask for privacy too. [default: all]",
    ),
]
KeepSecretsOption = Annotated[
    bool,
    typer.Option("--keep-secrets", rich_help_panel=_PANEL, help="Leave keys, tokens and passwords in."),
]


def privacy_parts(
    ipv4_prefix: int | None, ipv6_prefix: int | None, identifiers: str | None, keep_secrets: bool
) -> dict[str, Any]:
    """Return what was given of the config's `privacy` besides the mode of addresses."""
    given = {
        "ipv4_prefix": ipv4_prefix,
        "ipv6_prefix": ipv6_prefix,
        "identifiers": None if identifiers is None else _names(identifiers),
        "secrets": False if keep_secrets else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def privacy_value(mode: str | None, in_file: Any = None, parts: Mapping[str, Any] | None = None) -> Any:
    """Return the config's `privacy`: a mode, other parts of it, and what a config file says besides.

    What is odd in the file stays so without a mode. Raises ConfigError for parts of what is off.
    """
    if mode == _OFF:
        if parts:
            message = f"replaces nothing: leave out the other options of privacy, or say --privacy {_ON}"
            raise ConfigError([FieldProblem("--privacy", mode, message)])
        return False
    in_words = {"addresses": in_file} if isinstance(in_file, str) else in_file
    if mode is None and not isinstance(in_words, dict | bool | None):
        return in_file
    rest = {**(in_words if isinstance(in_words, dict) else {}), **(parts or {})}
    if mode is None or mode == _ON:
        return rest or True
    return {**rest, "addresses": mode}


def _names(text: str) -> list[str]:
    return [] if text.strip() == _OFF else [name.strip() for name in text.split(",") if name.strip()]
