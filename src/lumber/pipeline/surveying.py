"""SurveyRequest: what a first pass over the rows is to find."""

from __future__ import annotations

from dataclasses import dataclass

from lumber.pipeline.sample import SampleRequest
from lumber.pipeline.templates.options import TemplateOptions


@dataclass(frozen=True, slots=True)
class SurveyRequest:
    """What a kind's first pass finds."""

    sample: SampleRequest | None = None
    templates: TemplateOptions | None = None
