"""Known values: what a first pass takes, and that they are found in texts as whole words."""

import polars as pl
import pytest

from lumber.catalog.registry import get_kind
from lumber.privacy.known import KnownValues
from lumber.privacy.known_values import KnownFit, KnownIndex
from lumber.privacy.ordinary_words import ORDINARY_WORDS
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.steps.step import Records, Unfitted
from tests.unit.privacy.rules import only, records, rule

LOGS = get_kind("logs")
RULE = rule(finds_known=True)


def fit(*rows, most: int = 100_000) -> KnownFit:
    found = KnownFit(LOGS, most)
    frame = records("logs", *rows)
    found.add(Records(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(LOGS.schema).to_batches()[0]))
    return found


def known(*values: str):
    return rule(finds_known=True, known=KnownValues(tuple(sorted(values))))


def rewritten(made, **row) -> dict:
    changed, _ = Pseudonymizer(made).apply(records("logs", {"message": "", **row}), LOGS)
    return changed.to_dicts()[0]


def test_what_is_taken_and_what_is_left_out() -> None:
    found = fit(
        {"device_id": "Zeus", "host_name": "athena.corp.example", "message": "a"},
        {"device_id": "db", "host_name": "SERVER", "device_ip": "10.0.0.1", "message": "a"},
        {"device_id": "1e10", "host_name": "localhost", "device_ip": "hermes", "message": "a"},
    ).found()
    assert found.values == ("athena", "athena.corp.example", "hermes", "zeus")
    assert found.counts == {"taken": 4, "short": 1, "ordinary": 2}
    assert "zeus" not in repr(found)
    assert "zeus" not in repr(rule(finds_known=True, known=found))
    assert all(word == word.lower() and len(word) > 3 for word in ORDINARY_WORDS)


def test_of_too_many_the_same_are_taken_in_any_order() -> None:
    rows = [
        {"device_id": f"{name}{number}x", "message": "a"} for name in ("zeus", "ares") for number in range(20)
    ]
    one, other = fit(*rows[:25], most=8), fit(*rows[25:], most=8)
    merged = KnownFit(LOGS, 8)
    for part in (other, one):
        merged.merge(part)
    alone = fit(*reversed(rows), most=8)
    assert merged.found() == alone.found()
    assert merged.found().counts == {"taken": 8, "limit": 8}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("backup of Zeus took 3 s", ["zeus"]),
        ("zeus,zeus;[zeus]=zeus.corp", ["zeus"] * 4),
        ("xzeus zeus7 zeusathena", []),
        ("web-07.corp and web-07.corp.example", ["web-07.corp", "web-07.corp"]),
        (r"a\nzeus b\u0020zeus", ["zeus"]),
        ("q=%3Dzeus%20", ["zeus"]),
        ("user_0123456789abcdef [secret:zeus_key] zeus_0", ["zeus"]),
        ("Büro büro1", ["büro"]),
    ],
)
def test_whole_words_are_found(text: str, values: list[str]) -> None:
    found: list[str] = []
    index = KnownIndex(["zeus", "web-07.corp", "büro"])
    index.replaced(text, lambda value: found.append(value) or "host")
    assert found == values
    assert index.left(text) == len(values)


def test_hosts_of_other_rows_are_replaced_in_texts_and_json_by_the_token_of_their_column() -> None:
    made = known("zeus", "athena")
    token = rewritten(made, device_id="zeus")["device_id"]
    row = rewritten(
        made,
        message="backup of ZEUS took 3 s",
        raw_message="<1> zeus",
        structured_data='{"note": "line\\nzeus", "zeus": [1e3, "see athena"], "deep": {"n": 1}}',
    )
    assert row["message"] == f"backup of {token} took 3 s"
    assert row["raw_message"] == f"<1> {token}"
    assert "zeus" not in row["structured_data"]
    assert "athena" not in row["structured_data"]
    assert row["structured_data"].count(token) == 2
    assert rewritten(RULE, message="backup of ZEUS")["message"] == "backup of ZEUS"


def test_the_counts_tell_of_them() -> None:
    made = Pseudonymizer(known("zeus"))
    _, counts = made.apply(records("logs", {"message": "zeus"}, {"message": "zeus and zeus"}), LOGS)
    assert counts["host"] == 3
    assert made.by_column["message"]["host"] == 3


def test_it_starts_only_when_it_is_fitted() -> None:
    assert RULE.needs_known
    assert RULE.fit(LOGS) is not None
    assert RULE.fitted(fit({"device_id": "zeus", "message": "a"})).known.values == ("zeus",)
    assert only(finds_known=True).fit(LOGS) is None
    with pytest.raises(Unfitted):
        RULE.start(None)
