"""The scan of written shards: every format and compression, rows and all that is not in rows."""

import json
from ipaddress import ip_address
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumber.catalog.kind import Holds
from lumber.catalog.registry import get_kind
from lumber.formats import Compression, WriteOptions, all_formats, extension, open_shard
from lumber.formats.parquet import _metadata as parquet_metadata
from lumber.formats.reading import Unreadable
from lumber.privacy.issued import Issued
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rule import AddressMode
from lumber.privacy.shard_scan import scan_shard
from tests.unit.privacy.rules import only, records, rule

LOGS = get_kind("logs")
WAYS = [
    (format_, compression)
    for format_ in all_formats()
    for compression in Compression
    if (format_, compression) != ("arrow", Compression.GZIP)
]
ROW = {
    "message": "Failed password for alice from 198.51.100.7 port 22, mail a@b.org",
    "raw_message": "<1> web-1 password=hunter2 fe80::211:22ff:fe33:4455 00:11:22:33:44:55",
    "host_name": "web-1",
    "device_id": "-",
    "device_ip": "198.51.100.7",
    "structured_data": '{"src":"198.51.100.7","user":"alice","card":4111111111111111,"host":"web-1"}',
}
NO_SHARDS = ("a.txt", "a.parquet.gz", "a.parquet", "a.arrow", "a.csv.gz", "a.jsonl.zst", "a.json", "a.csv")
CLEAN = {
    "message": 'nothing, "here"\nnor here',
    "device_ip": "127.0.0.1",
    "structured_data": '{"a":[1,"\\n"]}',
}


def write(folder: Path, frame: pl.DataFrame, way: tuple[str, Compression], metadata=None) -> Path:
    path = folder / f"shard{extension(*way)}"
    writer = open_shard(path, LOGS.schema, WriteOptions(*way, metadata=metadata))
    columns = [frame[f.name].to_arrow(compat_level=pl.CompatLevel.oldest()).cast(f.type) for f in LOGS.schema]
    writer.write(pa.RecordBatch.from_arrays(columns, schema=LOGS.schema))
    writer.close()
    return path


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_shard_of_rewritten_rows_is_clean_and_one_of_raw_rows_is_not(way, tmp_path: Path) -> None:
    frame = records("logs", CLEAN, ROW, ROW)
    pseudonymizer = Pseudonymizer(rule())
    scanner = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued)
    raw = scan_shard(write(tmp_path, frame, way), LOGS, scanner)
    assert {item.type for item in raw} == {
        "address", "mac", "email", "user", "host", "secret:password", "secret:card",
    }  # fmt: skip
    rows = {item.row for item in raw if item.row is not None}
    assert rows == {2}
    shown = " ".join(map(str, raw))
    assert not any(secret in shown for secret in ("198", "alice", "hunter", "web", "b.org", "4111", "44:55"))
    changed, _ = pseudonymizer.apply(frame, LOGS)
    (tmp_path / "clean").mkdir()
    assert scan_shard(write(tmp_path / "clean", changed, way), LOGS, scanner) == []


@pytest.mark.parametrize("mode", [AddressMode.TOKEN, AddressMode.TRUNCATE, AddressMode.DROP])
def test_a_real_address_is_residue_in_every_mode(mode: AddressMode) -> None:
    scanner = ResidueScanner(rule(addresses=mode))
    assert scanner.judges_addresses
    for text in ("198.51.100.7", "x 2001:db8::1.", "198%2E51%2E100%2E7", "ip-198-51-100-7"):
        assert [item.type for item in scanner.text(text)] == ["address"]
    assert scanner.text("127.0.0.1 ::1 255.255.255.255") == ()
    assert (scanner.text("198.51.100.0") == ()) is (mode is AddressMode.TRUNCATE)


def test_only_pseudonyms_that_were_given_out_are_meant() -> None:
    pseudonymizer = Pseudonymizer(rule())
    texts, _ = pseudonymizer.apply_texts(pl.Series(["198.51.100.7 ::ffff:198.51.100.7 ip-198-51-100-7"]))
    scanner = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued)
    assert scanner.text(texts[0]) == ()
    assert [item.type for item in scanner.text("198.51.100.7")] == ["address"]
    other = ResidueScanner(pseudonymizer.rule, Issued())
    assert len(other.text(texts[0])) == 3


def test_what_was_given_out_is_merged_and_says_when_it_is_too_much() -> None:
    one, two, small = Issued(), Issued(), Issued(limit=2)
    for number in range(5):
        (one if number % 2 else two).add(ip_address(number))
        small.add(ip_address(number))
    one.merge([two])
    assert len(one) == 5
    assert all(ip_address(number) in one for number in range(5))
    assert ip_address(5) not in one
    assert one.is_complete
    assert len(small) == 2
    assert not small.is_complete
    assert not ResidueScanner(rule(), small).judges_addresses
    assert ResidueScanner(rule(), small).text("198.51.100.7") == ()
    one.merge([small])
    assert not one.is_complete


