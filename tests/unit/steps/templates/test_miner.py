"""TemplateMiner: what is mined, and that nothing but the rows shows in it."""

import pickle
import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.errors import ConfigError
from lumber.steps.templates import UNKNOWN, TemplateMatcher, TemplateMiner, TemplateOptions, fill
from lumber.steps.templates.masks import PATTERNS
from lumber.steps.templates.tokens import MAX_TOKEN_CHARACTERS, MAX_TOKENS
from tests.examples import examples
from tests.unit.steps.templates.mining import apply, mine, series, texts, times

WORDS = st.sampled_from(
    [
        "open",
        "close",
        "user",
        "root",
        "eth0",
        "10.0.0.1",
        "42",
        "-7",
        "0xff",
        "<*>",
        "<num>",
        "<unk>",
        "\x01",
        "a=1",
        "é",
        "::1",
        '"a',
        'b"',
        "/var/log",
        "x<rest>",
        "12:34:56",
        "deadbeef01",
        "\x1f",
        "\x85x",
    ]
)
ANY_MESSAGE = st.one_of(
    st.lists(WORDS, max_size=8).map(" ".join),
    st.lists(WORDS, max_size=4).map("".join),
    st.text(max_size=40),
)
# A length first: lists alone are mostly short.
MESSAGES = st.integers(0, 30).flatmap(lambda length: st.lists(ANY_MESSAGE, min_size=length, max_size=length))
OPTIONS = st.builds(
    TemplateOptions,
    masks=st.sets(st.sampled_from(list(PATTERNS))).map(tuple),
    similarity=st.sampled_from([0.0, 0.4, 0.6, 1.0]),
    prefix_tokens=st.integers(1, 4),
    max_children=st.integers(1, 4),
    max_groups=st.integers(1, 4),
)


def test_values_become_slots_and_words_that_differ_become_wildcards():
    table = mine(
        [
            "Accepted password for root from 10.0.0.1 port 22",
            "Accepted password for alice from 10.0.0.2 port 4022",
            "Connection closed",
        ]
    )
    assert [(one.text, one.count) for one in table.templates] == [
        ("Accepted password for <*> from <ip> port <num>", 2),
        ("Connection closed", 1),
    ]
    accepted = table.templates[0]
    assert (accepted.first_us, accepted.last_us) == (0, 1_000_000)


def test_an_id_is_a_hash_of_the_template_alone():
    alone = mine(["link eth0 up after 5 s"])
    among_others = mine([*(f"other words {n}" for n in range(9)), "link eth0 up after 7 s"])
    assert texts(alone) == {"t_6b982242f9cb8e2e": "link eth0 up after <num> s"}
    assert "t_6b982242f9cb8e2e" in texts(among_others)


@given(MESSAGES, OPTIONS)
def test_every_message_of_train_has_a_template_that_gives_it_back(
    messages: list[str], options: TemplateOptions
):
    table = mine(messages, options)
    for message, (text, values) in zip(messages, apply(table, messages), strict=True):
        assert text != UNKNOWN
        assert values is not None
        assert fill(text, values).split() == message.split()


@given(MESSAGES, OPTIONS)
def test_counts_and_times_are_those_of_the_rows(messages: list[str], options: TemplateOptions):
    table = mine(messages, options)
    rows = (
        TemplateMatcher(table).apply(series(messages)).with_columns(time=times(len(messages)).cast(pl.Int64))
    )
    expected = {
        name: (count, first, last)
        for name, count, first, last in rows.group_by("template_id")
        .agg(pl.len(), pl.min("time").alias("first"), pl.max("time").alias("last"))
        .iter_rows()
    }
    assert {one.id: (one.count, one.first_us, one.last_us) for one in table.templates} == expected


@given(MESSAGES, OPTIONS, st.randoms(use_true_random=False), st.integers(1, 7), st.integers(1, 4))
def test_batches_their_order_and_partitions_do_not_show(
    messages: list[str], options: TemplateOptions, chance: random.Random, batch: int, partitions: int
):
    starts = list(range(0, len(messages), batch))
    chance.shuffle(starts)
    miners = [TemplateMiner(options) for _ in range(partitions)]
    for start in starts:
        part = messages[start : start + batch]
        chance.choice(miners).fit_batch(series(part), times(len(part), start))
    for other in miners[1:]:
        miners[0].merge(pickle.loads(pickle.dumps(other)))
    assert miners[0].finish() == mine(messages, options)


@given(MESSAGES, MESSAGES)
@examples(25)
def test_a_match_depends_on_table_and_message_only(train: list[str], messages: list[str]):
    table = mine(train, TemplateOptions(similarity=0.3))
    together = TemplateMatcher(table).apply(series([*messages, *train, *messages])).rows()
    each = [TemplateMatcher(table).apply(series([text])).row(0) for text in messages]
    assert together[: len(messages)] == each
    assert together[len(messages) + len(train) :] == each


