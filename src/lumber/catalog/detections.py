"""What labels need to know of an anomaly: which line or device and moment it is about, and what was said."""

from __future__ import annotations

from dataclasses import replace

from lumber.catalog.kinds import anomalies

FALSE_POSITIVE, TRUE_POSITIVE = "false_positive", "true_positive"

_NAMES = (
    "id",
    "log_entry_id",
    "device_id",
    "timestamp",
    "anomaly_type",
    "score",
    "score_raw",
    "score_max",
    "detector",
    "verdict",
)

# The kind of the anomalies, with these columns of its table only.
DETECTIONS = replace(
    anomalies.KIND,
    columns=tuple(anomalies.KIND.column(name) for name in _NAMES),
    rules=tuple(rule for rule in anomalies.RULES if rule.column in ("anomaly_type", "score")),
    references=(),
    leader=None,
)
