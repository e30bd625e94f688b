"""A sample of the labelled corpus guards what the rules find and leave alone, class by class.

The sample has one line of each context of the open half, and of those in `grammars/daemons`.
`python -m benchmarks --only privacy-quality` measures all of the open half, and shows the misses. When rules
improve, raise the floors.
"""

import json

import pytest

from benchmarks.privacy_corpus.grammar import CLASSES, contexts, lines
from benchmarks.privacy_quality import Tally, tally
from lumber.catalog.registry import get_kind
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.rule import Identifier
from tests.unit.privacy.rules import records, rule

# Recall and precision of each class.
FLOORS = {
    "ipv4": (1, 1),
    "ipv6": (1, 1),
    "mac": (1, 1),
    "mail": (1, 1),
    "user": (1, 0.99),
    "host": (1, 1),
    "secret": (1, 1),
    "card": (1, 1),
    "iban": (1, 1),
    "phone": (1, 1),
    "national_id": (1, 1),
    "coordinates": (1, 1),
}
# Replacements that stand for no class.
MOST_OTHER = 0


def written(half: str) -> Tally:
    """Rewrite one line of each context and compare."""
    corpus = [line for context in contexts(half) for line in lines(context, 1)]
    rows = [
        {column: text.text for column, text in line.texts.items()} | {"process_name": line.context.daemon}
        for line in corpus
    ]
    changed, _ = Pseudonymizer(rule(identifiers=frozenset(Identifier))).apply(
        records("logs", *rows), get_kind("logs")
    )
    return tally(corpus, changed.to_dicts())


@pytest.fixture(scope="module")
def found() -> Tally:
    return written("open")


@pytest.mark.parametrize("kind", CLASSES)
def test_recall_and_precision_stay_above_their_floors(found: Tally, kind: str) -> None:
    recall, precision = FLOORS[kind]
    figures = found.figures()["classes"][kind]
    missed = [f"{item}" for items in found.misses[kind].values() for item in items]
    damaged = [f"{item}" for items in found.damage[kind].values() for item in items]
    assert figures["values"] >= 3
    assert figures["recall"] >= recall, json.dumps([figures, *missed], indent=1)
    assert figures["precision"] >= precision, json.dumps([figures, *damaged], indent=1)


def test_nothing_else_is_replaced(found: Tally) -> None:
    assert found.damaged["other"] <= MOST_OTHER, found.damage["other"]


def test_what_daemons_write_is_found_and_its_ids_and_words_stay() -> None:
    figures = written("daemons").figures()["classes"]
    assert figures["user"]["values"] > 400
    for kind in ("user", "host", "secret"):
        assert figures[kind]["recall"] >= 0.995, figures[kind]
        assert figures[kind]["precision"] >= 0.995, figures[kind]
