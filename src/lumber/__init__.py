"""Lumber turns operational logs, anomalies and IP records into training-ready datasets.

>>> import lumber
>>> ds = lumber.export(lumber.ExportConfig(data_types=["logs"], output_format="parquet"))
>>> ds.to_polars("logs")
>>> lumber.open(ds.path).verify().is_ok
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lumber.version import __version__

if TYPE_CHECKING:
    from lumber.dataset.open import Dataset
    from lumber.exports.config import ExportConfig
    from lumber.exports.library import diff, export
    from lumber.exports.library import open_dataset as open
    from lumber.remote.aio import connect_async
    from lumber.remote.library import connect

__all__ = ["Dataset", "ExportConfig", "__version__", "connect", "connect_async", "diff", "export", "open"]

# Where they are. Loaded when they are asked for: the command line does without most of it.
_PLACES = {
    "Dataset": ("lumber.dataset.open", "Dataset"),
    "ExportConfig": ("lumber.exports.config", "ExportConfig"),
    "connect": ("lumber.remote.library", "connect"),
    "connect_async": ("lumber.remote.aio", "connect_async"),
    "diff": ("lumber.exports.library", "diff"),
    "export": ("lumber.exports.library", "export"),
    "open": ("lumber.exports.library", "open_dataset"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'lumber' has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
