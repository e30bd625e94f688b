"""What the groups of settings share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from lumber.paths import address_problem


def _local(path: Path) -> Path:
    if (problem := address_problem(path)) is not None:
        raise ValueError(problem)
    return path


LocalPath = Annotated[Path, AfterValidator(_local)]


class SettingsPart(BaseModel):
    """A group of settings."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a text that are separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
