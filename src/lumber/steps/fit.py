"""FitRequest: what a first pass over the rows is to find."""

from __future__ import annotations

from dataclasses import dataclass

from lumber.steps.sample import SampleRequest
from lumber.steps.templates.options import TemplateOptions


@dataclass(frozen=True, slots=True)
class FitRequest:
    """What a kind's first pass finds."""

    sample: SampleRequest | None = None
    templates: TemplateOptions | None = None
