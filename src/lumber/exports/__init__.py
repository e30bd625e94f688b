"""The job: its config, its plan, its ledger and the exporter that runs it."""

from lumber.exports.config import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.metadata import ExportMetadata
from lumber.exports.status import ExportStatusManager

__all__ = ["DataExporter", "ExportConfig", "ExportMetadata", "ExportStatusManager"]
