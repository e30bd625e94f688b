"""Names beside signs that look like something else: domains of Windows, mail at a host, placeholders."""

import json
import re
from typing import Any

import pytest

from lumber.catalog.registry import get_kind
from lumber.privacy.finder import TextFinder
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.rule import Identifier
from tests.unit.privacy.rules import records, rule

RULE = rule(identifiers=frozenset(Identifier))
FINDER = TextFinder(RULE)


def found(text: str) -> list[str]:
    """What is found in a text, phrases first."""
    items = [*FINDER.phrases(text), *FINDER.words(text)]
    return [text[item.start : item.end] for item in items]


def rewritten(**row: Any) -> dict[str, Any]:
    """What an export writes for a row of logs."""
    changed, _ = Pseudonymizer(RULE).apply(records("logs", row), get_kind("logs"))
    return changed.to_dicts()[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (r"logon of CORP\bob failed", "bob"),
        (r"4625 CORP\nadia from 192.0.2.1", "nadia"),
        (r"Login succeeded for user 'CORP\\tom'. Connection made", "tom"),
        (r"Session logon succeeded:  User: CORP\A.Moreau  Session ID: 3", "A.Moreau"),
        (r"user=Corp\Alice logged off", "Alice"),
    ],
)
def test_a_user_of_windows_keeps_its_first_letter_and_its_domain(text: str, name: str) -> None:
    assert found(text)[0] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [(r"user=bob\nnext line", "bob"), (r"login of ada\tfailed, user=ada\tx", "ada")],
)
def test_an_escape_after_a_name_ends_it(text: str, name: str) -> None:
    assert name in found(text)
    assert not any("\\" in value for value in found(text))


@pytest.mark.parametrize(
    "mail", ["bob@mail04.example.org", "20260302.4F6A1@worker-eu-04.example.net", "a'b@db-prod-07.corp.lan"]
)
def test_mail_at_a_host_is_one_value(mail: str) -> None:
    assert found(f"to=<{mail}>, relay=local") == [mail]


def test_a_host_after_a_password_is_one_of_its_own() -> None:
    text = "push https://ann:tuna77x@web02.corvus.test/app.git"
    written = rewritten(message=text)["message"]
    assert re.fullmatch(r"push https://\[secret:url_password\]@host_[0-9a-f]{16}/app\.git", written)


def test_fields_of_json_ask_the_words_that_name_nobody() -> None:
    text = '{"visitor":{"host":"default","user":"anonymous"},"host":"saturn","user":"ann"}'
    written = json.loads(rewritten(message="x", structured_data=text)["structured_data"])
    assert written["visitor"] == {"host": "default", "user": "anonymous"}
    assert written["host"].startswith("host_")
    assert written["user"].startswith("user_")


@pytest.mark.parametrize(
    "text",
    [
        "agent.server.serf.lan: serf: joined",
        "web.default.svc.cluster.local is a service",
        "connected to upstream XDS server: istiod.istio-system.svc:15012",
        "module.vpc.aws_subnet.private[2]: Refreshing",
        "HostName=ConsoleHost HostId=8d5f1c2e-4a3b-4000-8000-00a5c0e0b0d0",
        "DHCPREQUEST(br-lan) begins",
        "connected to server successfully",
        'WHERE "users"."login" = $1 LIMIT 1',
        "last_login=2022-06-14T19:40:38.603Z",
        '"logName":"projects/acme/logs/activity"',
        '"username":"system:serviceaccount:kube-system:replicaset-controller"',
        "Authentication failure for SNMP req",
    ],
)
def test_services_members_and_placeholders_stay(text: str) -> None:
    assert found(text) == []
