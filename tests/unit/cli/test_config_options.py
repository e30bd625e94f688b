"""The options made from ExportConfig: each field can be set, and no option is lost or changes its meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from lumber.cli.commands import LazyCommand
from lumber.cli.config.request import ConfigRequest
from lumber.cli.config.table import OPTIONS
from lumber.exports import ExportConfig
from lumber.exports.options.form import fields_at, model_in

# Scripts use these names: none may disappear.
SHARED = """
--data-type/-d --start --end --end-before --process/-p --filter/-f --validation --split --split-ratio
--split-date --embargo --split-by --split-stratify --unseen --split-seed --fields --labels --label-window
--assume-normal --confirmed-only --labelled-only --detector --sample --stratify --sample-seed --order
--order-seed --templates --sequences --partition-by --destination --dataset --incremental --new-major
--source --range --zone --planning
--sequence-size --sequence-step --sequence-unit --sequence-gap --sequence-max-length
--sequence-drop-last/--sequence-keep-last
--deduplicate --burst-seconds --privacy --ipv4-prefix --ipv6-prefix --identifiers --keep-secrets
--privacy-context --privacy-rules --drop-scope --renumber-ids --k-anonymity --known-values
--shift-times --shift-group
--privacy-key-file --config --set --database-url --server --json
--format --compression --escape-formulas/--no-escape-formulas --metadata/--no-metadata
""".split()  # noqa: SIM905
OWN = {
    "export": [
        "--batch-size",
        "--max-reject-ratio",
        "--output/-o",
        "--allow-empty",
        "--name",
        "--tag",
        "--note",
    ],
    "preview": ["--samples"],
}
TIME, GROUP = {"split.mode": "time"}, {"split.mode": "time_group"}
SLIDING, SESSION = {"sequences.mode": "sliding"}, {"sequences.mode": "session"}
TRUNCATE = {"privacy.addresses": "truncate"}

# Of each field: a value that isn't its default, and what it needs to have an effect.
FIELDS: dict[str, tuple[Any, Mapping[str, Any]]] = {
    "data_types": (["logs", "ips"], {}),
    "start_date": ("2026-01-01T00:00:00Z", {}),
    "end_date": ("2026-01-31T12:00:00Z", {}),
    "end_before": ("2026-01-31T12:00:00Z", {}),
    "filters": ({"id": {"gt": "5"}}, {}),
    "batch_size": (7, {}),
    "include_metadata": (False, {}),
    "validation_level": ("strict", {}),
    "output_format": ("csv", {}),
    "compression": ("gzip", {}),
    "processes": (["sshd"], {}),
    "max_reject_ratio": (0.25, {}),
    "csv_escape_formulas": (False, {}),
    "partition_by": ("month", {}),
    "planning": ("estimated", {}),
    "destination": ("lake", {}),
    "dataset": ("plant", {}),
    "incremental": (True, {"dataset": "plant"}),
    "new_major": (True, {"dataset": "plant"}),
    "source": ("plant", {}),
    "date_range": ("yesterday", {}),
    "time_zone": ("Europe/Berlin", {"date_range": "yesterday"}),
    "split.mode": ("random", {}),
    "split.ratios": ({"train": 0.5, "test": 0.5}, TIME),
    "split.dates": ({"test": "2026-01-01T00:00:00Z"}, TIME),
    "split.embargo_seconds": (90.0, TIME),
    "split.by": ("host_name", GROUP),
    "split.stratify": ("log_level", {"split.mode": "group"}),
    "split.unseen": (0.25, GROUP),
    "split.seed": (7, TIME),
    "deduplicate.mode": ("burst", {}),
    "deduplicate.burst_seconds": (5, {"deduplicate.mode": "burst"}),
    "labels.window_seconds.before": (60.0, {}),
    "labels.window_seconds.after": (30.0, {}),
    "labels.assume_normal": (True, {}),
    "labels.confirmed_only": (True, {}),
    "labels.only": (True, {}),
    "labels.detectors": (["a"], {}),
    "fields": ({"logs": ["id", "message"]}, {}),
    "privacy.addresses": ("token", {}),
    "privacy.ipv4_prefix": (16, TRUNCATE),
    "privacy.ipv6_prefix": (32, TRUNCATE),
    "privacy.identifiers": (["mac", "user"], {}),
    "privacy.secrets": (False, {}),
    "privacy.context": ("Acme Corp", {}),
    "privacy.drop_scope": (True, {}),
    "privacy.renumber_ids": (True, {}),
    "privacy.shift_times": (True, {}),
    "privacy.shift_group": ("lab", {"privacy.shift_times": True}),
    "privacy.known_values": (True, {}),
    "privacy.k_anonymity": ([["message"]], {}),
    "privacy.rules.allow": ([{"value": "a.example"}], {}),
    "privacy.rules.deny": ([{"value": "Falcon", "type": "project"}], {}),
    "privacy.rules.columns": ({"host_name": "drop"}, {}),
    "privacy.rules.json_paths": ({"customer.id": "token"}, {}),
    "sample.share": (0.1, {}),
    "sample.rows": (50, {}),
    "sample.stratify": ("log_level", {"sample.rows": 50}),
    "sample.seed": (7, {"sample.rows": 50}),
    "order.by": ("shuffle", {}),
    "order.seed": (7, {"order.by": "shuffle"}),
    "templates.masks": (["num"], {}),
    "templates.custom_masks": ({"order": "ORD-[0-9]+"}, {}),
    "templates.keep": (["404"], {}),
    "templates.similarity": (0.5, {}),
    "templates.prefix_tokens": (3, {}),
    "templates.max_templates": (9, {}),
    "sequences.mode": ("session", {}),
    "sequences.unit": ("seconds", SLIDING),
    "sequences.size": (20, SLIDING),
    "sequences.step": (10, SLIDING),
    "sequences.gap_seconds": (90, SESSION),
    "sequences.max_length": (9, SESSION),
    "sequences.drop_last": (False, SLIDING),
}

# Of each option: what it is given, which sets the field to the value above.
GIVEN: dict[str, tuple[str, Any]] = {
    "--data-type": ("data_types", ["logs", "ips"]),
    "--start": ("start_date", "2026-01-01"),
    "--end": ("end_date", "2026-01-31T12:00Z"),
    "--end-before": ("end_before", "2026-01-31T12:00Z"),
    "--process": ("processes", ["sshd"]),
    "--filter": ("filters", ["id > 5"]),
    "--validation": ("validation_level", "strict"),
    "--fields": ("fields", ["logs=id,message"]),
    "--format": ("output_format", "csv"),
    "--partition-by": ("partition_by", "month"),
    "--planning": ("planning", "estimated"),
    "--destination": ("destination", "lake"),
    "--dataset": ("dataset", "plant"),
    "--incremental": ("incremental", True),
    "--new-major": ("new_major", True),
    "--source": ("source", "plant"),
    "--range": ("date_range", "yesterday"),
    "--zone": ("time_zone", "Europe/Berlin"),
    "--compression": ("compression", "gzip"),
    "--batch-size": ("batch_size", 7),
    "--max-reject-ratio": ("max_reject_ratio", 0.25),
    "--escape-formulas": ("csv_escape_formulas", False),
    "--metadata": ("include_metadata", False),
    "--split": ("split.mode", "random"),
    "--split-ratio": ("split.ratios", "train=0.5,test=0.5"),
    "--split-date": ("split.dates", ["test=2026-01-01"]),
    "--embargo": ("split.embargo_seconds", "1.5m"),
    "--split-by": ("split.by", "host_name"),
    "--split-stratify": ("split.stratify", "log_level"),
    "--unseen": ("split.unseen", 0.25),
    "--split-seed": ("split.seed", 7),
    "--labels": ("labels", True),
    "--label-window": ("labels.window_seconds.before", "1m,0"),
    "--assume-normal": ("labels.assume_normal", True),
    "--confirmed-only": ("labels.confirmed_only", True),
    "--labelled-only": ("labels.only", True),
    "--detector": ("labels.detectors", ["a"]),
    "--sample": ("sample.share", "10%"),
    "--stratify": ("sample.stratify", "log_level"),
    "--sample-seed": ("sample.seed", 7),
    "--order": ("order.by", "shuffle"),
    "--order-seed": ("order.seed", 7),
    "--templates": ("templates", True),
    "--sequences": ("sequences.mode", "session"),
    "--sequence-size": ("sequences.size", 20),
    "--sequence-step": ("sequences.step", 10),
    "--sequence-unit": ("sequences.unit", "seconds"),
    "--sequence-gap": ("sequences.gap_seconds", "90s"),
    "--sequence-max-length": ("sequences.max_length", 9),
    "--sequence-drop-last": ("sequences.drop_last", False),
    "--deduplicate": ("deduplicate.mode", "burst"),
    "--burst-seconds": ("deduplicate.burst_seconds", 5),
    "--privacy": ("privacy.addresses", "token"),
    "--ipv4-prefix": ("privacy.ipv4_prefix", 16),
    "--ipv6-prefix": ("privacy.ipv6_prefix", 32),
    "--identifiers": ("privacy.identifiers", "mac, user"),
    "--keep-secrets": ("privacy.secrets", True),
    "--drop-scope": ("privacy.drop_scope", True),
    "--renumber-ids": ("privacy.renumber_ids", True),
    "--shift-times": ("privacy.shift_times", True),
    "--shift-group": ("privacy.shift_group", "lab"),
    "--known-values": ("privacy.known_values", True),
    "--k-anonymity": ("privacy.k_anonymity", ["message"]),
    "--privacy-context": ("privacy.context", "Acme Corp"),
    "--privacy-rules": ("privacy.rules.columns", str(Path(__file__).with_name("privacy_rules.json"))),
}


def leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Yield the paths of all fields that have no fields of their own."""
    for name, info in model.model_fields.items():
        part = model_in(info.annotation)
        if part is None:
            yield f"{above}{name}"
        else:
            yield from leaves(part, f"{above}{name}.")


