"""The definition of a format: the reading options that lines or records of one form need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from lumber.errors import ConfigError, FieldProblem
from lumber.ingest.options import FORMAT_NAMES, IngestOptions
from lumber.ingest.uploads.request import UploadRequest

FORMAT_NAME = r"^[a-z][a-z0-9_-]{0,63}$"
_SHAPE = "1 to 64 lower-case letters, digits, '_' or '-', the first of them a letter"


@dataclass(frozen=True, slots=True)
class FormatDefinition:
    """What a format consists of. None: the default of the option."""

    kind: str = "logs"
    pattern: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None
    timezone: str | None = None
    default_level: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> FormatDefinition:
        """Return the definition that was saved as `values`. Fields of later versions are left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})

    def as_json(self) -> dict[str, Any]:
        """Return the fields that are set."""
        return {name: value for name, value in asdict(self).items() if value}

    def checked(self, year: int | None = None) -> IngestOptions:
        """Return the options of a load in this format. Raises ConfigError with every field that is wrong."""
        if self.pattern is None and not self.map and self.time_format is None:
            message = "is required, unless the format has map or time_format"
            raise ConfigError([FieldProblem("pattern", None, message)])
        request = UploadRequest(kind=self.kind, name="sample", year=year)
        return self._added(request).checked()

    def applied(self, request: UploadRequest) -> UploadRequest:
        """Return a request that names this format with the options of the format. Its own options win.

        Raises ConfigError if the format is for another kind, or the request has a pattern too.
        """
        if request.kind != self.kind:
            message = f"{request.format!r} is a format of {self.kind}, not of {request.kind}"
            raise ConfigError([FieldProblem("format", request.format, message)])
        if request.pattern is not None:
            message = f"can't be combined with {request.format!r}, a format with options of its own"
            raise ConfigError([FieldProblem("pattern", request.pattern, message)])
        return self._added(request, saved_format=request.format)

    def _added(self, request: UploadRequest, saved_format: str | None = None) -> UploadRequest:
        return replace(
            request,
            format="auto",
            saved_format=saved_format,
            pattern=self.pattern,
            map={**self.map, **request.map},
            time_format=request.time_format or self.time_format,
            timezone=request.timezone or self.timezone,
            default_level=request.default_level or self.default_level,
        )


def check_name(name: str) -> str:
    """Return the name of a format. Raises ConfigError if it is not one, or that of a built-in format."""
    if name.lower() in FORMAT_NAMES:
        message = f"{name!r} is a built-in format: choose another name"
        raise ConfigError([FieldProblem("name", name, message)])
    if not re.fullmatch(FORMAT_NAME, name):
        raise ConfigError([FieldProblem("name", name, f"{name!r} can't name a format", (_SHAPE,))])
    return name
