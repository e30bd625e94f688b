"""The privacy step over whole batches: consistent everywhere, null stays null, batches leave no trace."""

import json
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from lumber.catalog.canonical_json import canonical_json
from lumber.catalog.kind import Holds
from lumber.catalog.registry import all_kinds, get_kind
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.rule import AddressMode, Identifier
from lumber.steps.cast import cast_batch
from lumber.steps.transform import DataTransformer
from tests.unit.engine.batches import batch_of
from tests.unit.privacy.rules import OTHER_KEY, only, records, rule


def applied(kind: str, *rows: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    frame, _ = Pseudonymizer(rule(**changes)).apply(records(kind, *rows), get_kind(kind))
    return frame.to_dicts()


@pytest.mark.parametrize("mode", list(AddressMode))
def test_one_address_is_one_pseudonym_in_every_kind_column_text_and_spelling(mode: AddressMode) -> None:
    spellings = ["2001:db8::1", "2001:DB8:0:0::1", "2001:0db8:0000:0000:0000:0000:0000:0001"]
    found = set()
    for spelling in spellings:
        (log,) = applied(
            "logs",
            {
                "device_ip": spelling,
                "message": f"from [{spelling}]:443",
                "raw_message": f"x={spelling}",
                "structured_data": json.dumps({"a": {"b": [spelling]}}),
            },
            addresses=mode,
        )
        (ip,) = applied("ips", {"address": spelling}, addresses=mode)
        (anomaly,) = applied("anomalies", {"description": f"{spelling} was odd"}, addresses=mode)
        found |= {
            log["message"][len("from [") : -len("]:443")],
            log["raw_message"].removeprefix("x="),
            json.loads(log["structured_data"])["a"]["b"][0],
            anomaly["description"].removesuffix(" was odd"),
            ip["address"],
            log["device_ip"] if mode is not AddressMode.DROP else "[address]",
        }
        if mode is AddressMode.DROP:
            assert log["device_ip"] is None
    if mode is not AddressMode.KEEP:
        assert len(found) == 1
        assert not found & set(spellings) - {"2001:db8::"}


def test_names_are_tokens_in_every_kind_and_column() -> None:
    (log,) = applied(
        "logs",
        {
            "host_name": "Web-01.Example.net",
            "device_id": "web-01",
            "message": "WEB-01 rebooted; bob@example.com, 00-1B-21-AA-BB-CC",
            "raw_message": "<1> web-01.example.net sshd[1]: password for alice from",
            "structured_data": '{"user":"alice","mail":"BOB@example.com","mac":"001b.21aa.bbcc"}',
        },
    )
    (anomaly,) = applied("anomalies", {"device_id": "WEB-01.", "description": "session of user alice."})
    (ip,) = applied("ips", {"device_id": "web-01"})
    host, data = ip["device_id"], json.loads(log["structured_data"])
    assert host.startswith("host_")
    assert host == log["device_id"] == anomaly["device_id"]
    assert log["message"] == f"{host} rebooted; {data['mail']}, {data['mac']}"
    assert log["raw_message"] == f"<1> {log['host_name']} sshd[1]: password for {data['user']} from"
    assert anomaly["description"] == f"session of user {data['user']}."
    assert [data[name].split("_")[0] for name in ("mac", "mail", "user")] == ["mac", "mail", "user"]


def test_another_key_gives_other_pseudonyms_and_the_same_key_the_same() -> None:
    row = {"device_ip": "198.51.100.7", "host_name": "db-1", "message": "user=bob a@b.org 00:11:22:33:44:66"}
    first, again, other = (applied("logs", row, **change) for change in ({}, {}, {"key": OTHER_KEY}))
    assert first == again
    for name in ("device_ip", "host_name"):
        assert first[0][name] != other[0][name]
    pairs = zip(first[0]["message"].split(), other[0]["message"].split(), strict=True)
    assert all(one != two for one, two in pairs)


def test_null_and_empty_stay() -> None:
    row = {"message": "", "raw_message": None, "device_ip": None, "host_name": "", "structured_data": None}
    (log,) = applied("logs", row)
    assert {name: log[name] for name in row} == row


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.251",
        "::1",
        "::",
        "ff02::1",
        "ff05::2",
    ],
)
def test_special_addresses_stay_in_every_mode(text: str) -> None:
    for mode in AddressMode:
        (log,) = applied(
            "logs", {"device_ip": text, "message": f"from {text}", "host_name": "localhost"}, addresses=mode
        )
        assert (log["device_ip"], log["message"], log["host_name"]) == (text, f"from {text}", "localhost")


@pytest.mark.parametrize("text", ["fe80::211:22ff:fe33:4455", "169.254.3.4", "ff02::1:ff33:4455", "10.1.2.3"])
def test_addresses_that_tell_a_machine_do_not_stay(text: str) -> None:
    (log,) = applied("logs", {"device_ip": text, "message": f"from {text}"})
    assert log["device_ip"] != text
    assert log["message"] == f"from {log['device_ip']}"


