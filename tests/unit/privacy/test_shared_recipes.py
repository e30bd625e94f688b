"""What one worker learned of a shape, the others know, and their texts become the same as by themselves."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from lumber.privacy import together
from lumber.privacy.found import Counts
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.rule import PrivacyRule
from lumber.steps.board import Board, set_board
from tests.unit.privacy.rules import rule
from tests.unit.privacy.shape_samples import SAMPLES
from tests.unit.privacy.test_shapes import _SEED, _of_one_shape
from tests.unit.privacy.test_together import _alone, _bodies, _checked, _column

_BYTES = 4 << 20


def _workers(*rules: PrivacyRule) -> list[Pseudonymizer]:
    """Return pseudonymizers that share a board, as those of as many workers do."""
    made = []
    board = Board.new(len(rules), _BYTES)
    assert board._file is not None
    for number, one_rule in enumerate(rules):
        view = Board(os.dup(board._file), len(rules), _BYTES)
        view.open()
        view._own = number  # locks are a process's
        set_board(view)
        made.append(Pseudonymizer(one_rule))
    set_board(None)
    return made


def _asked(worker: Pseudonymizer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that are rewritten by themselves from now on."""
    asked: list[str] = []
    whole = worker._texts._rewrite
    monkeypatch.setattr(
        worker._texts, "_rewrite", lambda text, *others: asked.append(text) or whole(text, *others)
    )
    return asked


@pytest.mark.parametrize("few", [0, 256])
@pytest.mark.parametrize("text", ["refused 8.8.4.{} port 2000 for bob", "user bob from 8.8.4.{} port 2000"])
def test_a_shape_is_learned_by_one_worker_only(text: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_FEW", few)
    first, second = _workers(rule(), rule())
    asked = _asked(second, monkeypatch)
    texts = [text.format(n) for n in range(50)]
    expected, _ = _column(first, texts, [None] * 50)
    assert _column(second, texts, [None] * 50)[0] == expected
    assert asked == []
    _column(second, ["another 8.8.4.4 of bob"], [None])
    assert asked == ["another 8.8.4.4 of bob"]


def test_another_rule_learns_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = _workers(rule(), rule(context="another"))
    asked = _asked(second, monkeypatch)
    text = "refused 8.8.4.4 port 1000 for bob"
    assert _column(first, [text], [None])[0] != _column(second, [text], [None])[0]
    assert asked == [text]


def test_an_address_that_only_one_worker_issued_is_in_no_recipe_of_another() -> None:
    """The scan of its file would take it for a real one."""
    texts = ["from:8.8.4.4, of bob", "peer 010.8.4.4 9.9.9.9:53 x-1.2.3.4 SRC=8.8.8.8 [8.8.4.4]:22 of bob"]
    first, second = _workers(rule(), rule())
    for text in [*texts, *SAMPLES]:
        _column(first, [text], [None])
    for text in [*texts, *SAMPLES]:
        (given,), _ = _column(second, [text], [None])
        assert second.scanner.text(given) == (), text


def test_texts_of_workers_that_share_become_what_they_become_alone() -> None:
    texts = [*_of_one_shape(_bodies()), *SAMPLES]
    random.Random(_SEED).shuffle(texts)
    workers = _workers(rule(), rule(), rule())
    given, counts = [], Counter[str]()
    for place in range(0, len(texts), 500):
        part = texts[place : place + 500]
        news, found = _column(workers[place // 500 % 3], part, [None] * len(part))
        given += news
        counts += found
    alone: Counts
    expected, alone = _alone(rule(), texts, [()] * len(texts))
    _checked(given, expected, texts)
    assert +counts == +alone
