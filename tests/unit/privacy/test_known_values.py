"""Known values: what a first pass takes, and that they are found in texts as whole words."""

from dataclasses import replace
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from lumber.catalog.registry import get_kind
from lumber.privacy.found import HOST, USER
from lumber.privacy.issued import Issued
from lumber.privacy.known import KnownValues
from lumber.privacy.known_values import KnownFit, KnownIndex
from lumber.privacy.ordinary_users import ORDINARY_USERS
from lumber.privacy.ordinary_words import ORDINARY_WORDS
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.pseudonyms import Pseudonyms
from lumber.privacy.rule import Identifier
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
    index.replaced(text, lambda _type, value: found.append(value) or "host")
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


WITH_USER = replace(
    LOGS,
    schema=LOGS.schema.append(pa.field("extra.user_name", pa.string())).append(
        pa.field("owner", pa.string())
    ),
)


def fit_users(rows: list[dict[str, Any]], **given: bool) -> KnownFit:
    """Fit log lines with two columns of users of one's own."""
    frame = records("logs", *[{"message": "a", "structured_data": row.pop("json", None)} for row in rows])
    for name in ("extra.user_name", "owner"):
        frame = frame.with_columns(pl.Series(name, [row.get(name) for row in rows], dtype=pl.String))
    found = KnownFit(WITH_USER, **given)
    batch = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(WITH_USER.schema).to_batches()[0]
    found.add(Records(batch))
    return found


def test_users_are_taken_from_columns_and_json() -> None:
    rows = [
        {"extra.user_name": "jdoe1", "owner": "Carla Meier"},
        {"extra.user_name": r"CORP\mhuber", "owner": "10.1.2.3"},
        {"json": '{"user":{"name":"Alice"},"text":"bobby","list":[{"run_as":"svc-billing"}]}'},
        {"json": '{"name":"zoe","value":"nora","user":"www-data","account":"premium"}'},
        {"json": '{"user":"root","login":"bob","author":"Alice"}', "owner": "123456"},
    ]
    found = fit_users(rows).found()
    assert found.users == ("Alice", "Carla Meier", "jdoe1", "mhuber", "svc-billing")
    assert found.values == ()
    assert found.counts == {"taken": 5, "users": 5, "short": 1, "ordinary": 1}
    assert "Alice" not in repr(found)
    assert fit_users(rows, has_users=False).found() == KnownValues()


@pytest.mark.parametrize(
    "name", ["root", "admin", "service", "postgres", "www-data", "Administrator", "system"]
)
def test_accounts_of_systems_are_left_out(name: str) -> None:
    assert fit_users([{"owner": name}]).found().users == ()
    assert all(word == word.lower() for word in ORDINARY_USERS)


def test_users_are_replaced_in_all_texts_in_any_case() -> None:
    made = rule(finds_known=True, known=KnownValues(("zeus",), (), ("Alice", "mhuber", "zeus")))
    token = Pseudonyms(made, Issued()).token
    row = rewritten(
        made,
        message="handed to ALICE, then alice_2 and mhuber's disk on zeus; alices stay",
        structured_data='{"note":"ask mhuber","text":"MHUBER"}',
    )
    alice, huber = token(USER, "Alice"), token(USER, "mhuber")
    assert (
        row["message"]
        == f"handed to {alice}, then {alice}_2 and {huber}'s disk on {token(HOST, 'zeus')}; alices stay"
    )
    assert row["structured_data"] == f'{{"note":"ask {huber}","text":"{huber}"}}'


@pytest.mark.parametrize(
    ("identifiers", "is_needed"), [({"user"}, True), ({"host"}, True), ({"email"}, False)]
)
def test_known_values_need_users_or_hosts(identifiers: set[str], is_needed: bool) -> None:
    made = only(*map(Identifier, identifiers), finds_known=True)
    assert made.needs_known == is_needed
