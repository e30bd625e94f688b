"""Settings, read once from the environment and passed in; nothing reads the environment after that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lumber.errors import ConfigError, FieldProblem


def default_data_dir() -> Path:
    """Return the per-user data folder (XDG Base Directory specification)."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "lumber"


class Settings(BaseSettings):
    """What an operator can set, each as an environment variable `LUMBER_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="LUMBER_", frozen=True, extra="ignore")

    data_dir: Path = Field(default_factory=default_data_dir, description="Folder for the embedded database.")
    database_url: Annotated[str, Field(repr=False)] = Field(
        default="", description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."
    )
    workers: int = Field(
        default_factory=lambda: max(1, os.cpu_count() or 1), ge=1, le=256, description="Export processes."
    )
    partition_rows: int = Field(default=250_000, ge=1, description="Rows per partition, the unit of work.")
    shard_size_bytes: int = Field(
        default=256 * 1024 * 1024, ge=1, description="A new output file starts past this many bytes."
    )
    exports_dir: Path | None = Field(
        default=None, description="Folder for the service's datasets; default: exports in the data folder."
    )
    concurrency: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Exports that one worker runs at a time; one of them is kept for short ones.",
    )
    long_export_rows: int = Field(
        default=500_000, ge=0, description="An export of more rows than this is a long one."
    )
    max_queued: int = Field(
        default=1_000, ge=1, description="Exports that may wait or run; more are refused until some end."
    )
    max_uploads: int = Field(
        default=2, ge=1, le=64, description="Files that the service loads at a time; more are refused."
    )
    max_upload_bytes: int = Field(
        default=64 * 1024**3, ge=1, description="Largest file, as it is sent, that the service loads."
    )
    max_attempts: int = Field(
        default=5, ge=1, description="Attempts at an export, counting those whose worker died."
    )
    retry_seconds: float = Field(
        default=2.0, ge=0, description="Wait before the second attempt; doubled each time, a minute at most."
    )
    lease_seconds: float = Field(
        default=20.0, ge=1, description="An export whose worker is silent for this long is taken over."
    )
    serve_worker: bool = Field(default=True, description="Run a worker inside `lumber serve`.")
    stop_seconds: float = Field(
        default=20.0, ge=0, description="How long a stopping worker may finish its exports."
    )
    retention_days: float | None = Field(
        default=None, gt=0, description="Delete exports that ended longer ago than this; default: never."
    )
    retention_bytes: int | None = Field(
        default=None, ge=0, description="Delete the oldest exports while all together are larger than this."
    )
    retention_count: int | None = Field(
        default=None, ge=0, description="Keep at most this many ended exports; default: all."
    )
    busy_timeout_seconds: float = Field(
        default=10.0, gt=0, description="How long to wait for another writer of the SQLite file."
    )

    privacy_key: Annotated[SecretStr | None, Field(repr=False)] = Field(
        default=None, description="Key of private exports, as hex or base64: `openssl rand -hex 32`."
    )
    privacy_key_file: Path | None = Field(default=None, description="A file that holds this key instead.")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if value not in ("", None)}

    @property
    def effective_database_url(self) -> str:
        """The database's address: the one that was set, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.expanduser().absolute() / 'lumber.db'}"

    @property
    def effective_exports_dir(self) -> Path:
        """The folder for the service's datasets."""
        return (self.exports_dir or self.data_dir / "exports").expanduser().absolute()


def load_settings(**overrides: Any) -> Settings:
    """Build the settings from the environment, with `overrides` (None means: not given) on top.

    Raises ConfigError naming the variable, its value and the reason.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [
            FieldProblem(
                field=f"LUMBER_{str(item['loc'][0] if item['loc'] else '').upper()}",
                value=item["input"],
                message=f"{item['msg']}, got {item['input']!r}",
            )
            for item in error.errors()
        ]
        raise ConfigError(problems) from None
