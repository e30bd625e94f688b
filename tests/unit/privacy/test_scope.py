"""What a private dataset still reveals, and how the scope of addresses is left out."""

from dataclasses import replace

import polars as pl
import pyarrow as pa
import pytest

from lumber.catalog.registry import get_kind
from lumber.dataset.privacy_risks import privacy_risks
from lumber.dataset.sections import rule_section
from lumber.privacy.rule import AddressMode
from lumber.privacy.scope import without_scope
from tests.unit.privacy.rules import only, records, rule


def written(name: str, *columns: str):
    kind = get_kind(name)
    return replace(kind, schema=pa.schema([kind.schema.field(each) for each in columns]))


def test_the_scope_becomes_null_and_nothing_else_changes() -> None:
    kind = get_kind("ips")
    frame = records("ips", {"address": "10.0.0.1"}, {"address": "77.12.30.198"})
    batch = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(kind.schema).to_batches()[0]
    assert batch.column("ip_scope").to_pylist() == ["private", "global"]
    assert without_scope(batch, kind, rule()) is batch
    dropped = without_scope(batch, kind, rule(drops_scope=True))
    assert dropped.schema == kind.schema
    assert dropped.column("ip_scope").to_pylist() == [None, None]
    assert dropped.drop_columns(["ip_scope"]) == batch.drop_columns(["ip_scope"])
    logs = get_kind("logs")
    lines = records("logs", {"message": "x"}).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(logs.schema)
    (line,) = lines.to_batches()
    assert without_scope(line, logs, rule(drops_scope=True)) is line


@pytest.mark.parametrize(
    ("made", "topics"),
    [
        (rule(), ["address_pairs", "pseudonyms", "scope", "times", "ids"]),
        (rule(drops_scope=True), ["address_pairs", "pseudonyms", "times", "ids"]),
        (rule(addresses=AddressMode.TRUNCATE), ["networks", "pseudonyms", "scope", "times", "ids"]),
        (only(addresses=AddressMode.DROP), ["scope", "times", "ids"]),
        (only(addresses=AddressMode.KEEP, removes_secrets=True), ["addresses", "scope", "times", "ids"]),
    ],
)
def test_the_risks_are_those_of_the_rule(made, topics: list[str]) -> None:
    found = privacy_risks(made, [get_kind("ips")])
    assert list(found) == topics
    assert rule_section(made, [get_kind("ips")]).risks == found


def test_the_risks_are_those_of_the_written_columns() -> None:
    made = rule(addresses=AddressMode.TOKEN)
    assert list(privacy_risks(made, [written("ips", "address")])) == ["pseudonyms"]
    both = privacy_risks(made, [written("logs", "id", "timestamp", "message"), written("ips", "first_seen")])
    assert "logs.timestamp, ips.first_seen" in both["times"]
    assert "in logs.id:" in both["ids"]


def test_one_known_pair_tells_one_bit_more_than_is_shared() -> None:
    from ipaddress import IPv4Address

    from lumber.privacy.prefix_preserving import PrefixPreserving

    cipher = PrefixPreserving(rule().derived_key("ipcrypt-pfx"))
    known, other = IPv4Address("77.12.30.198"), IPv4Address("77.12.30.7")
    shared = 32 - (int(cipher.encrypt(known)) ^ int(cipher.encrypt(other))).bit_length()
    # The bit after the shared ones differs, so it is known as well.
    guess = (int(known) >> (31 - shared)) ^ 1
    assert int(other) >> (31 - shared) == guess
