"""A column that is rewritten together becomes what each of its texts becomes by itself."""

from __future__ import annotations

import json
import random
from collections import Counter

import polars as pl
import pytest

from benchmarks.privacy_corpus.grammar import contexts, lines
from lumber.catalog.registry import get_kind
from lumber.privacy import together
from lumber.privacy.found import Counts, Names
from lumber.privacy.judged import Judged
from lumber.privacy.pseudonymizer import Pseudonymizer, _NamesOfRows
from lumber.privacy.recipes import MAX_PARTS
from lumber.privacy.rule import AddressMode, PrivacyRule
from tests.unit.privacy.rules import rule
from tests.unit.privacy.shape_samples import SAMPLES
from tests.unit.privacy.test_shapes import _HEADS, _HOSTS, _SEED, _of_one_shape, _varied

_ODD = (
    *(
        "",
        " ",
        "  ",
        "\x03",
        "\x03from 8.8.4.4",
        "from 8.8.4.4",
        "\x02",
        "\x01a",
        "a\nb 8.8.4.4 c",
        "\t8.8.4.4\t",
    ),
    *("é 8.8.4.4 für bob", "user%20bob", "user \\u0062ob", "#0128.8.4.4", "8.8.4.4" * 700, "x " * MAX_PARTS),
    *(
        "1 " * (MAX_PARTS - 1),
        "8.8.4.4 " * (MAX_PARTS + 1),
        "K user bob",
        "Jan  5 10:21:00 ",
        "Jan  5 10:21:00  x",
    ),
    *(
        "Jan  5 10:21:00 web-annex-07",
        "Jan  5 10:21:00 web-annex-07 ",
        "<1>Jan  5 10:21:00 web-annex-07 web-annex-07",
    ),
)


def _column(
    pseudonymizer: Pseudonymizer, texts: list[str], hosts: list[str | None]
) -> tuple[list[str], Counts]:
    """Return the texts of rows with these hosts as `Together` rewrites them."""
    counts: Counts = Counter()
    names = _NamesOfRows(pl.DataFrame({"host": pl.Series(hosts, dtype=pl.String)}), ["host"])
    column = pl.Series("text", texts, pl.String)
    changed = pseudonymizer._rewritten(column, names, counts, pseudonymizer._texts_together)
    return changed.to_list(), counts


def _alone(one_rule: PrivacyRule, texts: list[str], names: list[Names]) -> tuple[list[str], Counts]:
    slow = Pseudonymizer(one_rule)
    slow._rewriter._pieces.is_used = False
    counts: Counts = Counter()
    return [slow._rewriter.whole_text(*both, counts) for both in zip(texts, names, strict=True)], counts


def _checked(given: list[str], expected: list[str], texts: list[str]) -> None:
    wrong = [
        (text, one, other) for text, one, other in zip(texts, given, expected, strict=True) if one != other
    ]
    assert not wrong, "\n".join(map(str, wrong[:20]))


def _bodies() -> list[str]:
    bodies = [
        text.text
        for context in contexts("open")[::20]
        for line in lines(context, 1)
        for text in line.texts.values()
    ]
    return [*bodies, *SAMPLES]


