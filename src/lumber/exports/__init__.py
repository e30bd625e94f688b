"""Export jobs: config, ledger, plan, attempts and commit."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumber.exports.config import ExportConfig
    from lumber.exports.exporter import DataExporter
    from lumber.exports.ledger import ExportStatusManager
    from lumber.exports.metadata import ExportMetadata

__all__ = ["DataExporter", "ExportConfig", "ExportMetadata", "ExportStatusManager"]

# Where they are. Loaded when they are asked for: the history of exports does without most of it.
_PLACES = {
    "DataExporter": "exporter",
    "ExportConfig": "config",
    "ExportMetadata": "metadata",
    "ExportStatusManager": "ledger",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'lumber.exports' has no attribute {name!r}")
    return getattr(import_module(f"lumber.exports.{_PLACES[name]}"), name)
