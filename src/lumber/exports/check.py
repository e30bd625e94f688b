"""One check of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, its outcome, what was found, and what to do."""

    name: str
    outcome: Outcome
    text: str
    advice: str | None = None
