"""The tools: what each needs, what it does, and which call of the HTTP API it makes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from lumber.exports.status import ENDED, Status
from lumber.identity.rights import Scope
from lumber.mcp import results
from lumber.mcp.calls import Calls
from lumber.mcp.results import Result

_MOST_KNOWN = 50
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0
ExportId = Annotated[str, Field(description="Id of an export.", max_length=100)]
KindName = Annotated[str, Field(description="Data type, such as logs.", max_length=200)]
Config = Annotated[
    dict[str, Any],
    Field(
        description="Config of the export, such as "
        '{"data_types": ["logs"], "start_date": "2026-01-01", "end_date": "2026-01-31", '
        '"filters": {"log_level": "ERROR"}, "output_format": "parquet"}.'
    ),
]
ListStatus = Literal["pending", "running", "completed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of a tool: where it works, and whether its answer may have values of rows."""

    calls: Calls
    has_rows: bool = False


@dataclass(frozen=True, slots=True)
class AgentTool:
    """A tool. `scope` is that of the route that it calls: `method` and `path` below `/api/v1`."""

    name: str
    title: str
    scope: Scope
    method: str
    path: str
    call: Callable[..., Awaitable[Result]]

    @property
    def is_reading(self) -> bool:
        """Say whether the tool changes nothing."""
        return self.name not in _CHANGING


def allowed(scopes: Collection[str]) -> frozenset[str]:
    """Return the names of the tools that somebody with these scopes may call."""
    return frozenset(tool.name for tool in TOOLS if tool.scope.value in scopes)


async def list_kinds(asked: Asked) -> Result:
    """List the data types that can be exported, with their number of rows and their time range."""
    return {"kinds": await asked.calls.get("/datasets")}


async def describe_kind(asked: Asked, kind: KindName) -> Result:
    """Describe a data type: its columns, and the filters with the operators that they take."""
    params = {"limit": _MOST_KNOWN if asked.has_rows else 0}
    details = await asked.calls.get(f"/datasets/{_part(kind)}", params)
    return results.described(details, has_rows=asked.has_rows)


async def preview_export(asked: Asked, config: Config) -> Result:
    """Count the rows that an export would include, and estimate its size, duration and rejects."""
    report = await asked.calls.post("/export/preview", config)
    return results.preview_result(report, has_rows=asked.has_rows)


async def create_export(
    asked: Asked,
    config: Config,
    idempotency_key: Annotated[
        str,
        Field(
            description="A new random text for each export that is wanted. Repeat it to retry: the same key "
            "with the same config returns the same export.",
            min_length=1,
            max_length=255,
            pattern=r"^[!-~]+$",
        ),
    ],
) -> Result:
    """Create an export. It is queued; ask export_status until it has ended."""
    made = await asked.calls.post("/export/", config, {"Idempotency-Key": idempotency_key})
    return results.export_result(made, asked.calls.address)


async def export_status(
    asked: Asked,
    export_id: ExportId,
    wait_seconds: Annotated[
        int, Field(ge=0, le=60, description="Answer when the export has ended, or after this time.")
    ] = 0,
) -> Result:
    """Show the status of an export, its progress, its counts of rows, its error, and where its files are."""
    until, pause = time.monotonic() + wait_seconds, _FIRST_PAUSE_SECONDS
    while True:
        found = await asked.calls.get(_export(export_id, "/status"))
        rest = until - time.monotonic()
        if found["status"] in ENDED or rest <= 0:
            break
        await asyncio.sleep(min(pause, rest))
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
    is_running = found["status"] == Status.RUNNING
    progress = await asked.calls.get(_export(export_id, "/progress")) if is_running else None
    return results.export_result(found, asked.calls.address, progress)


async def list_exports(
    asked: Asked,
    status: Annotated[ListStatus | None, Field(description="Only exports in this status.")] = None,
    limit: Annotated[int, Field(ge=1, le=50, description="Maximum number of exports.")] = 10,
) -> Result:
    """List the newest exports."""
    params = {"limit": limit, **({} if status is None else {"status": status})}
    found = await asked.calls.get("/export/", params)
    return {"exports": [results.export_result(each, asked.calls.address) for each in found]}


async def cancel_export(asked: Asked, export_id: ExportId) -> Result:
    """Cancel a queued or running export."""
    return results.export_result(await asked.calls.post(_export(export_id, "/cancel")), asked.calls.address)


async def export_quality(asked: Asked, export_id: ExportId) -> Result:
    """Show the numbers of a completed export's quality report: completeness, levels, rejects, time range."""
    return results.quality_result(await asked.calls.get(_export(export_id, "/quality")))


async def explain_reject(
    asked: Asked,
    export_id: ExportId,
    row: Annotated[int, Field(description="Id of the row in the database.")],
    kind: Annotated[str | None, Field(description="Data type; by default the first.")] = None,
    place: Annotated[int, Field(ge=0, description="Where to look further: `next` of the answer before.")] = 0,
) -> Result:
    """Say what became of a row: rejected by which rule, left out by which filter, or written where."""
    params = {"row": row, "place": place, **({} if kind is None else {"kind": kind})}
    found = await asked.calls.get(_export(export_id, "/rows/explain"), params)
    return results.explained(found, has_rows=asked.has_rows)


async def compare_exports(
    asked: Asked,
    export_id: ExportId,
    other_id: Annotated[str, Field(description="Id of the other export.", max_length=100)],
) -> Result:
    """Compare two completed exports: counts, splits, times, columns, config and distributions."""
    found = await asked.calls.get(_export(export_id, f"/compare/{_part(other_id)}"))
    return results.compared(found, asked.calls.address, has_rows=asked.has_rows)


def _export(export_id: str, more: str) -> str:
    return f"/export/{_part(export_id)}{more}"


def _part(text: str) -> str:
    """Return a text as one part of a path."""
    # A path with a part of dots would be another path.
    return quote(text, safe="").replace(".", "%2E")


_READ, _WRITE = Scope.EXPORTS_READ, Scope.EXPORTS_WRITE
_CHANGING = frozenset({"create_export", "cancel_export"})
_ONE = "/export/{export_id}"
TOOLS = (
    AgentTool("list_kinds", "List data types", Scope.SOURCES_READ, "GET", "/datasets", list_kinds),
    AgentTool("describe_kind", "Describe a data type", _WRITE, "GET", "/datasets/{kind}", describe_kind),
    AgentTool("preview_export", "Preview an export", _WRITE, "POST", "/export/preview", preview_export),
    AgentTool("create_export", "Create an export", _WRITE, "POST", "/export/", create_export),
    AgentTool("export_status", "Show an export", _READ, "GET", f"{_ONE}/status", export_status),
    AgentTool("list_exports", "List exports", _READ, "GET", "/export/", list_exports),
    AgentTool("cancel_export", "Cancel an export", _WRITE, "POST", f"{_ONE}/cancel", cancel_export),
    AgentTool("export_quality", "Show the quality", _READ, "GET", f"{_ONE}/quality", export_quality),
    AgentTool("explain_reject", "Explain a row", _READ, "GET", f"{_ONE}/rows/explain", explain_reject),
    AgentTool(
        "compare_exports", "Compare exports", _READ, "GET", f"{_ONE}/compare/{{other_id}}", compare_exports
    ),
)
