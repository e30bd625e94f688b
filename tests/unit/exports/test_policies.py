"""What a config reads, and what policies make of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from lumber.catalog.declared import Declaration, DeclaredField, FieldType
from lumber.catalog.registry import declaring, get_kind
from lumber.errors import ConfigError, PolicyRefused
from lumber.exports.parsing import parse_config
from lumber.exports.policies import footprint as footprints
from lumber.exports.policies.footprint import CLASSIFIED, all_fields, footprint
from lumber.exports.policies.judging import CHECKED, Judge
from lumber.exports.policies.merged import merged_rules
from lumber.identity.policies.document import PolicyDocument
from lumber.identity.policies.stored import Policy

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = {"fields": {"logs": ["message", "log_level"]}}


def policy(name: str = "support", **rules: Any) -> Policy:
    document = PolicyDocument(name=name, applies_to={"roles": ["exporter"]}, **rules)
    return Policy(f"id-of-{name}", 3, document, NOW)


def refused(judge: Judge, config: dict[str, Any]) -> list[str]:
    """Return the fields that the policies refuse."""
    try:
        judge.require(parse_config({"data_types": ["logs"], **config}), "download")
    except PolicyRefused as error:
        return sorted(problem.field for problem in error.problems)
    return []


def test_each_field_of_a_config_says_what_it_reads() -> None:
    missing = set(all_fields()) - CLASSIFIED.keys()
    assert not missing, f"footprint.py must say what these fields read: {sorted(missing)}"
    assert not CLASSIFIED.keys() - set(all_fields()), "there are no such fields"


def test_each_rule_of_a_policy_is_checked_by_something() -> None:
    rules = PolicyDocument.model_fields.keys() - {"name", "applies_to", "is_enabled"}
    assert rules == CHECKED.keys()


def test_a_field_that_nobody_classified_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {name: rule for name, rule in CLASSIFIED.items() if name != "order"}
    monkeypatch.setattr(footprints, "CLASSIFIED", known)
    assert refused(Judge([policy(columns={"logs": ["message"]})]), {"fields": {"logs": ["message"]}}) == [
        "order"
    ]
    limits = {"kinds": ["logs"]}, {"earliest": "2026-01-01"}, {"processes": ["a"]}, {"privacy_required": True}
    for rules in limits:
        config = {"start_date": "2026-01-01", "processes": ["a"], "privacy": True}
        assert refused(Judge([policy(**rules)]), config) == ["order"]
    assert refused(Judge([policy(max_rows=5)]), {}) == []


# A field of a config, and the column or data type that it reads besides what is written.
READING: dict[str, tuple[dict[str, Any], tuple[str, str | None]]] = {
    "data_types": ({"data_types": ["logs", "ips"]}, ("ips", None)),
    "fields": ({"fields": {"logs": ["message", "raw_message"]}}, ("logs", "raw_message")),
    "filters": ({"filters": {"host_name": "a"}}, ("logs", "host_name")),
    "filters with a kind": ({"filters": {"logs.host_name": "a"}}, ("logs", "host_name")),
    "processes": ({"processes": ["sshd"]}, ("logs", "process_name")),
    "split.mode": ({"data_types": ["logs", "anomalies"], "split": "time"}, ("anomalies", "log_entry_id")),
    "split.mode of a leader": ({"data_types": ["anomalies"], "fields": {}, "split": "time"}, ("logs", None)),
    "split.by": ({"split": {"mode": "group", "by": "host_name"}}, ("logs", "host_name")),
    "split.stratify": ({"split": {"mode": "group", "stratify": "log_level"}}, ("logs", "log_level")),
    "sample": ({"data_types": ["logs", "anomalies"], "sample": 0.5}, ("anomalies", "log_entry_id")),
    "sample.stratify": ({"sample": {"share": 0.5, "stratify": "log_level"}}, ("logs", "log_level")),
    "deduplicate": ({"deduplicate": "exact"}, ("logs", "device_id")),
    "labels": ({"labels": True}, ("anomalies", "verdict")),
    "labels.window_seconds": ({"labels": {"window_seconds": 5}}, ("logs", "device_id")),
    "templates": ({"templates": True}, ("logs", "message")),
    "sequences": ({"sequences": True}, ("logs", "device_id")),
    "source": ({"source": "plant"}, ("logs", footprints.UNKNOWN)),
}


@pytest.mark.parametrize("field", READING)
def test_the_policy_is_asked_about_what_each_field_reads(field: str) -> None:
    config, (kind, column) = READING[field]
    parsed = parse_config({"data_types": ["logs"], **FIELDS, **config})
    without = parse_config({"data_types": parsed.data_types, "fields": parsed.fields, "filters": {}})
    name = field.split(" ")[0]
    found = {
        read for read in footprint(parsed) if read.field.split(".logs")[0].startswith(name.split(".")[0])
    }
    assert any((read.kind, read.column) == (kind, column) for read in found), found
    if name not in ("data_types", "fields"):
        assert set(footprint(parsed)) - set(footprint(without)), "the field adds nothing"
    if column is not None:
        names = get_kind(kind).schema.names
        judge = Judge([policy(columns={kind: [each for each in names if each != column]})])
        assert refused(judge, parsed.as_json())


def test_every_field_that_reads_something_has_a_case() -> None:
    reading = {name for name, rule in CLASSIFIED.items() if rule is not footprints._nothing}
    covered = {field.split(" ")[0] for field in READING}
    assert reading <= covered | {"split"}


ALLOWED = {"logs": ["message", "log_level", "process_name"]}
PRIVATE = {"privacy": True}
# The rules of a policy, what they refuse by the field that says so, and what they allow.
RULES: dict[str, tuple[dict[str, Any], list[tuple[dict[str, Any], str]], list[dict[str, Any]]]] = {
    "kinds": (
        {"kinds": ["logs"]},
        [({"data_types": ["ips"]}, "data_types"), ({"labels": True}, "labels")],
        [{}, {"split": "time"}],
    ),
    "columns": (
        {"columns": ALLOWED},
        [
            ({}, "fields.logs"),
            ({"fields": {"logs": ["host_name"]}}, "fields.logs"),
            ({**FIELDS, "filters": {"logs.host_name": {"is_null": True}}}, "filters.logs.host_name"),
            ({**FIELDS, "deduplicate": "burst"}, "deduplicate"),
            ({**FIELDS, "sequences": True}, "sequences"),
        ],
        [FIELDS, {"fields": {"logs": ["id", "timestamp"]}}, {**FIELDS, "templates": True}],
    ),
    "columns of other kinds": (
        {"columns": {"anomalies": ["anomaly_type"]}},
        [({"labels": True}, "labels"), ({"data_types": ["anomalies"]}, "fields.anomalies")],
        [{}, {"data_types": ["ips"]}],
    ),
    "processes": (
        {"processes": ["sshd", "cron"]},
        [
            ({}, "processes"),
            ({"processes": ["sshd", "su"]}, "processes"),
            ({"filters": {"process_name": {"contains": "sshd"}}}, "processes"),
            ({"filters": {"process_name": {"ne": "sshd"}}}, "processes"),
            ({"data_types": ["anomalies"]}, "data_types"),
            ({"processes": ["sshd"], "labels": True}, "labels"),
        ],
        [{"processes": ["sshd"]}, {"filters": {"process_name": ["cron", "sshd"]}}],
    ),
    "a hidden process": (
        {"processes": ["sshd", "cron"], "columns": {"logs": ["message"]}},
        [({"fields": {"logs": ["message"]}, "processes": ["sshd"]}, "processes")],
        [{"fields": {"logs": ["message"]}, "processes": ["sshd", "cron"]}],
    ),
    "earliest": (
        {"earliest": "2026-02-01"},
        [({}, "start_date"), ({"start_date": "2026-01-31T23:59:59.999999Z"}, "start_date")],
        [{"start_date": "2026-02-01"}],
    ),
    "latest": (
        {"latest": "2026-02-01"},
        [({}, "end_date"), ({"end_before": "2026-02-02T00:00:00.000001Z"}, "end_before")],
        [{"end_date": "2026-02-01"}, {"end_before": "2026-02-02"}],
    ),
    "max_days": (
        {"max_days": 2},
        [
            ({}, "start_date"),
            ({"start_date": "2026-01-01"}, "end_date"),
            ({"start_date": "2026-01-01", "end_date": "2026-01-03"}, "end_date"),
        ],
        [
            {"start_date": "2026-01-01", "end_date": "2026-01-02"},
            {"start_date": "2026-01-01", "end_before": "2026-01-03"},
        ],
    ),
    "privacy_required": (
        {"privacy_required": True},
        [
            ({}, "privacy"),
            ({"privacy": {"secrets": False}}, "privacy.secrets"),
            ({"privacy": {"identifiers": ["mac"]}}, "privacy.identifiers"),
            ({"privacy": {"addresses": "keep"}}, "privacy.addresses"),
            ({"privacy": {"rules": {"allow": [{"value": "bob"}]}}}, "privacy.rules.allow"),
            ({"privacy": {"rules": {"columns": {"message": "keep"}}}}, "privacy.rules.columns"),
            ({"privacy": {"rules": {"json_paths": {"a.b": "keep"}}}}, "privacy.rules.json_paths"),
            ({"privacy": {"addresses": "truncate", "ipv4_prefix": 32}}, "privacy.addresses"),
            ({**PRIVATE, "filters": {"device_id": "a"}}, "filters.device_id"),
            ({**PRIVATE, "filters": {"message": {"contains": "10.0.0.1"}}}, "filters.message"),
            ({**PRIVATE, "filters": {"device_ip": {"cidr": "10.0.0.0/8"}}}, "filters.device_ip"),
        ],
        [PRIVATE, {**PRIVATE, "filters": {"log_level": "ERROR", "process_name": "sshd", "id": {"gte": 5}}}],
    ),
    "privacy_modules": (
        {"privacy_required": True, "privacy_modules": ["irreversible_addresses", "email"]},
        [(PRIVATE, "privacy.addresses"), ({"privacy": {"addresses": "token"}}, "privacy.addresses")],
        [
            {"privacy": {"addresses": "drop", "identifiers": ["email"], "secrets": False}},
            {"privacy": {"addresses": "truncate"}},
        ],
    ),
    "destinations": ({"destinations": ["output_folder"]}, [({}, "destination")], []),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_refuses_and_allows(rule: str) -> None:
    rules, refusals, allowed = RULES[rule]
    judge = Judge([policy(**rules)])
    for config, field in refusals:
        assert field in refused(judge, config), config
    for config in allowed:
        assert not refused(judge, config), config
    assert not any(refused(Judge([]), config) for config, _ in refusals)


def test_each_policy_must_allow_an_export_and_the_error_names_those_that_do_not() -> None:
    judge = Judge([policy("a", max_days=5), policy("b", kinds=["ips"]), policy("c", kinds=["logs"])])
    with pytest.raises(PolicyRefused) as found:
        judge.require(parse_config({"data_types": ["logs"]}))
    assert found.value.policy.name == "a"
    text = str(found.value)
    assert "rule kinds: data_types reads logs, which isn't allowed (policy 'b', version 3)" in text
    assert "policy 'c'" not in text


def test_the_merged_rules_are_the_strictest_with_the_policies_that_state_them() -> None:
    judge = Judge(
        [
            policy("a", kinds=["logs", "ips"], max_rows=10, latest="2026-03-01", privacy_required=True),
            policy("b", kinds=["ips", "anomalies"], max_rows=7, columns={"ips": ["address"]}),
            policy("c", latest="2026-02-01"),
        ]
    )
    found = {rule.rule: (rule.value, [each.name for each in rule.policies]) for rule in merged_rules(judge)}
    assert found["kinds"] == (["ips"], ["a", "b"])
    assert found["columns"] == (["id", "address", "first_seen", "last_seen"], ["b"])
    assert found["max_rows"] == (7, ["a", "b"])
    assert found["latest"][0].isoformat() == "2026-02-01T23:59:59.999999+00:00"
    assert found["privacy_modules"] == (["addresses", "mac", "email", "user", "host", "secrets"], ["a"])
    assert merged_rules(Judge([])) == []


@pytest.mark.parametrize(
    ("destination", "is_allowed"),
    [
        ("download", True),
        ("output_folder", False),
        ("s3://bucket/a", True),
        ("s3://bucket/a/b/c", True),
        ("s3://bucket/ab", False),
        ("s3://bucket", False),
    ],
)
def test_results_may_go_to_a_folder_and_below_it(destination: str, is_allowed: bool) -> None:
    document = policy(destinations=["download", "s3://bucket/a"]).document
    assert document.may_go(destination) is is_allowed


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"applies_to": {}}, "applies_to"),
        ({"applies_to": {"users": ["a b"]}}, "applies_to.users"),
        ({"kinds": ["loggs"]}, "kinds"),
        ({"columns": {"loggs": ["x"]}}, "columns"),
        ({"columns": {"logs": ["label"]}}, "columns.logs"),
        ({"earliest": "2026-02-01", "latest": "2026-01-01"}, "latest"),
        ({"privacy_modules": ["email"]}, "privacy_modules"),
        ({"destinations": ["s3://bucket/../other"]}, "destinations"),
        ({"destinations": ["s3://user:secret@bucket"]}, "destinations"),
        ({"destinations": ["printer"]}, "destinations"),
    ],
)
def test_a_wrong_policy_names_the_field(rules: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as found:
        PolicyDocument(**{"name": "a", "applies_to": {"roles": ["exporter"]}, **rules})
    cause = found.value.errors()[0]["ctx"]["error"]
    assert isinstance(cause, ConfigError)
    assert [problem.field for problem in cause.problems] == [field]


def test_an_account_whose_role_is_unknown_is_meant_by_every_policy() -> None:
    people = policy(max_rows=1).document.applies_to
    assert people.names("ann", "exporter")
    assert not people.names("ann", "admin")
    assert people.names(None, None)


def test_a_number_without_a_fraction_is_an_integer_as_in_json_schema() -> None:
    rules = policy(max_rows=1448.0, max_days=7.0).document
    assert (rules.max_rows, rules.max_days) == (1448, 7)
    for wrong in (1.5, True, "7", 2**53):
        with pytest.raises(ValidationError, match="max_rows"):
            policy(max_rows=wrong)


OWN = Declaration(
    "door_events",
    (DeclaredField("state", FieldType.TEXT), DeclaredField("text", FieldType.TEXT, is_required=True)),
    message="text",
)


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        ({}, []),
        ({"max_rows": 5}, []),
        # Policies are written about our own tables: what nobody classified could be anything.
        ({"kinds": ["logs"]}, ["data_types", "source"]),
        ({"columns": {"logs": ["message"]}}, ["source"]),
        ({"processes": ["sshd"]}, ["data_types", "source"]),
        ({"earliest": "2026-01-01"}, ["source", "start_date"]),
        ({"privacy_required": True}, ["privacy", "source"]),
    ],
)
def test_a_data_type_that_only_a_source_has_is_under_every_policy(
    rules: dict[str, Any], fields: list[str]
) -> None:
    config = {"data_types": ["door_events"], "source": "plant"}
    with declaring("plant", [OWN]):
        assert refused(Judge([policy(**rules)]), config) == fields


def test_a_filter_on_a_column_that_only_a_source_has_must_not_reveal_what_privacy_replaces() -> None:
    config = {"data_types": ["door_events"], "source": "plant", "privacy": True, "filters": {"text": "x"}}
    with declaring("plant", [OWN]):
        assert refused(Judge([policy(privacy_required=True)]), config) == ["filters.text", "source"]