@pytest.mark.parametrize(
    "mode", [AddressMode.PREFIX_PRESERVING, AddressMode.TRUNCATE, AddressMode.TOKEN, AddressMode.KEEP]
)
def test_texts_become_together_what_they_become_alone(mode: AddressMode) -> None:
    bodies = _bodies() if mode is AddressMode.PREFIX_PRESERVING else list(SAMPLES)
    texts = [*_of_one_shape(bodies), *_ODD, *SAMPLES]
    random.Random(_SEED).shuffle(texts)
    one_rule = rule(addresses=mode)
    pseudonymizer, given, counts = Pseudonymizer(one_rule), [], Counter[str]()
    # In two batches: the second one knows most shapes.
    for part in (texts[: len(texts) // 2], texts[len(texts) // 2 :]):
        news, found = _column(pseudonymizer, part, [None] * len(part))
        given += news
        counts += found
    expected, alone = _alone(one_rule, texts, [()] * len(texts))
    _checked(given, expected, texts)
    assert +counts == +alone


def test_lines_with_heads_become_together_what_they_become_alone() -> None:
    chance = random.Random(_SEED)
    texts, hosts = [], []
    for body in [*_bodies()[::3], *_ODD]:
        for _ in range(5):
            names = chance.choice(_HOSTS)
            head = chance.choice(_HEADS).format(chance.randrange(9), chance.randrange(9))
            host = chance.choice(names)
            texts.append(head + chance.choice((host, host.upper())) + " " + _varied(body, chance))
            # Some rows have another host than their text.
            hosts.append(chance.choice((names[-1], names[-1], names[-1], "web-annex-07.example.net", None)))
    pseudonymizer = Pseudonymizer(rule())
    given, counts = _column(pseudonymizer, texts, hosts)
    known = _NamesOfRows(pl.DataFrame({"host": pl.Series(hosts, dtype=pl.String)}), ["host"])
    names_of_rows = [known.of(number) for number in known._numbers.to_list()]
    expected, alone = _alone(rule(), texts, names_of_rows)
    _checked(given, expected, texts)
    assert +counts == +alone


def test_documents_become_together_what_they_become_alone() -> None:
    documents = [
        json.dumps(document, separators=(",", ":"), sort_keys=True)
        for document in (
            {"src_ip": "10.0.0.1", "port": 443, "user": "alice"},
            {"message": "from 8.8.4.4 port 22 user bob", "mac": "00:11:22:33:44:55"},
            {"10.0.0.1": 1, "10.0.0.2": [1, 2, "8.8.4.4:443"]},
            {"note": 'a "quoted" 8.8.4.4', "path": "C:\\x"},
        )
    ]
    texts = [*_of_one_shape(documents), "not json 8.8.4.4", "", '"8.8.4.4"']
    pseudonymizer, slow = Pseudonymizer(rule()), Pseudonymizer(rule())
    slow._rewriter._pieces.is_used = False
    names = _NamesOfRows(pl.Series("text", texts).to_frame(), [])
    column = pl.Series("text", texts, pl.String)
    counts: Counts = Counter()
    alone: Counts = Counter()
    given = pseudonymizer._rewritten(column, names, counts, pseudonymizer._documents_together).to_list()
    _checked(given, [slow._rewriter.json(text, (), alone) for text in texts], texts)
    assert +counts == +alone


def test_of_many_texts_of_a_shape_only_the_first_is_rewritten_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pseudonymizer = Pseudonymizer(rule())
    asked: list[str] = []
    whole = pseudonymizer._texts._rewrite
    monkeypatch.setattr(
        pseudonymizer._texts, "_rewrite", lambda text, *others: asked.append(text) or whole(text, *others)
    )
    texts = [f"refused 8.8.{n // 200}.{n % 200} port 443 for bob" for n in range(2_000)]
    given, counts = _column(pseudonymizer, texts, [None] * len(texts))
    assert len(asked) == 1
    assert counts["address"] == 2_000
    assert len(set(given)) == 2_000
    assert not any("8.8." in text and text in texts for text in given)


def test_numbers_of_shapes_begin_anew_before_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_MAX_SHAPES", 10)
    pseudonymizer = Pseudonymizer(rule())
    texts = [f"{'x' * n} from 8.8.4.{n} word{'y' * n}" for n in range(1, 40)]
    for _ in range(3):
        given, _ = _column(pseudonymizer, texts, [None] * len(texts))
        expected, _ = _alone(rule(), texts, [()] * len(texts))
        assert given == expected


def test_the_batch_of_a_kind_becomes_what_its_rows_become_alone() -> None:
    logs = get_kind("logs")
    rows = [
        {"host_name": f"web-annex-{n % 3:02d}", "message": f"session {n} of bob from 8.8.4.{n % 7}"}
        | {"raw_message": f"<13>Jan  5 10:21:{n:02d} web-annex-{n % 3:02d} sshd[{n}]: bob from 8.8.4.{n % 7}"}
        for n in range(60)
    ]
    frame = pl.DataFrame(rows)
    together_, counts = Pseudonymizer(rule()).apply(frame, logs)
    alone = [Pseudonymizer(rule()).apply(frame[n], logs) for n in range(60)]
    assert together_.equals(pl.concat([one for one, _ in alone]))
    assert +counts == +sum((found for _, found in alone), Counter())


def test_judged_texts_are_known_however_they_were_added() -> None:
    judged = Judged()
    asked = pl.Series(["one 0", "one 4999", "many 0", "many 7999", "other", "json"])
    assert judged.not_in(asked).all()
    for number in range(5_000):
        judged.add(f"one {number}")
    judged.add_all(pl.Series([f"many {number}" for number in range(8_000)]))
    judged.add("json", is_json=True)
    assert judged.not_in(asked).to_list() == [False, False, False, False, True, True]
    assert judged.not_in(pl.Series(["json", "one 0"]), is_json=True).to_list() == [False, True]


def test_a_text_beyond_the_limit_is_judged_again() -> None:
    judged = Judged(limit=10)
    for text in ("a", "b"):
        judged.add_all(pl.Series([f"{text}{number}" for number in range(8)]))
    assert judged.not_in(pl.Series(["a7", "b1", "b2", "b7"])).to_list() == [False, False, True, True]