def field_default(path: str) -> Any:
    """Return the default of a field; None if it has none."""
    *parents, name = path.split(".")
    info = fields_at(ExportConfig, parents)[name]
    return None if info.is_required() else info.get_default(call_default_factory=True)


def value_at(config: ExportConfig, path: str) -> Any:
    value: Any = config.as_json()
    for name in path.split("."):
        value = value[name]
    return value


def build(given: Mapping[str, Any], fields: Mapping[str, Any]) -> ExportConfig:
    settings = [f"{path}={json.dumps(value)}" for path, value in fields.items()]
    if "--data-type" not in given and "data_types" not in fields:
        settings.append('data_types=["logs"]')
    return ConfigRequest(None, given, settings).build()


def test_each_field_of_the_config_is_listed_here() -> None:
    assert set(leaves(ExportConfig)) == FIELDS.keys()


@pytest.mark.parametrize("path", FIELDS)
def test_each_field_can_be_set(path: str) -> None:
    value, needs = FIELDS[path]
    assert value != field_default(path)
    assert value_at(build({}, {**needs, path: value}), path) == value


def test_each_option_is_listed_here() -> None:
    assert {option.name for option in OPTIONS} == GIVEN.keys()


@pytest.mark.parametrize("name", GIVEN)
def test_each_option_sets_its_field(name: str) -> None:
    path, given = GIVEN[name]
    value, needs = FIELDS.get(path, (None, {}))
    config = build({name: given}, needs)
    if value is None:
        assert config == build({}, {path: given})
    else:
        assert value_at(config, path) == value


@pytest.mark.parametrize("command", OWN)
def test_a_command_has_all_its_options(command: str) -> None:
    loaded = LazyCommand(name=command, callback=None).load()
    names = {"/".join([*parameter.opts, *parameter.secondary_opts]) for parameter in loaded.params}
    assert names == {*SHARED, *OWN[command]}


def test_an_option_takes_type_description_and_default_from_its_field() -> None:
    (seed,) = (option for option in OPTIONS if option.name == "--split-seed")
    assert seed.annotation == int | None
    assert seed.text == f"{seed.info.description} [default: 0]"
    (mode,) = (option for option in OPTIONS if option.name == "--split")
    assert mode.choices() == ["none", "time", "group", "time_group", "random"]
