"""Settings of the database, of folders and of the rights of files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from lumber.files.modes import DEFAULT_UMASK, UMASK_PATTERN, umask_of
from lumber.settings.part import LocalPath, SettingsPart


def default_data_dir() -> Path:
    """Return the per-user data folder (XDG Base Directory specification)."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "lumber"


class StorageSettings(SettingsPart):
    """Settings of the database, of folders and of the rights of files."""

    data_dir: LocalPath = Field(
        default_factory=default_data_dir,
        description="Folder of the SQLite database, and of exports without an output folder.",
    )
    database_url: Annotated[str, Field(repr=False)] = Field(
        default="",
        description="Database: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. Default: a SQLite "
        "file in the data folder.",
    )
    exports_dir: LocalPath | None = Field(
        default=None, description="Folder of the service's datasets. Default: exports in the data folder."
    )
    umask: str = Field(
        default=DEFAULT_UMASK,
        description="Rights that new files and folders don't get, in octal. Default: 077, only the owner has "
        "access. With 027 the group can read them too.",
    )
    database_connections: int = Field(
        default=10,
        ge=1,
        le=1_000,
        description="Maximum connections of the service for requests. Readiness and changes of exports have "
        "others, and so have running exports.",
    )
    busy_timeout_seconds: float = Field(
        default=10.0, gt=0, description="Time to wait for another writer of the SQLite file."
    )

    @field_validator("umask")
    @classmethod
    def _check_umask(cls, value: str) -> str:
        if re.fullmatch(UMASK_PATTERN, value) is None:
            raise ValueError("a umask has three octal digits, the first of them 0, like 077, 027 or 022")
        return value

    @property
    def file_umask(self) -> int:
        """The umask as a number."""
        return umask_of(self.umask)

    @property
    def effective_database_url(self) -> str:
        """The address of the database: the setting, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.expanduser().absolute() / 'lumber.db'}"

    @property
    def effective_exports_dir(self) -> Path:
        """The folder for the service's datasets."""
        return (self.exports_dir or self.data_dir / "exports").expanduser().absolute()
