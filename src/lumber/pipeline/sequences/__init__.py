"""Sequences: windows over the templates of a device, what sequence models for log anomalies take.

options    how windows are cut
slices     where they begin and end, for each way to cut
windows    what a window holds
builder    a stream of events in, windows out
"""

from __future__ import annotations

from lumber.pipeline.sequences.builder import WindowBuilder, build_windows
from lumber.pipeline.sequences.options import WindowOptions
from lumber.pipeline.sequences.windows import SEQUENCE_SCHEMA

__all__ = ["SEQUENCE_SCHEMA", "WindowBuilder", "WindowOptions", "build_windows"]
