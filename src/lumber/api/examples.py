"""Examples for the OpenAPI document."""

from typing import Any

CONFIG: dict[str, Any] = {
    "data_types": ["logs"],
    "start_date": "2026-01-01",
    "end_date": "2026-01-31",
    "filters": {"log_level": ["ERROR", "CRITICAL"]},
    "output_format": "parquet",
}
EXPORT: dict[str, Any] = {
    "export_id": "4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10",
    "data_version": "1.0.0",
    "export_config": CONFIG,
    "record_count": 0,
    "file_size": 0,
    "status": "pending",
    "created_at": "2026-02-01T09:00:00Z",
    "updated_at": "2026-02-01T09:00:00Z",
}
PROGRESS: dict[str, Any] = {
    "status": "running",
    "progress": {"logs": 42.5},
    "current_batch": 425,
    "total_batches": 1000,
    "processed_records": 425000,
    "total_records": 1000000,
    "records_per_second": 250000.0,
    "eta_seconds": 2.3,
    "phase": "exporting",
    "surveyed_percent": None,
    "start_time": "2026-02-01T09:00:01Z",
    "end_time": None,
    "error_message": None,
    "reported": {
        "phase": "exporting",
        "kinds": {
            "logs": {
                "rows_done": 425000,
                "rows_total": 1000000,
                "batches_done": 425,
                "batches_total": 1000,
            }
        },
        "rows_per_second": 250000.0,
        "surveyed_percent": None,
        "published_percent": None,
        "collected_rows": None,
    },
}
PREVIEW: dict[str, Any] = {
    "total_rows": 1200,
    "estimate": {
        "bytes": 52_100,
        "bytes_basis": "sample",
        "seconds": 1.5,
        "seconds_basis": "past_exports",
        "bytes_reason": "Sample rows, written in this format without labels and templates.",
        "seconds_reason": "Median of 3 past exports in this format without options that take time.",
    },
    "kinds": {
        "logs": {
            "rows": 1200,
            "first": "2026-01-01T00:00:04.000000Z",
            "last": "2026-01-31T23:59:58.000000Z",
            "histogram": [
                {"start": "2026-01-01T00:00:04.000000Z", "end": "2026-01-31T23:59:58.000001Z", "rows": 1200}
            ],
            "sample": {
                "before": [{"id": 7, "log_level": "err", "message": "disk sda1 is full"}],
                "after": [{"id": 7, "log_level": "ERROR", "message": "disk sda1 is full"}],
            },
            "reject_estimate": {
                "rows": 0,
                "sampled_rows": 1200,
                "rejected_in_sample": 0,
                "is_exact": True,
                "by_rule": {},
            },
        }
    },
}
