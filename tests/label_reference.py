"""What labels should be: a slow look at every pair of a line and an anomaly, in plain Python."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from lumber.steps.labels import LabelRule

Row = dict[str, Any]


def reference(rule: LabelRule, lines: list[Row], anomalies: list[Row]) -> list[tuple[Any, ...]]:
    """Return (label, types, score, source) of each line."""
    return [_label(rule, each, anomalies) for each in lines]


def _label(rule: LabelRule, each: Row, anomalies: list[Row]) -> tuple[Any, ...]:
    said = []
    for one in anomalies:
        source = _source(rule, each, one)
        if source is None or (rule.detectors and one["detector"] not in rule.detectors):
            continue
        said.append((_vote(rule, one), source, one))
    votes = {vote for vote, _, _ in said if vote is not None}
    if not votes:
        return (0, None, None, "assumed_normal") if rule.assume_normal and not said else (None,) * 4
    label = max(votes)
    why = [(source, one) for vote, source, one in said if vote == label]
    types = {one["anomaly_type"] for _, one in why if _is_usable(one["anomaly_type"])}
    scores = [score for _, one in why if (score := _score(one)) is not None]
    text = json.dumps(sorted(types), separators=(",", ":"), ensure_ascii=False)
    return label, text, max(scores, default=None), max(source for source, _ in why)


def _source(rule: LabelRule, each: Row, one: Row) -> str | None:
    if one["log_entry_id"] is not None:
        return "log_entry" if one["log_entry_id"] == each["id"] else None
    if rule.window_us is None or one["device_id"] is None or one["device_id"] != each["device_id"]:
        return None
    before, after = (timedelta(microseconds=span) for span in rule.window_us)
    is_near = one["timestamp"] - before <= each["timestamp"] <= one["timestamp"] + after
    return "device_window" if is_near else None


def _vote(rule: LabelRule, one: Row) -> int | None:
    if one["verdict"] == "false_positive":
        return 0
    return None if rule.confirmed_only and one["verdict"] != "true_positive" else 1


def _is_usable(type_: str | None) -> bool:
    return type_ is not None and type_ != "" and "\x00" not in type_


def _score(one: Row) -> float | None:
    raw = one["score"] if one["score_raw"] is None else one["score_raw"]
    if one["score_max"] is not None and one["score_max"] > 0:
        score = None if raw is None else raw / one["score_max"]
    else:
        score = one["score"] if one["score"] is not None else one["score_raw"]
    return score if score is not None and 0 <= score <= 1 else None