def test_the_metadata_of_a_json_document_is_looked_at(tmp_path: Path) -> None:
    scanner = ResidueScanner(only(removes_secrets=True))
    path = write(tmp_path, records("logs", CLEAN), ("json", Compression.NONE), {"x": "password=hunter2"})
    (finding,) = scan_shard(path, LOGS, scanner)
    assert (finding.column, finding.row, finding.type) == ("export_metadata", None, "secret:password")


def test_metadata_and_statistics_of_parquet_are_looked_at(tmp_path: Path) -> None:
    frame, scanner = records("logs", CLEAN), ResidueScanner(rule(addresses=AddressMode.TOKEN))
    table = frame.to_arrow().cast(LOGS.schema)
    path = tmp_path / "a.parquet"
    pq.write_table(table.replace_schema_metadata({"note": "from 198.51.100.7"}), path)
    # The file's own metadata, and what Arrow's schema holds in Base64.
    found = {(item.column, item.row) for item in scan_shard(path, LOGS, scanner)}
    assert found == {("the file's metadata", None)}
    encoded = pq.read_metadata(path).metadata[b"ARROW:schema"].decode()
    with pq.ParquetFile(path) as file:
        read = [text for extra in parquet_metadata(file) for text in extra.texts]
    # Base64 looks like a token now and then.
    assert encoded not in read
    assert any("note" in text and "from 198.51.100.7" in text for text in read)
    pq.write_table(frame.with_columns(message=pl.lit("198.51.100.7")).to_arrow().cast(LOGS.schema), path)
    columns = [item.column for item in scan_shard(path, LOGS, scanner)]
    assert columns == ["the statistics of message", "message"]


def test_bytes_behind_a_null_in_arrow_are_found(tmp_path: Path) -> None:
    frame, scanner = records("logs", CLEAN, CLEAN), ResidueScanner(rule(addresses=AddressMode.TOKEN))
    table = frame.to_arrow().cast(LOGS.schema).combine_chunks()
    secret = b"hunter2hunter2" * 10
    offsets = pa.array([0, len(secret), len(secret)], pa.int32()).buffers()[1]
    hidden = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(secret), pa.py_buffer(b"\x02"))
    assert hidden.to_pylist() == [None, ""]
    table = table.set_column(
        table.schema.get_field_index("raw_message"), LOGS.schema.field("raw_message"), hidden
    )
    path = tmp_path / "a.arrow"
    with pa.ipc.new_file(path, LOGS.schema) as writer:
        writer.write_table(table)
    found = scan_shard(path, LOGS, scanner)
    assert [(item.column, item.type) for item in found] == [("raw_message", "hidden bytes")]


def test_names_of_fields_in_json_and_escapes_are_looked_at() -> None:
    scanner = ResidueScanner(rule(addresses=AddressMode.TOKEN))
    for value in ({"198.51.100.7": 1}, {"a": [{"b": "198.51.100.7"}]}, {"x": "198\\u002e51.100.7"}):
        assert [item.type for item in scanner.json(json.dumps(value))] == ["address"]
    assert [item.type for item in scanner.json('{"a":"198.51.100.\\u0037"}')] == ["address"]
    assert [item.type for item in scanner.json('{"user":"bob","host":"saturn","pin":12}')] == [
        "user", "host", "secret:password",
    ]  # fmt: skip


def test_what_is_no_shard_is_unreadable(tmp_path: Path) -> None:
    scanner = ResidueScanner(rule())
    for name in NO_SHARDS:
        path = tmp_path / name
        path.write_bytes(b'{"id": 1}\n')
        with pytest.raises(Unreadable):
            scan_shard(path, LOGS, scanner)


def test_no_more_findings_than_asked_for(tmp_path: Path) -> None:
    rows = [{"message": f"user=u{number}"} for number in range(30)]
    path = write(tmp_path, records("logs", *rows), ("jsonl", Compression.ZSTD))
    found = scan_shard(path, LOGS, ResidueScanner(rule()), limit=7)
    assert len(found) == 7
    assert {item.path for item in found} == {path.name}


def test_texts_that_were_judged_before_are_not_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = get_kind("logs")
    pseudonymizer = Pseudonymizer(rule())
    messages = ["user bob logged in from 192.0.2.1", "connect to host pc1", "user logs nothing in"]
    frame, _ = pseudonymizer.apply(records("logs", *({"message": each} for each in messages)), kind)
    scanner = pseudonymizer.scanner
    asked: list[str] = []
    monkeypatch.setattr(scanner._finder, "phrases", lambda text, _names=(): asked.append(text) or [])
    scanner.frame(frame, {"message": Holds.TEXT}, "logs.csv")
    assert asked == []
    others = pl.DataFrame({"message": ["user 17 logged in", "user 23 logged in"]})
    scanner.frame(others, {"message": Holds.TEXT}, "logs.csv")
    assert asked == ["user 17 logged in"], "the others of its shape needn't be searched"
