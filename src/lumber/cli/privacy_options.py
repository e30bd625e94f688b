"""The options that say what becomes of addresses, names and secrets, and where their key is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

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


def privacy_value(mode: str, in_file: Any = None) -> Any:
    """Return the config's `privacy`. What a config file says besides the mode is kept."""
    if mode == _OFF:
        return False
    rest = in_file if isinstance(in_file, dict) else {}
    if mode == _ON:
        return rest or True
    return {**rest, "addresses": mode}
