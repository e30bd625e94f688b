"""The tables, one module per noun: what was observed, and the ledger of what was done with it."""

from lumber.store.models.base import Base
from lumber.store.models.export import (
    ExportAttempt,
    ExportFile,
    ExportPartition,
    ExportSearch,
    ExportSearchDefault,
    ExportStatus,
)
from lumber.store.models.ingest_format import IngestFormat
from lumber.store.models.ingest_source import IngestSource
from lumber.store.models.load import IngestAddress, IngestChunk
from lumber.store.models.observation import AnomalyDetection, IPAddress, LogEntry

__all__ = [
    "AnomalyDetection",
    "Base",
    "ExportAttempt",
    "ExportFile",
    "ExportPartition",
    "ExportSearch",
    "ExportSearchDefault",
    "ExportStatus",
    "IPAddress",
    "IngestAddress",
    "IngestChunk",
    "IngestFormat",
    "IngestSource",
    "LogEntry",
]