def test_an_address_is_cut_to_its_network() -> None:
    row = {"device_ip": "203.0.113.77", "message": "2001:db8:1:2::3, ::ffff:203.0.113.77"}
    (log,) = applied("logs", row, addresses=AddressMode.TRUNCATE, ipv4_prefix=16, ipv6_prefix=32)
    assert log["device_ip"] == "203.0.0.0"
    assert log["message"] == "2001:db8::, ::ffff:203.0.0.0"


def test_an_ipv4_mapped_address_is_the_ipv4_address() -> None:
    (log,) = applied("logs", {"message": "203.0.113.77 ::ffff:203.0.113.77 ::FFFF:cb00:714d"})
    plain, dotted, hexadecimal = log["message"].split()
    assert dotted == hexadecimal == f"::ffff:{plain}"


def test_the_scope_is_that_of_the_real_address() -> None:
    (ip,) = applied("ips", {"address": "10.1.2.3"})
    assert (ip["ip_version"], ip["ip_scope"]) == (4, "private")
    assert ip["address"] != "10.1.2.3"


def test_what_is_no_address_does_not_stay_in_an_address_column() -> None:
    (log,) = applied("logs", {"device_ip": "core-switch-3"})
    assert log["device_ip"].startswith("host_")
    (log,) = applied("logs", {"device_ip": "core-switch-3"}, identifiers=frozenset())
    assert log["device_ip"].startswith("ip_")
    (log,) = applied("logs", {"device_ip": "10.0.0.1:80"})
    assert log["device_ip"].endswith(":80")
    assert "10.0.0.1" not in log["device_ip"]


def test_json_stays_canonical_and_fields_keep_their_names() -> None:
    text = (
        '{"z":1e22,"a":{"PASSWORD":"x","n":12345678901234567890},"src_ip":"10.1.2.3","list":["a@b.org",null]}'
    )
    (log,) = applied("logs", {"message": "m", "structured_data": text})
    data = json.loads(log["structured_data"])
    assert canonical_json(log["structured_data"]) == log["structured_data"]
    assert data["a"] == {"PASSWORD": "[secret:password]", "n": 12345678901234567890}
    assert sorted(data) == ["a", "list", "src_ip", "z"]
    assert data["list"][1] is None


def test_names_of_fields_that_are_addresses_are_replaced_and_none_is_lost() -> None:
    text = '{"10.1.2.3":1,"10.1.2.4":2,"a@b.org":3}'
    (log,) = applied("logs", {"message": "m", "structured_data": text}, addresses=AddressMode.TRUNCATE)
    data = json.loads(log["structured_data"])
    assert sorted(data.values()) == [1, 2, 3]
    assert {"10.1.2.0", "10.1.2.0#2"} < data.keys()
    assert "a@b.org" not in data


def test_numbers_in_json_are_secrets_where_their_name_or_their_digits_say_so() -> None:
    text = '{"card":4111111111111111,"pin":1234,"tokens":512,"time":1700000000000,"other":4111111111111112}'
    (log,) = applied("logs", {"message": "m", "structured_data": text})
    assert json.loads(log["structured_data"]) == {
        "card": "[secret:card]",
        "pin": "[secret:password]",
        "tokens": 512,
        "time": 1700000000000,
        "other": 4111111111111112,
    }


def test_numbers_in_json_stay_numbers_where_secrets_stay() -> None:
    text = '{"n":1,"pan":4111111111111111,"password":1.5,"pin":1234,"user":"bob"}'
    (log,) = applied("logs", {"message": "m", "structured_data": text}, removes_secrets=False)
    data = json.loads(log["structured_data"])
    assert data.pop("user").startswith("user_")
    assert data == {"n": 1, "pan": 4111111111111111, "password": 1.5, "pin": 1234}


@pytest.mark.parametrize("end", ['"n":NaN', '"n":[Infinity,1e999]', '"s":"\\ud800"', '"n":1'])
def test_json_that_is_rejected_hides_no_field_behind_another_of_its_name(end: str) -> None:
    fields = '"ip":"10.9.8.7","ip":"x","password":"hunter2x","password":"","user":"alicex","user":""'
    text = f'{{{fields},"host":"webzz","host":"","a":{{"pin":1234,"pin":0}},{end}}}'
    pseudonymizer = Pseudonymizer(rule())
    values = pl.Series("value", [text])
    shown, _ = pseudonymizer.apply_values(values, Holds.JSON, pl.DataFrame({"id": [1]}), get_kind("logs"))
    for secret in ("10.9.8.7", "hunter2x", "alicex", "webzz", "1234"):
        assert secret not in shown.item()
    assert pseudonymizer.scanner.json(shown.item()) == ()
    found = {item.type for item in pseudonymizer.scanner.json(text)}
    assert found == {"address", "secret:password", "user", "host"}
    data = json.loads(shown.item())
    assert (data["ip#2"], data["password"], data["a"]["pin#2"]) == (
        "x",
        "[secret:password]",
        "[secret:password]",
    )


