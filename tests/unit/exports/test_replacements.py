"""What a preview says that a private export would replace."""

import polars as pl

from lumber.catalog.registry import get_kind
from lumber.exports.replacements import replaced
from tests.unit.privacy.rules import records, rule

MESSAGE = "Failed password for bob from 77.12.30.198 port 22 ssh2"


def found(*rows, has_examples: bool = True, **changes):
    kind = get_kind("logs")
    frame = records("logs", *rows)
    batch = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(kind.schema).to_batches()[0]
    return replaced(batch, kind, rule(**changes), has_examples=has_examples)


def test_replacements_are_counted_by_column_and_type_with_examples() -> None:
    rows = [{"message": MESSAGE, "device_ip": "192.0.2.9", "host_name": "web1"}] * 3
    changed, replacements = found(*rows, {"message": "nothing of it from web1", "host_name": "web1"})
    assert changed.num_rows == 4
    counted = {(each.column, each.type): each.values for each in replacements}
    assert counted["message", "address"] == counted["message", "user"] == 3
    assert counted["message", "host"] == 1
    assert counted["host_name", "host"] == 4
    assert counted["device_ip", "address"] == 3
    of_type = {(each.column, each.type): each.examples for each in replacements}
    (example,) = of_type["message", "user"]
    # Of the message, only the part that changes.
    assert example.before == "… bob from 77.12.30.198 …"
    assert example.after is not None
    assert example.after.startswith("… user_")
    assert (of_type["host_name", "host"][0].before, len(of_type["host_name", "host"])) == ("web1", 1)
    (other,) = of_type["message", "host"]
    assert other.before == "… web1"


def test_examples_can_be_left_out() -> None:
    _, replacements = found({"message": MESSAGE}, has_examples=False)
    assert [each.examples for each in replacements] == [[], []]


def test_a_value_that_is_dropped_becomes_null() -> None:
    from lumber.privacy.own_rules import ColumnAction, OwnRules

    own = OwnRules(columns=(("host_name", ColumnAction.DROP),))
    _, replacements = found({"message": "x", "host_name": "web1"}, own=own)
    (each,) = replacements
    assert (each.column, each.type, each.values) == ("host_name", "own:host_name", 1)
    assert (each.examples[0].before, each.examples[0].after) == ("web1", None)
