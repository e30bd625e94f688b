"""Prometheus metrics: requests of this process, and totals over the shared ledger."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.documents import answers, streamed
from lumber.api.service import ServiceDep
from lumber.errors import LumberError
from lumber.exports.statistics import ExportStats, export_stats
from lumber.identity import rights
from lumber.notices.outbox import count_deliveries

router = APIRouter(tags=["health"], route_class=GuardedRoute)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_log = structlog.get_logger("lumber.api")


class RequestMetrics:
    """Count the requests of one app in its own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "lumber_http_requests",
            "HTTP requests by route template.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "lumber_http_request_duration_seconds",
            "Seconds until the response started.",
            ("method", "route"),
            buckets=_LATENCIES,
            registry=self.registry,
        )

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request. Labels never contain text that a client can choose."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = _template(scope)
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


def _template(scope: Scope) -> str:
    """Return the path with parameter names in place of their values."""
    route = getattr(scope.get("route"), "path_format", None)
    if route is None:
        return "unmatched"
    # The route's own path lacks the prefix of its router.
    inside = str(route).format(**scope.get("path_params", {}))
    path = str(scope["path"])
    return path.removesuffix(inside) + route if path.endswith(inside) else str(route)


class MetricsMiddleware:
    """Count each request when its response starts, so that slow downloads don't distort the latency."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        has_started = False

        async def send_counted(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start" and not has_started:
                has_started = True
                self._metrics.count(scope, message["status"], time.perf_counter() - begun)
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        except Exception:
            if not has_started:
                self._metrics.count(scope, 500, time.perf_counter() - begun)
            raise


def add_metrics(app: FastAPI) -> None:
    """Count the app's requests. Add this middleware last, so that it also counts rejected requests."""
    app.state.metrics = RequestMetrics()
    app.add_middleware(MetricsMiddleware, metrics=app.state.metrics)


@router.get(
    "/metrics",
    dependencies=[Needs(rights.Scope.EXPORTS_READ, of_all=True)],
    summary="Show Prometheus metrics",
    response_class=Response,
    responses={**answers(), 200: streamed("text/plain", "Prometheus text format.")},
)
async def get_metrics(request: Request, service: ServiceDep) -> Response:
    """Return requests of this process, and the ledger's exports, rows, bytes, durations and queue.

    With accounts, only admins may call this: it covers the exports of all accounts.
    """
    try:
        stats: ExportStats | None = await export_stats(service.database)
        async with service.database.session() as session:
            notices = await count_deliveries(session)
    except LumberError as error:
        _log.warning("ledger cannot be read for metrics", code=error.code, error=str(error))
        stats, notices = None, {}
    ledger = CollectorRegistry()
    ledger.register(_LedgerCollector(stats, notices))
    content = generate_latest(ledger)
    requests: RequestMetrics | None = getattr(request.app.state, "metrics", None)
    if requests is not None:
        content = generate_latest(requests.registry) + content
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST)


class _LedgerCollector(Collector):
    def __init__(self, stats: ExportStats | None, notices: dict[str, int]) -> None:
        self._stats = stats
        self._notices = notices

    def collect(self) -> Iterable[Metric]:
        """Convert the totals to gauges: they shrink when an export is deleted."""
        yield GaugeMetricFamily(
            "lumber_ledger_up", "1 if the ledger can be read.", value=float(self._stats is not None)
        )
        if self._stats is not None:
            yield from _exports(self._stats)
            yield from _volumes(self._stats)
            yield _durations(self._stats)
            text = "Messages of notices: those that wait, and those that arrived or failed within 24 hours."
            yield _labelled("lumber_notice_deliveries", text, "status", self._notices)


def _exports(stats: ExportStats) -> Iterator[Metric]:
    yield _labelled("lumber_exports", "Exports in the ledger.", "status", stats.by_status)
    yield GaugeMetricFamily("lumber_queue_exports", "Queued exports.", value=stats.queue.waiting)
    yield GaugeMetricFamily(
        "lumber_queue_age_seconds",
        "Age of the oldest queued export; 0 if there is none.",
        value=stats.queue.oldest_waiting_seconds or 0.0,
    )
    yield _labelled(
        "lumber_last_day_exports",
        "Exports that finished within 24 hours.",
        "status",
        stats.last_day.ended_by_status,
    )


def _volumes(stats: ExportStats) -> Iterator[Metric]:
    rows = {name: kind.rows for name, kind in stats.kinds.items()}
    size = {name: kind.bytes for name, kind in stats.kinds.items()}
    rejected = {name: counts.get("rejected", 0) for name, counts in stats.last_day.rows_by_kind.items()}
    yield _labelled("lumber_exported_rows", "Rows in completed exports.", "kind", rows)
    yield _labelled("lumber_exported_bytes", "Bytes of the files of completed exports.", "kind", size)
    yield GaugeMetricFamily(
        "lumber_rejected_rows",
        "Rows that completed exports read but did not write.",
        value=stats.totals.rejected_rows,
    )
    yield _labelled(
        "lumber_last_day_rejected_rows",
        "Rows rejected by exports completed within 24 hours.",
        "kind",
        rejected,
    )


def _durations(stats: ExportStats) -> Metric:
    return HistogramMetricFamily(
        "lumber_export_duration_seconds",
        "Seconds from the start of the first attempt to the end of completed exports.",
        buckets=[(edge, float(count)) for edge, count in stats.totals.exports_by_seconds.items()],
        sum_value=stats.totals.seconds,
    )


def _labelled(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
