"""The tables, one module per noun: what was observed, and the ledger of what was done with it.

The models of exports, of datasets and of the audit trail are loaded alone: making all others takes a tenth of
the time of a short command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumber.store.models.audit import AUDIT_HEAD, AUDIT_LINES
    from lumber.store.models.base import Base
    from lumber.store.models.dataset import (
        DatasetBackfill,
        DatasetTable,
        DatasetTag,
        DatasetVersion,
        NamedDataset,
    )
    from lumber.store.models.destination import Destination
    from lumber.store.models.export import (
        ExportAttempt,
        ExportFile,
        ExportJob,
        ExportOffer,
        ExportPartition,
        ExportPublication,
        ExportSearch,
        ExportSearchDefault,
        ExportStatus,
    )
    from lumber.store.models.identity import PendingLogin, UserIdentity
    from lumber.store.models.ingest_format import IngestFormat
    from lumber.store.models.ingest_source import IngestSource
    from lumber.store.models.load import IngestAddress, IngestChunk
    from lumber.store.models.notice import Notice, NoticeDelivery
    from lumber.store.models.observation import AnomalyDetection, IPAddress, LogEntry, RowChanger, RowChanges
    from lumber.store.models.policy import ExportPolicy, ExportShare, QuotaUse
    from lumber.store.models.preset import Preset
    from lumber.store.models.schedule import Schedule, SchedulerTick, ScheduleRun
    from lumber.store.models.session import LoginFailure, SetupToken, UserSession
    from lumber.store.models.source import Source, SourceMapping
    from lumber.store.models.user import ApiKey, User

__all__ = [
    "AUDIT_HEAD",
    "AUDIT_LINES",
    "AnomalyDetection",
    "ApiKey",
    "Base",
    "DatasetBackfill",
    "DatasetTable",
    "DatasetTag",
    "DatasetVersion",
    "Destination",
    "ExportAttempt",
    "ExportFile",
    "ExportJob",
    "ExportOffer",
    "ExportPartition",
    "ExportPolicy",
    "ExportPublication",
    "ExportSearch",
    "ExportSearchDefault",
    "ExportShare",
    "ExportStatus",
    "IPAddress",
    "IngestAddress",
    "IngestChunk",
    "IngestFormat",
    "IngestSource",
    "LogEntry",
    "LoginFailure",
    "NamedDataset",
    "Notice",
    "NoticeDelivery",
    "PendingLogin",
    "Preset",
    "QuotaUse",
    "RowChanger",
    "RowChanges",
    "Schedule",
    "ScheduleRun",
    "SchedulerTick",
    "SetupToken",
    "Source",
    "SourceMapping",
    "User",
    "UserIdentity",
    "UserSession",
]

_MODULES = (
    "export",
    "audit",
    "dataset",
    "destination",
    "identity",
    "ingest_format",
    "ingest_source",
    "load",
    "notice",
    "observation",
    "policy",
    "preset",
    "schedule",
    "session",
    "source",
    "user",
    "base",
)
# They refer to other models, and exports without accounts don't need them.
_NOT_ALONE = frozenset(("ExportPolicy", "ExportShare"))
# What commands that only export need, by the beginnings of the names.
_ALONE = {"Export": "export", "Dataset": "dataset", "NamedDataset": "dataset", "AUDIT_": "audit"}


def __getattr__(name: str) -> Any:
    """Load a model. Most of them come with every other, so that `Base` knows each table."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    alone = (
        [] if name in _NOT_ALONE else [module for start, module in _ALONE.items() if name.startswith(start)]
    )
    loaded = [import_module(f"{__name__}.{module}") for module in alone or _MODULES]
    return next(getattr(module, name) for module in reversed(loaded) if hasattr(module, name))
