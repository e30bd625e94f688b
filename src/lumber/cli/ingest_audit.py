"""Lines of the audit trail for what `lumber ingest` has loaded."""

from __future__ import annotations

from lumber.audit.actor import local_actor
from lumber.cli.audited import tell
from lumber.cli.ingest_summary import Loaded
from lumber.cli.output import Output
from lumber.cli.runtime import Runtime
from lumber.ingest.audited import loaded_line


def tell_loads(runtime: Runtime, kind: str, loaded: Loaded, output: Output) -> None:
    """Record what was loaded. Sources of which nothing new was read get no line."""
    by = local_actor()
    failed = dict(loaded.failed)
    found = [(report, False) for report in loaded.reports] + [(report, True) for report in loaded.partial]
    lines = [
        loaded_line(by, kind, report, error=failed.get(report.source), is_partial=is_partial)
        for report, is_partial in found
        if report.lines
    ]
    if lines:
        tell(runtime, lines, output)
