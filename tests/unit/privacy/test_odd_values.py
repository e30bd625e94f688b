"""Odd values of columns and fields: each is rewritten whole, and the scan has nothing against the result."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from lumber.catalog.registry import get_kind
from lumber.formats import Compression, WriteOptions, open_shard
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rule import AddressMode, Identifier
from lumber.privacy.shard_scan import scan_rejects, scan_shard
from lumber.privacy.step import PrivacyStep
from lumber.steps.validate import VALUE_LENGTH
from tests.unit.privacy.rules import only, records, rule

LOGS, IPS = get_kind("logs"), get_kind("ips")
MODES = list(AddressMode)
REPLACED = [mode for mode in MODES if mode is not AddressMode.KEEP]
ADDRESSES = (
    "::", "fdaa::1", "dead::beef", "10.9.8.7%10.9.9.9", "9.9.9.9%a@b.co", "fe80::1%eth0", "fe80::1%alicehost",
    "x password=hunter2x", "alicex@10.9.8.7", "alicehost (10.9.8.7)", "bobhost (10.9.8.7)", "10.9.8.7:80",
    "unknown, 10.9.8.7", "10.9.8.7, 10.9.9.9/24", "[2001:db8::77]:443", "10.9.8.7-20", "10.9.8.256, 10.9.8.7",
    "10.9.8.7 3232235777", "42",
    "fe80::1%eth0, 10.9.8.7", "02:5e:00:c4:7b:03", "1.2.3.4.5", "a.lice@example.com",
    "7.8.9.10.in-addr.arpa", "[secret:card]", "-", "unknown unknown", "\N{HORIZONTAL ELLIPSIS}",
)  # fmt: skip
REAL = (
    "10.9.8.7", "10.9.9.9", "10.9.8.256", "9.9.9.9", "a@b.co", "alice", "bobhost", "hunter2x",
    "dead::beef", "fdaa::1", "db8::77",
    "3232235777", "1.2.3.4", "02:5e", "7.8.9",
)  # fmt: skip


def rewritten(kind: Any, rows: list[dict[str, Any]], **changes: Any) -> list[dict[str, Any]]:
    """Rewritten records, which the scan calls clean."""
    pseudonymizer = Pseudonymizer(rule(**changes))
    frame, _ = pseudonymizer.apply(records(kind.name, *rows), kind)
    scanner = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued)
    found = scanner.frame(frame, contents(kind), kind.name)
    assert found == [], [rows[(item.row or 1) - 1] for item in found]
    return frame.to_dicts()


@pytest.mark.parametrize("mode", MODES)
def test_whatever_stands_in_an_address_column_is_rewritten(mode: AddressMode) -> None:
    rows = [{"device_id": "alicehost", "device_ip": value, "host_name": value} for value in ADDRESSES]
    for row in rewritten(LOGS, rows, addresses=mode):
        shown = f"{row['device_ip']} {row['host_name']}"
        assert mode is AddressMode.KEEP or not any(real in shown for real in REAL), shown
        assert not any(name in shown for name in ("alice", "bobhost", "hunter2x", "a@b.co")), shown
    ips = [{"device_id": "alicehost", "address": value} for value in ADDRESSES]
    for row in rewritten(IPS, ips, addresses=mode):
        assert mode is AddressMode.KEEP or not any(real in row["address"] for real in REAL), row["address"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("identifiers", [(), (Identifier.HOST,), (Identifier.USER, Identifier.EMAIL)])
def test_no_value_of_a_column_or_field_is_residue_under_any_rule(mode, identifiers) -> None:
    fields = ("host", "user", "src_user", "device_id", "login", "note", "password")
    rows = [
        {"device_id": value, "device_ip": value, "structured_data": json.dumps(dict.fromkeys(fields, value))}
        for value in (*ADDRESSES, " 10.9.8.7", 4111111111111111, 7, True, None, ["10.9.8.7"])
    ]
    for row in rows:
        row["device_id"] = row["device_ip"] = str(row["device_id"])
    for removes in (True, False):
        if mode is not AddressMode.KEEP or identifiers or removes:
            rewritten(LOGS, rows, addresses=mode, identifiers=frozenset(identifiers), removes_secrets=removes)
    rewritten(LOGS, rows, addresses=mode)


def test_the_zone_of_an_address_stays_where_it_is_an_interface_and_no_name_of_the_row() -> None:
    kept = ("eth0", "lo", "en0", "enp0s31f6", "wlan0.12", "br0", "3")
    lost = ("alicehost", "web7", "ETH0", "eth0/x", "a@b.co", "eth0eth0eth0eth0", "enxAABB", "", "tun9")
    rows = [{"device_id": "tun9", "device_ip": f"fe80::1%{zone}"} for zone in (*kept, *lost)]
    shown = [row["device_ip"].partition("%") for row in rewritten(LOGS, rows)]
    assert [zone for _, _, zone in shown] == [*kept, *[""] * len(lost)]
    assert len({address for address, _, _ in shown}) == 1
    data = '{"host":"fe80::1%eth0","login":"fe80::1%eth0","server_name":"fe80::1%tun9"}'
    (row,) = rewritten(LOGS, [{"device_id": "tun9", "structured_data": data, "host_name": "fe80::1%tun9"}])
    bare = shown[0][0]
    assert json.loads(row["structured_data"]) == {
        "host": f"{bare}%eth0", "login": f"{bare}%eth0", "server_name": bare
    }  # fmt: skip
    assert row["host_name"] == bare


def test_the_names_of_a_row_are_looked_for_in_its_own_address_column_only() -> None:
    rows = [
        {"device_id": name, "device_ip": value}
        for name, value in (
            ("web-1", "web-1 (10.9.8.7)"),
            ("web-2", "web-1 (10.9.8.7)"),
            ("web-1", "10.9.8.7"),
        )
    ]
    rows += [{"device_id": "web-1", "device_ip": value} for value in ("web-1", None)]
    own, other, plain, name, nothing = (row["device_ip"] for row in rewritten(LOGS, rows))
    (host,) = {row["device_id"] for row in rewritten(LOGS, rows[:1])}
    assert own == f"{host} ({plain})"
    assert other.startswith("host_")
    assert other != host
    assert (name, nothing) == (host, None)


def test_a_number_as_a_user_or_host_that_is_a_card_is_a_secret() -> None:
    text = '{"device_id":4111111111111111,"user_id":4111111111111111}'
    (row,) = rewritten(LOGS, [{"structured_data": text}])
    assert json.loads(row["structured_data"]) == {"device_id": "[secret:card]", "user_id": "[secret:card]"}


@pytest.mark.parametrize("mode", REPLACED)
def test_what_went_round_the_step_is_still_residue(mode: AddressMode) -> None:
    scanner = ResidueScanner(rule(addresses=mode))
    if mode is AddressMode.PREFIX_PRESERVING:
        scanner = Pseudonymizer(rule()).scanner
    for value in ("10.9.8.7", "10.9.8.7%eth0", "web-1", "10.9.8.256", "42", "web-1 [address]", "dead::beef",
                  "[address]%web-1", "[address], 1.2.3.4.5"):  # fmt: skip
        assert scanner.address(value), value
    for value in ("10.9.8.7", "10.9.8.7%eth0", "web-1", "42", "web-1 [address]", "[address]%web-1"):
        assert scanner.host(value), value
        assert scanner.user(value), value
        assert [item.type for item in scanner.json(json.dumps({"user": value}))], value
    for value in ("", " ", "::", "127.0.0.1%lo", "[address]", "[removed]", "[secret:card]", "[address]%eth0"):
        assert (scanner.address(value), scanner.host(value), scanner.user(value)) == ((), (), ()), value


@pytest.mark.parametrize("mode", REPLACED)
def test_what_words_tell_only_after_they_were_rewritten_is_taken_out(mode: AddressMode) -> None:
    texts = (
        r"user: bob\u0040db1", r'{"user": "bob\u0040db1"}', r"login: bob\u0040::ffff:10.9.8.7",
        "] 2001:db8::77- : TTY=", "open /home/10.9.8.7/x", "(10.9.8.7) CMD (ls)", "login: ::5",
        "sudo: 10.9.8.7 : TTY=pts/0", "user=alice login: 10.9.8.7",
    )  # fmt: skip
    rows = [
        {
            "message": text,
            "raw_message": f"x {text} y",
            "structured_data": json.dumps({"a": text, "b": [text]}),
        }
        for text in texts
    ]
    for row, text in zip(rewritten(LOGS, rows, addresses=mode), texts, strict=True):
        shown = f"{row['message']} {row['raw_message']} {row['structured_data']}"
        assert not any(real in shown for real in ("bob", "alice", "10.9.8.7", "db8::77")), text
    first = rewritten(LOGS, rows[:1], addresses=mode)[0]
    assert (first["message"], first["raw_message"]) == ("user: [removed]", "x user: [removed] y")


CUT = (
    "login: alicex", "password: hunter2x", "Invalid user alicex from x", "user=alicex",
    "(to root) alicex on x",
    "Authorization: Bearer abc12345678", "token hi", "sudo: alicex : TTY=p", "(alicex) CMD x",
    "4111 1111 1111 1111 1234 9", '"user": 12345678',
)  # fmt: skip


def test_a_rejected_value_is_cut_anywhere_and_is_clean(tmp_path: Path) -> None:
    def line(text: str, before: int) -> str:
        return f"{'y' * before} {text} {'z ' * 60}"

    messages = [line(text, 255 - end) for text in CUT for end in range(len(text) + 3)]
    addresses = [
        "\0" + "h" * 300 + " 10.9.8.7",
        "unknown " * 40 + "10.9.8.7",
        "10.9.8.7, " * 40,
        "10.9.8.7," * 40,
    ]
    shown = {
        column: rejected(tmp_path / column, [{"device_id": "web-1", column: value} for value in values])
        for column, values in (("message", messages), ("device_ip", addresses), ("structured_data", messages))
    }
    for values in shown.values():
        assert not any(
            real in value for value in values for real in ("alicex", "hunter2", "abc123", "10.9.8")
        )
        assert all(len(value) < VALUE_LENGTH + 32 for value in values)
    assert any(value.endswith("y login: [removed]") for value in shown["message"])
    assert shown["device_ip"][1].startswith("unknown unknown")


def rejected(path: Path, rows: list[dict[str, Any]]) -> list[str]:
    """What rejects show of the second column of rows, which the scan of the file calls clean."""
    column = list(rows[0])[1]
    step = PrivacyStep(rule(), LOGS, LOGS)
    source = pl.DataFrame(rows)
    values = step.redact(source[column], column, source).to_list()
    about = {"kind": "logs", "id": 1, "rule": "r", "column": column, "reason": "is broken"}
    path.write_text("".join(json.dumps({**about, "value": value}) + "\n" for value in values))
    found = scan_rejects(path, LOGS, step._pseudonymizer.scanner)
    assert found == [], [values[(item.row or 1) - 1][-60:] for item in found]
    return values


def test_integers_of_any_size_in_json_are_scanned(tmp_path: Path) -> None:
    frame = records("logs", {"structured_data": '{"n":123456789012345678901}'})
    path = tmp_path / "shard.json"
    writer = open_shard(path, LOGS.schema, WriteOptions("json", Compression.NONE))
    columns = [frame[f.name].to_arrow(compat_level=pl.CompatLevel.oldest()).cast(f.type) for f in LOGS.schema]
    writer.write(pa.RecordBatch.from_arrays(columns, schema=LOGS.schema))
    writer.close()
    assert scan_shard(path, LOGS, ResidueScanner(rule())) == []
    assert "123456789012345678901" in path.read_text()


def test_a_rule_without_users_and_hosts_does_not_judge_them() -> None:
    scanner = ResidueScanner(only(addresses=AddressMode.TOKEN))
    assert scanner.host("web-1") == scanner.user("alice") == ()
    assert scanner.host("web-1 10.9.8.7")
    assert scanner.user("alice 10.9.8.7")


@pytest.mark.parametrize(
    "text",
    ["a 10.9.8.7/%31%30.9.8.7 b", "x=alice@example.com,alice%40example.com", "10.9.8.7,10%2e9%2e8%2e7"],
)
def test_a_value_that_stands_there_plainly_and_encoded_is_replaced_twice(text: str) -> None:
    (row,) = rewritten(LOGS, [{"message": text}])
    assert not any(hidden in row["message"] for hidden in ("10.9", "9.8.7", "%2e", "alice", "%40"))