def test_the_earliest_messages_are_kept_and_counts_are_not_claimed_when_there_are_too_many():
    messages = [f"{word} went away" for word in ("one", "two", "three", "four", "one")]
    options = TemplateOptions(max_distinct=2, similarity=1.0)
    whole = mine(messages, options)
    assert {(one.text, one.count, one.first_us, one.last_us) for one in whole.templates} == {
        ("one went away", None, 0, None),
        ("two went away", None, 1_000_000, None),
    }
    backwards = TemplateMiner(options)
    for place in reversed(range(len(messages))):
        part = TemplateMiner(options)
        part.fit_batch(series([messages[place]]), times(1, place))
        backwards.merge(part)
    assert backwards.finish() == whole
    overfull = TemplateMiner(options)
    overfull.fit_batch(series(messages), times(len(messages)))
    overfull.finish()
    merged = TemplateMiner(options)
    merged.merge(overfull)
    assert merged.finish() == whole


def test_no_more_templates_than_allowed_and_the_rest_is_unknown():
    messages = ["alpha beta", "gamma delta", "epsilon zeta", "alpha iota"]
    table = mine(messages, TemplateOptions(max_templates=2, prefix_tokens=1, similarity=1.0))
    assert set(texts(table).values()) == {"alpha <*>", "gamma delta"}
    assert apply(table, messages) == [
        ("alpha <*>", ["beta"]),
        ("gamma delta", []),
        (UNKNOWN, None),
        ("alpha <*>", ["iota"]),
    ]


def test_a_full_prefix_takes_messages_into_the_group_most_alike():
    messages = [f"job {word} {word} done" for word in ("a", "b", "c", "d")]
    table = mine(messages, TemplateOptions(max_groups=2, prefix_tokens=1, similarity=1.0))
    assert len(table.templates) == 2
    assert all(text != UNKNOWN for text, _ in apply(table, messages))


def test_long_tokens_and_long_messages_are_values():
    token, rest = "x" * (MAX_TOKEN_CHARACTERS + 1), "tail " * 5 + "7"
    message = f"{token} " + "w " * (MAX_TOKENS - 1) + rest
    table = mine([message])
    text, values = apply(table, [message])[0]
    assert text == "<*> " + "w " * (MAX_TOKENS - 1) + "<rest>"
    assert values == [token, rest]
    assert fill(text, values) == message


PIECES = ("a", "1", '"', "\x01", "\u2028", "é1 ")


@pytest.mark.parametrize(
    "piece",
    ["1 ", "<*> ", *(pytest.param(piece, marks=pytest.mark.slow) for piece in PIECES)],
)
def test_a_message_of_a_million_characters_comes_back_whole(piece: str):
    message = piece * (1_000_000 // len(piece))
    table = mine([message, "short"], TemplateOptions(masks=tuple(PATTERNS)))
    text, values = apply(table, [message])[0]
    assert len(text) < 20_000
    assert values is not None
    assert fill(text, values).split() == message.split()


def test_a_null_is_passed_over_and_matches_nothing():
    table = mine([None, "a"])
    assert [(one.text, one.count) for one in table.templates] == [("a", 1)]
    assert apply(table, [None, "a"]) == [(UNKNOWN, None), ("a", [])]


def test_an_empty_message_has_a_template():
    table = mine(["", " \t"])
    assert [(one.text, one.count) for one in table.templates] == [("", 2)]
    assert apply(table, [" "]) == [("", [])]


def test_nothing_mined_matches_nothing():
    assert apply(mine([]), ["a"]) == [(UNKNOWN, None)]


def test_bad_options_are_refused_all_at_once():
    with pytest.raises(ConfigError) as caught:
        TemplateOptions(masks=("nums",), similarity=1.1, max_groups=0)
    assert [problem.field for problem in caught.value.problems] == ["masks", "similarity", "max_groups"]


def test_lines_with_different_kept_texts_have_different_templates() -> None:
    lines = [f"request of user{n} ended with status {code} here" for n in range(4) for code in (200, 404)]
    together = mine(lines, TemplateOptions(masks=(), similarity=0.5))
    assert [template.text for template in together.templates] == ["request of <*> ended with status <*> here"]
    options = TemplateOptions(masks=("num",), similarity=0.5, keep=("200", "404"))
    apart = mine(lines, options)
    assert {template.text for template in apart.templates} == {
        f"request of <*> ended with status {code} here" for code in (200, 404)
    }
    # No wildcard and no number stands for a kept text that train has not shown in this place.
    table = mine(["a job of 1", "a job of 2", "a job of x"], TemplateOptions(keep=("404",), similarity=0.5))
    assert apply(table, ["a job of 404", "a job of 405"]) == [("<unk>", None), ("a job of <*>", ["405"])]


def test_values_of_custom_masks_are_parameters() -> None:
    table = mine(
        ["paid ORD-1 by 7", "paid ORD-22 by 8"], TemplateOptions(custom_masks=(("order", r"ORD-\d+"),))
    )
    assert apply(table, ["paid ORD-333 by 9"]) == [("paid <:order:> by <num>", ["ORD-333", "9"])]
    assert fill("paid <:order:> by <num>", ["ORD-333", "9"]) == "paid ORD-333 by 9"
