"""What all errors have, and the error of configurations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

# A path in it may have spaces, and ends before what the messages go on with.
_DATABASE_ADDRESS = re.compile(
    r"(?:sqlite|postgresql)(?:\+\w+)?://.+?(?=\. |\.$| is | cannot | reported | are | has |$)"
)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """An invalid field of a configuration: its name, its value and what is allowed.

    `position` is the place in a text value that is wrong, in characters from 0.
    """

    field: str
    value: Any
    message: str
    allowed: tuple[str, ...] = ()
    position: int | None = None

    def __str__(self) -> str:
        place = f"column {self.position + 1}: " if self.position is not None else ""
        text = f"{self.field}: {place}{self.message}"
        if self.allowed:
            text += f" (allowed: {', '.join(self.allowed)})"
        return text


def without_addresses(text: str) -> str:
    """Return a text with "the database" in place of addresses of databases."""
    return _DATABASE_ADDRESS.sub("the database", text)


class LumberError(Exception):
    """Something went wrong in Lumber."""

    code: ClassVar[str] = "lumber_error"
    retryable: ClassVar[bool] = False
    # When the same call may succeed, if that is known.
    retry_after_seconds: int | None = None

    @property
    def public(self) -> str:
        """The message without addresses of databases, for clients of the service; logs have all of it."""
        return without_addresses(str(self))


class ConfigError(LumberError, ValueError):
    """The configuration is not valid."""

    code = "config_invalid"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))
