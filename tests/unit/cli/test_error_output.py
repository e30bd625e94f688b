"""What a command prints about an error."""

import json

import pytest

from lumber.cli.output import Output
from lumber.errors import FieldProblem, PolicyRefused, PolicyVersion


def test_a_refusal_of_a_policy_names_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    policy = PolicyVersion("p1", "support", 2)
    problems = [
        FieldProblem("data_types", "ips", "isn't allowed", ("logs",)),
        FieldProblem("sample", 5, "no"),
    ]
    Output(as_json=True).error(PolicyRefused(policy, problems))
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert error["code"] == "policy_refused"
    assert [(field["field"], field["value"], field["allowed"]) for field in error["fields"]] == [
        ("data_types", "ips", ["logs"]),
        ("sample", 5, []),
    ]
    assert printed.err.count("error: ") == 2
