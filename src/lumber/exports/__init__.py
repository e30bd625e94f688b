"""Export jobs: config, ledger, plan, attempts and commit."""

from lumber.exports.config import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata

__all__ = ["DataExporter", "ExportConfig", "ExportMetadata", "ExportStatusManager"]
