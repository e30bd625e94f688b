"""The SDK of the protocol, an optional extra."""

from __future__ import annotations

from importlib.util import find_spec

from lumber.errors import ConfigError, FieldProblem

INSTALL = "pip install 'lumber[mcp]'"


def has_sdk() -> bool:
    """Say whether the SDK is installed, without loading it."""
    return find_spec("mcp") is not None


def require_sdk() -> None:
    """Raise ConfigError, which says how to install the SDK, if it is missing."""
    if not has_sdk():
        raise ConfigError([FieldProblem("mcp", None, f"Tools for agents need an extra. Run: {INSTALL}")])
