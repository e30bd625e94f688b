"""The metrics as a scraper reads them."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.datasets import execute
from tests.integration.ledgers import export_row, file_rows, insert

METRICS = "/api/v1/metrics"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(client: TestClient) -> Samples:
    answer = client.get(METRICS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


@pytest.fixture
def other(settings: Settings, client: TestClient) -> Iterator[TestClient]:
    """A second service on the same ledger."""
    with TestClient(create_app(settings)) as other:
        yield other


def test_the_ledger_is_told_alike_by_every_process(
    client: TestClient, other: TestClient, settings: Settings
) -> None:
    rows = [export_row(number) for number in range(70)]
    insert(settings.database_url, "exports", rows)
    insert(settings.database_url, "export_files", [file for row in rows for file in file_rows(row)])
    stats = client.get("/api/v1/export/stats").json()
    for samples in (scrape(client), scrape(other)):
        assert value(samples, "lumber_ledger_up") == 1
        for status, count in stats["by_status"].items():
            assert value(samples, "lumber_exports", status=status) == count
        for kind, of_kind in stats["kinds"].items():
            assert value(samples, "lumber_exported_rows", kind=kind) == of_kind["rows"]
            assert value(samples, "lumber_exported_bytes", kind=kind) == of_kind["bytes"]
        for kind, counts in stats["last_day"]["rows_by_kind"].items():
            assert value(samples, "lumber_last_day_rejected_rows", kind=kind) == counts["rejected"]
        assert value(samples, "lumber_rejected_rows") == stats["totals"]["rejected_rows"]
        assert value(samples, "lumber_queue_exports") == 10
        for status in ("pending", "delivered", "failed"):
            assert value(samples, "lumber_notice_deliveries", status=status) == 0
        assert (value(samples, "lumber_queue_age_seconds") or 0) >= stats["queue"]["oldest_waiting_seconds"]
        assert value(samples, "lumber_export_duration_seconds_count") == stats["totals"]["exports"] == 30
        assert value(samples, "lumber_export_duration_seconds_sum") == stats["totals"]["seconds"]
        for edge, count in stats["totals"]["exports_by_seconds"].items():
            found = [
                number
                for (name, labels), number in samples.items()
                if name == "lumber_export_duration_seconds_bucket"
                and float(dict(labels)["le"]) == float(edge)
            ]
            assert found == [count]


def test_requests_are_counted_by_route_and_never_by_what_a_client_writes(client: TestClient) -> None:
    for number in range(3):
        client.get(f"/api/v1/export/no-such-export-{number}")
    client.get("/api/v1/datasets")
    client.get("/nowhere/at/all")
    client.request("BREW", "/api/v1/export/")
    client.post("/api/v1/export/", json={}, headers={"Origin": "http://evil.example"})
    text = client.get(METRICS).text
    samples = scrape(client)

    def requests(method: str, route: str, status: int) -> float | None:
        return value(samples, "lumber_http_requests_total", method=method, route=route, status=str(status))

    assert requests("GET", "/api/v1/export/{export_id}", 404) == 3
    assert requests("GET", "/api/v1/datasets", 200) == 1
    assert requests("GET", "unmatched", 404) == 1
    assert requests("POST", "unmatched", 403) == 1
    assert requests("GET", METRICS, 200) == 1
    assert (
        value(samples, "lumber_http_request_duration_seconds_count", method="GET", route="/api/v1/datasets")
        == 1
    )
    assert 'method="other"' in text
    for secret in ("no-such-export", "nowhere", "BREW", "evil"):
        assert secret not in text


def test_each_app_counts_for_itself(client: TestClient, other: TestClient) -> None:
    client.get("/api/v1/datasets")
    labels = {"method": "GET", "route": "/api/v1/datasets", "status": "200"}
    assert value(scrape(client), "lumber_http_requests_total", **labels) == 1
    assert value(scrape(other), "lumber_http_requests_total", **labels) is None


def test_a_ledger_that_cannot_be_read_leaves_the_other_metrics(
    client: TestClient, settings: Settings
) -> None:
    execute(settings.database_url, "ALTER TABLE exports RENAME TO elsewhere")
    samples = scrape(client)
    assert value(samples, "lumber_ledger_up") == 0
    assert value(samples, "lumber_exports", status="completed") is None
    assert any(name.startswith("process_") for name, _ in samples)
