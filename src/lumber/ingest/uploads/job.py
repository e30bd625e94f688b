"""UploadJob: the file that a loading process loads, how to read it, and where its rows go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from lumber.ingest.options import IngestOptions


@dataclass(frozen=True, slots=True)
class UploadJob:
    """One file to load. `name` is shown and stored; it is never used as a path.

    A dry run writes nothing; without `is_whole`, the content is only the first bytes of the file. The service
    pickles the job for its own child process.
    """

    name: str
    options: IngestOptions
    modified_at: datetime | None
    data_dir: Path
    database_url: str = field(repr=False)
    busy_timeout_seconds: float = 10.0
    is_dry_run: bool = False
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class SampleJob:
    """Sample data for a database without rows: the rows of `lumber sample` without options."""

    REFUSAL: ClassVar[str] = (
        "Sample data can only be loaded into an empty database, so that it never mixes with yours. "
        "`lumber sample --database-url` adds it to any database."
    )

    data_dir: Path
    database_url: str = field(repr=False)
    busy_timeout_seconds: float = 10.0
