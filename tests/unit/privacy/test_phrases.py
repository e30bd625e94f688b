"""Every declared phrase finds its example, and nothing is found in its counter-example."""

import re

import pytest

from lumber.privacy.found import HOST, USER
from lumber.privacy.phrases.finding import MAYBE_INNER, PHRASES, find_inner_hosts, maybe, name_detector
from lumber.privacy.phrases.phrase import Phrase

NAMES = name_detector((USER, HOST))
MARKED = re.compile("«([^»]*)»")


def found_in(text: str) -> list[str]:
    return [text[item.start : item.end] for item in NAMES(text, 0, len(text))]


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: f"{phrase.source}: {phrase.example[:40]}")
def test_a_phrase_finds_its_example_and_nothing_in_its_counter_example(phrase: Phrase) -> None:
    text = MARKED.sub(r"\1", phrase.example)
    match = phrase.compiled.search(text)
    assert match is not None
    assert any(mark in text.lower() for mark in phrase.marks)
    assert re.search(maybe(frozenset((USER, HOST))), text)
    expected = MARKED.findall(phrase.example)
    assert expected
    assert set(expected) <= set(found_in(text)), found_in(text)
    assert found_in(phrase.counter) == []


def test_the_end_of_a_hardware_address_is_no_host() -> None:
    assert found_in("changed ethernet address 10.0.0.1 d9:03:ae:b3:e5:4b (06:68:a3:00:8b:3a)") == []
    assert found_in("moved d9-03-ae-b3-e5-ab (06:68:a3:00:8b:3a)") == []


@pytest.mark.parametrize(
    "text",
    [
        *("«web-fra1-07»", "«prod-db12»", "«ns1.example.net»", "«DESKTOP-3HHGCK9»", "«PROXY-LAB-34»:443"),
        *("«aks-eupool-38936205-vmss162462»", "back/«web01»", "«mail2.acme.example.org»", "[«Bobs-iPhone»]"),
        *("nio-8080-exec-3", "app-12.3.js", "s3.amazonaws.com", "node_modules", "sha256", "sql2019", "db0"),
        *("ap-southeast-2", "api@docker", "pool-1-thread-2", "win-x64", "/srv/db12.log", "ws=1", "auth0"),
        *("host-1@x.example.net", "web01=up", "web-83920184-abcde", "cache-control", "log4j-2.17.1.jar"),
        *(
            "topic=node-01",
            "feature/db-12",
            "APP-42",
            "worker-12",
            "logging.level.internal",
            "mail.acme.local=x",
        ),
        *("«WIN-UJJHFEYO»", "«DESKTOP-BEDOINN»", "https://«db26.acme.example»:6443", "fail «db38»:/export"),
        *("using domain corp.example", "datacenter dc1", "«db07.corp.example»"),
        *("e936:db35:5427:4446::0971", "2001:db8::dc07", "dc07.abcd.efab"),
    ],
)
def test_hosts_are_found_by_the_form_of_their_names(text: str) -> None:
    plain = MARKED.sub(r"\1", text)
    found = [plain[item.start : item.end] for item in find_inner_hosts(plain, 0, len(plain))]
    assert found == MARKED.findall(text)
    assert not found or re.search(MAYBE_INNER, plain)
