"""The corpus is well made, and what is counted is what happened to its values."""

import pytest

from benchmarks import privacy_quality
from benchmarks.privacy_corpus.comparison import compare
from benchmarks.privacy_corpus.grammar import CLASSES, HALVES, Context, Text, contexts, lines
from benchmarks.privacy_corpus.identifier_values import luhn_digit

TOKEN = "user_0123456789abcdef"


def made(template: str, column: str = "message") -> Text:
    rest = () if column == "message" else (("message", "m"),)
    context = Context("open", "d", ((column, template), *rest))
    return next(lines(context, 1)).texts[column]


def test_the_halves_have_no_context_in_common_and_enough_of_each_class() -> None:
    halves = {half: contexts(half) for half in HALVES}
    templates = {half: {context.template for context in found} for half, found in halves.items()}
    assert not templates["open"] & templates["held"]
    for half, found in halves.items():
        assert len(found) == len({(context.daemon, context.template) for context in found}) >= 400
        for kind in CLASSES:
            assert sum(f"«{kind}" in context.template for context in found) >= 3, (half, kind)


def test_every_context_makes_lines_whose_labels_are_in_order_and_in_the_text() -> None:
    for half in HALVES:
        for context in contexts(half):
            first, again = (list(lines(context, 2, seed=5)) for _ in range(2))
            assert first == again
            for text in (text for line in first for text in line.texts.values()):
                assert not {"«", "»", "¦"} & set(text.text), context
                ends = [at for span in text.spans for at in (span.start, span.end)]
                assert ends == sorted(ends)
                assert all(span.start < span.end <= len(text.text) for span in text.spans)


def test_a_marked_value_is_the_same_in_all_columns() -> None:
    context = Context(
        "open", "d", (("host_name", "«host-short#a»"), ("message", "at «host-short#a|upper» now"))
    )
    for line in lines(context, 5):
        assert line.texts["message"].text == f"at {line.texts['host_name'].text.upper()} now"


def test_labels_in_json_are_found_in_its_canonical_form() -> None:
    text = made('{"b": "«user»", "a": {"z": "«keep:x\\"y»"}}', "structured_data")
    (_, user) = text.spans
    assert text.text == '{"a":{"z":"x\\"y"},"b":"' + text.text[user.start : user.end] + '"}'


@pytest.mark.parametrize(
    ("template", "change", "gone", "damage"),
    [
        ("for «user» from", lambda text, value: text, [False], []),
        ("for «user» from", lambda text, value: text.replace(value, TOKEN), [True], []),
        ("for «user» from", lambda text, value: text.replace("from", TOKEN), [False], ["user"]),
        ("ping «user», v1.2.3.4", lambda text, _: text.replace("1.2.3.4", "9.8.7.6"), [False], ["ipv4"]),
        ("a «mail» b", lambda text, value: text.replace("@", "_at_"), [False], []),
        ("a «mail» b", lambda text, value: text.replace(value.split("@")[1], TOKEN), [False], []),
        ("k «secret» of x", lambda text, value: text.replace(f"{value} of", "[removed]"), [True], ["secret"]),
        ("a «word» b", lambda text, value: text.replace(" b", " c"), [], ["other"]),
        ("pay «card»", lambda text, value: text.replace(value[:8], "xxxxxxxx"), [False], []),
        ("«any:Bearer »«secret-hex32»", lambda text, value: text, [False], []),
        ("«any:Bearer »«secret-hex32»", lambda text, value: "[secret:header]", [True], []),
        ("«any:Bearer »«secret-hex32»", lambda text, value: text.replace(value, "[removed]"), [True], []),
        ("say «any:root» twice", lambda text, value: text.replace("root", TOKEN), [], []),
    ],
)  # fmt: skip
def test_what_happened_to_values_and_to_the_rest_is_counted(template, change, gone, damage) -> None:
    text = made(template)
    values = [text.text[span.start : span.end] for span in text.spans if span.kind in CLASSES]
    compared = compare(text, change(text.text, *(values or [""])))
    assert [found.is_gone for found in compared.found] == gone
    assert [item.kind for item in compared.damage] == damage


def test_the_table_replaces_what_is_between_its_marks(tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- privacy-quality: begin -->\nold\n<!-- privacy-quality: end -->\nb\n")
    corpus = list(lines(Context("open", "d", (("message", "for «user» from"),)), 2))
    figures = privacy_quality.tally(
        corpus, [{"message": line.texts["message"].text} for line in corpus]
    ).figures()
    privacy_quality.document(page, dict.fromkeys(HALVES, figures))
    text = page.read_text()
    assert "old" not in text
    assert "| user | 2 | 0.000 | 1.000 | 2 | 0.000 | 1.000 |" in text
    assert (text[:6], text[-6:]) == ("a\n<!--", "-->\nb\n")
    page.write_text("no marks")
    with pytest.raises(ValueError, match="doesn't have the lines"):
        privacy_quality.document(page, dict.fromkeys(HALVES, figures))


def test_check_digits_are_those_of_the_standard() -> None:
    assert luhn_digit("7992739871") == "3"
