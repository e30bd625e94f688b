"""Settings of exports: how they are run, kept and deleted, and where they may be published."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from lumber.settings.part import LocalPath, SettingsPart


class ExportSettings(SettingsPart):
    """Settings of exports: how they are run, kept and deleted, and where they may be published."""

    workers: int = Field(
        default_factory=lambda: max(1, os.cpu_count() or 1),
        ge=1,
        le=256,
        description="Processes of an export. Default: one per core.",
    )
    engine: Literal["claims", "pool", "dask"] = Field(
        default="claims",
        description="Who works on an export. claims: also idle workers of the same database; pool: only the "
        "process that runs it; dask: the Dask cluster of LUMBER_DASK_SCHEDULER.",
    )
    dask_scheduler: str = Field(
        default="",
        description="Address of the scheduler of a Dask cluster, such as tcp://10.0.0.5:8786.",
    )
    partition_rows: int = Field(default=250_000, ge=1, description="Rows in a partition, the unit of work.")
    shard_size_bytes: int = Field(
        default=256 * 1024 * 1024, ge=1, description="Size in bytes after which a new output file starts."
    )
    sequence_rows: int = Field(
        default=1_000_000,
        ge=1,
        description="Log lines whose sequences one job builds. With more lines, several jobs each take a "
        "part of the devices.",
    )
    concurrency: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Exports that a worker runs at the same time. One place is reserved for short exports.",
    )
    long_export_rows: int = Field(
        default=500_000, ge=0, description="Exports with more rows than this are long."
    )
    max_queued: int = Field(
        default=1_000,
        ge=1,
        description="Maximum queued and running exports. More are rejected until one ends.",
    )
    max_attempts: int = Field(
        default=5, ge=1, description="Maximum attempts at an export, including those whose worker died."
    )
    retry_seconds: float = Field(
        default=2.0,
        ge=0,
        description="Wait before the second attempt. Each further wait is twice as long, up to a minute.",
    )
    lease_seconds: float = Field(
        default=20.0,
        ge=1,
        le=86_400,
        description="Time without a sign of life from a worker after which another one takes over its "
        "export.",
    )
    serve_worker: bool = Field(default=True, description="Run a worker inside `lumber serve`.")
    scheduler: bool = Field(
        default=True, description="Start the runs of schedules in `lumber serve` and `lumber worker`."
    )
    preview_seconds: float = Field(
        default=30.0,
        gt=0,
        le=86_400,
        description="Maximum time of a preview in the service. Then its database statement is stopped.",
    )
    stop_seconds: float = Field(
        default=20.0,
        ge=0,
        description="Time in which the service or a worker ends, at least 15 s. Running exports get all but "
        "the last 5 s of it to finish.",
    )
    retention_days: float | None = Field(
        default=None,
        gt=0,
        description="Delete exports that ended more than this many days ago. Default: never.",
    )
    retention_bytes: int | None = Field(
        default=None,
        ge=0,
        description="Delete the oldest exports while all exports are larger than this many bytes. Default: "
        "never.",
    )
    retention_count: int | None = Field(
        default=None, ge=0, description="Maximum ended exports to keep; older ones are deleted. Default: all."
    )
    destination_folders: str = Field(
        default="",
        description="Folders, separated by colons, in which clients of the service may register "
        "destinations. Default: none. The command line may register any folder.",
    )
    destination_secrets: LocalPath | None = Field(
        default=None,
        description="Folder of files with secrets that clients of the service may name for destinations. "
        "Default: none.",
    )
    destination_grace_hours: float | None = Field(
        default=None,
        ge=1,
        le=87_600,
        description="Let the service clean its destinations every hour: files that belong to no dataset and "
        "unfinished uploads are deleted if they are older than this. Default: never.",
    )
    privacy_key: Annotated[SecretStr | None, Field(repr=False)] = Field(
        default=None,
        description="Key of private exports, in hex or base64: `openssl rand -hex 32`. It is never stored.",
    )
    privacy_key_file: LocalPath | None = Field(
        default=None, description="File with the key of private exports."
    )

    @field_validator("dask_scheduler")
    @classmethod
    def _check_scheduler(cls, value: str, info: ValidationInfo) -> str:
        if value and not re.fullmatch(r"(?:tcp|tls|ws|wss)://[^/\s@]+:[0-9]+", value):
            raise ValueError("the address of a scheduler is like tcp://10.0.0.5:8786")
        if not value and info.data.get("engine") == "dask":
            raise ValueError("LUMBER_ENGINE=dask needs the address of a scheduler, like tcp://10.0.0.5:8786")
        return value

    @field_validator("destination_folders")
    @classmethod
    def _check_folders(cls, value: str) -> str:
        if any(not part.startswith("/") for part in value.split(":") if part):
            raise ValueError("folders are absolute paths, separated by colons, like /mnt/lake:/srv/datasets")
        return value

    @property
    def allowed_destination_folders(self) -> tuple[Path, ...]:
        """The folders in which clients may register destinations."""
        return tuple(Path(part) for part in self.destination_folders.split(":") if part)
