"""Sequences: windows over the templates of a device, what sequence models for log anomalies take.

options    how windows are cut
slices     where they begin and end, for each way to cut
windows    what a window holds
builder    a stream of events in, windows out
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumber.engine.sequences.builder import WindowBuilder, build_windows
    from lumber.engine.sequences.options import WindowOptions
    from lumber.engine.sequences.windows import SEQUENCE_SCHEMA

__all__ = ["SEQUENCE_SCHEMA", "WindowBuilder", "WindowOptions", "build_windows"]

# Loaded when they are asked for: every config looks at the options, and few exports at the rest.
_PLACES = {
    "SEQUENCE_SCHEMA": "windows",
    "WindowBuilder": "builder",
    "WindowOptions": "options",
    "build_windows": "builder",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