def test_a_host_is_looked_for_in_the_texts_of_its_own_row_only() -> None:
    first, second = applied(
        "logs",
        {"host_name": "alpha", "message": "alpha and beta and alphabet and alpha-eth0"},
        {"host_name": "beta", "message": "alpha and beta"},
    )
    alpha, beta = first["host_name"], second["host_name"]
    assert first["message"] == f"{alpha} and beta and alphabet and {alpha}-eth0"
    assert second["message"] == f"alpha and {beta}"


def test_a_host_of_several_words_or_letters_of_another_alphabet_is_found() -> None:
    first, second = applied(
        "logs",
        {"host_name": "Living Room TV", "message": "the living room tv is on"},
        {"host_name": "büro-ß1", "message": "BÜRO-ß1 is up"},
    )
    assert first["message"] == f"the {first['host_name']} is on"
    assert second["message"] == f"{second['host_name']} is up"


def test_a_number_as_a_host_is_a_token_but_not_looked_for() -> None:
    (log,) = applied("logs", {"device_id": "7", "message": "7 of 7"})
    assert log["device_id"].startswith("host_")
    assert log["message"] == "7 of 7"


def test_batches_leave_no_trace() -> None:
    rows = [
        {
            "host_name": f"host-{n % 7}",
            "message": f"host-{n % 5} user=u{n % 11} from 10.0.{n % 3}.{n}",
            "structured_data": json.dumps({"ip": f"10.0.{n % 3}.{n}", "host": f"host-{n % 4}"}),
        }
        for n in range(60)
    ]
    frame, kind = records("logs", *rows), get_kind("logs")
    whole, counts = Pseudonymizer(rule()).apply(frame, kind)
    worker = Pseudonymizer(rule())
    parts = [worker.apply(frame.slice(start, 7), kind) for start in range(0, 60, 7)]
    assert pl.concat([part for part, _ in parts]).equals(whole)
    assert sum((count for _, count in parts), start=type(counts)()) == counts


def test_every_value_is_counted_by_type() -> None:
    row = {
        "device_ip": "10.1.1.1",
        "host_name": "web",
        "message": "web user=bob 10.1.1.1 10.1.1.2 password=x",
    }
    _, counts = Pseudonymizer(rule()).apply(records("logs", row, row, row), get_kind("logs"))
    assert counts == {"address": 9, "host": 6, "user": 3, "secret:password": 3}


def test_a_rule_that_does_nothing_changes_nothing() -> None:
    frame = records("logs", {"device_ip": "10.1.1.1", "message": "user=bob password=x a@b.org"})
    changed, counts = Pseudonymizer(only()).apply(frame, get_kind("logs"))
    assert changed.equals(frame)
    assert not counts


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        (Identifier.MAC, "user=bob a@b.org MAC web"),
        (Identifier.EMAIL, "user=bob MAIL 00:11:22:33:44:66 web"),
        (Identifier.USER, "user=USER a@b.org 00:11:22:33:44:66 web"),
        (Identifier.HOST, "user=bob a@b.org 00:11:22:33:44:66 HOST"),
    ],
)
def test_only_what_the_rule_names_becomes_a_token(identifier: Identifier, expected: str) -> None:
    row = {"host_name": "web", "message": "user=bob a@b.org 00:11:22:33:44:66 web"}
    frame, _ = Pseudonymizer(only(identifier)).apply(records("logs", row), get_kind("logs"))
    shown = frame["message"].str.replace_all(r"\b(mac|mail|user|host)_[0-9a-f]{16}", "${1}").item()
    assert shown in (expected.lower(), expected.replace(identifier.upper(), identifier.lower()).lower())


def test_arrow_batches_keep_their_schema() -> None:
    kind = get_kind("logs")
    batch = DataTransformer(kind).apply(
        cast_batch(
            batch_of(kind, {"device_ip": "10.1.1.1", "message": "a@b.org", "raw_message": None}), kind
        ).frame
    )
    changed, _ = Pseudonymizer(rule()).apply_batch(batch, kind)
    assert changed.schema.equals(batch.schema, check_metadata=True)
    assert changed.num_rows == 1
    assert "a@b.org" not in str(changed.to_pylist())
    empty, counts = Pseudonymizer(rule()).apply_batch(batch.slice(1), kind)
    assert (empty.num_rows, len(counts)) == (0, 0)


def test_texts_outside_of_records_are_rewritten() -> None:
    texts, counts = Pseudonymizer(rule()).apply_texts(pl.Series(["from 10.1.1.1", None, "10.1.1.256"]))
    assert texts[1:].to_list() == [None, "10.1.1.256"]
    assert "10.1.1.1" not in texts[0]
    assert counts == {"address": 1}


def test_every_text_column_of_every_kind_is_looked_at() -> None:
    for kind in all_kinds().values():
        texts = {field.name for field in kind.schema if pa.types.is_string(field.type)}
        assert contents(kind).keys() == texts
