"""The two files that say what processes and incidents write."""

import pytest

from lumber.ingest.sample.devices import ROLES
from lumber.ingest.sample.templates import Placeholder, load_incident_types, load_processes, parse_template

TEMPLATES = [
    *(template for process in load_processes() for template in process.templates),
    *(template for kind in load_incident_types() for template in kind.templates),
]


def test_a_line_is_weight_severity_and_text() -> None:
    template = parse_template("12 warning DROP SRC={outside.ip!d} DPT={port:1-99} {word:a|b}")
    assert (template.weight, template.severity.level) == (12, "WARNING")
    assert template.parts == (
        "DROP SRC=",
        Placeholder("outside.ip", "", True),
        " DPT=",
        Placeholder("port", "1-99", False),
        " ",
        Placeholder("word", "a|b", False),
    )
    assert template.data == (Placeholder("outside.ip", "", True),)


@pytest.mark.parametrize(
    ("spec", "is_number"),
    [
        ("1-9", True),
        ("10~900", True),
        ("200|404", True),
        ("7", True),
        ("a|b", False),
        ("hex8", False),
        ("", False),
    ],
)
def test_only_whole_numbers_are_numbers_in_structured_data(spec: str, is_number: bool) -> None:
    assert Placeholder("value", spec, True).is_number is is_number


def test_every_placeholder_can_be_drawn() -> None:
    for template in TEMPLATES:
        drawn = set()
        for part in template.parts:
            if isinstance(part, Placeholder):
                assert part.spec or "." in part.name or part.name in drawn, f"{part.name} has no values"
                drawn.add(part.name)


def test_structured_values_need_no_escape_in_json_or_on_the_wire() -> None:
    for template in TEMPLATES:
        for part in template.data:
            assert not set(part.spec) & set('"\\]')


def test_every_role_runs_processes_that_exist_and_every_process_runs_somewhere() -> None:
    known = {process.name for process in load_processes()}
    used = {name for _, processes in ROLES.values() for name in processes}
    assert used == known
    assert {kind.process for kind in load_incident_types()} <= known


def test_ordinary_lines_name_no_attacker() -> None:
    for process in load_processes():
        for template in process.templates:
            assert not any(
                isinstance(part, Placeholder) and "attacker" in part.name for part in template.parts
            )
