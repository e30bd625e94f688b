"""What the quality report says of templates and sequences is short, and adds up."""

from lumber.dataset.table_counts import length_class, sequence_counts, template_counts


def test_templates_are_counted_by_how_many_rows_have_them() -> None:
    found = template_counts([1, 1, 1, 2, 9, 10, 250, None, 12_345])
    assert (found["templates"], found["uncounted"]) == (9, 1)
    assert found["by_rows"] == [
        {"from": 1, "to": 1, "templates": 3, "rows": 3},
        {"from": 2, "to": 9, "templates": 2, "rows": 11},
        {"from": 10, "to": 99, "templates": 1, "rows": 10},
        {"from": 100, "to": 999, "templates": 1, "rows": 250},
        {"from": 10_000, "to": 99_999, "templates": 1, "rows": 12_345},
    ]
    assert template_counts([]) == {"templates": 0, "uncounted": 0, "by_rows": []}


def test_lengths_are_counted_alone_while_they_are_short_and_then_in_classes() -> None:
    assert length_class(15) == (15, 15)
    assert [length_class(length) for length in (16, 17, 18, 100)] == [(16, 17), (16, 17), (18, 19), (96, 103)]
    for length in range(1, 5_000):
        smallest, largest = length_class(length)
        assert smallest <= length <= largest
        assert length_class(largest) == (smallest, largest) != length_class(largest + 1)
    assert len({length_class(length) for length in range(1, 1_000_000)}) < 160


def test_sequences_of_all_lengths_add_up() -> None:
    found = sequence_counts({3: 2, 16: 1, 17: 4})
    assert found == {
        "sequences": 7,
        "events": 6 + 16 + 68,
        "shortest": 3,
        "longest": 17,
        "by_length": [{"from": 3, "to": 3, "sequences": 2}, {"from": 16, "to": 17, "sequences": 5}],
    }
