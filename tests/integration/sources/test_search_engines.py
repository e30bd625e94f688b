"""Elasticsearch and OpenSearch as sources, played by a stand-in: no real server can be installed."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from lumber.errors import SourceFailed, SourceUnfit
from lumber.sources.address import SourceAddress
from lumber.sources.interface import Query, ReaderOptions
from lumber.sources.readers import search
from lumber.sources.readers.search import SearchReader
from tests.integration.sources.lakes import make_event
from tests.integration.sources.rsyslog import MAPPING, same_in_own_tables, write_mapping
from tests.integration.sources.search_server import Engine, search_server
from tests.integration.sources.test_collected_exports import ROWS, assert_same, call, done, ledger_url
from tests.integration.sources.test_collected_increments import House

__all__ = ["call", "ledger_url"]

BUDGET_REASON = "Both engines are exported from and compared with our own table."

Call = Callable[..., CompletedProcess[str]]

PROPERTIES = {
    "ID": {"type": "long"},
    "ReceivedAt": {"type": "date"},
    "Facility": {"type": "integer"},
    "Priority": {"type": "integer"},
    "FromHost": {"type": "keyword"},
    "Message": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
    "SysLogTag": {"type": "keyword"},
    "geo": {"properties": {"city": {"type": "keyword"}}},
    "other": {"type": "alias", "path": "FromHost"},
}
INDEX = MAPPING.replace('table = "SystemEvents"', 'table = "events"').replace(
    '{ column = "ReceivedAt", zone = "UTC" }', '"ReceivedAt"'
)


def fill(engine: Engine, rows: int) -> None:
    """Index events of `rsyslog`."""
    engine.mappings["events"] = PROPERTIES
    engine.documents["events"] = [document(number) for number in range(1, rows + 1)]


def document(number: int) -> dict[str, Any]:
    """Return an event as a document."""
    event = make_event(number)
    return {**event, "ReceivedAt": f"{event['ReceivedAt'].isoformat(timespec='microseconds')}Z"}


def test_an_index_has_the_rows_that_our_own_table_would_have(
    call: Call, ledger_url: str, tmp_path: Path
) -> None:
    same_in_own_tables(ledger_url, ROWS)
    with search_server() as (engine, port):
        fill(engine, ROWS)
        for name in ("elasticsearch", "opensearch"):
            added = done(call("source", "add", name, "--url", f"{name}+http://127.0.0.1:{port}"))
            assert "1 table" in added.stdout
            suggested = done(call("source", "suggest", name, "events")).stdout
            assert 'time = "ReceivedAt"' in suggested
            assert 'key = "row_number"' in suggested
            done(call("source", "map", name, write_mapping(tmp_path, INDEX)))
            assert_same(call, tmp_path, name, 2 if name == "opensearch" else 1)
            # Each point in time was given back.
            assert not engine.points
        refused = call("source", "map", name, write_mapping(tmp_path, INDEX.replace('"events"', '"event"')))
        assert refused.returncode == 3
        assert "there is no table 'event': do you mean 'events'?" in refused.stderr
        engine.fail_after = 1
        lost = call("export", "-d", "logs", "--source", name, "--output", tmp_path / "out")
        assert lost.returncode == 1
        assert "failed (503): the node left" in lost.stderr


def test_increments_read_new_documents_and_a_removed_one_reads_all(tmp_path: Path) -> None:
    house = House(tmp_path, "logs")
    with search_server() as (engine, port):
        fill(engine, 300)
        mapping = INDEX.replace('key = "ID"', 'guarantee = "append_only"\nkey = "ID"')
        house.add(f"opensearch+http://127.0.0.1:{port}", mapping)
        assert house.version()["mode"] == "whole"
        engine.documents["events"] += [document(number) for number in range(301, 351)]
        second = house.version()
        assert (second["mode"], second["added"], second["rows"]) == ("append", 50, 350)
        del engine.documents["events"][6]
        fewer = house.version()
        assert (fewer["mode"], fewer["removed"]) == ("whole", 1)
        assert house.chain().compared == ["logs"]
        assert not engine.points


def reader_of(name: str, port: int) -> SearchReader:
    return SearchReader(
        SourceAddress.parse(f"{name}+http://127.0.0.1:{port}"), ReaderOptions("lumber test", 60)
    )


@pytest.mark.parametrize("name", ["elasticsearch", "opensearch"])
def test_slices_pages_and_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_PAGE_ROWS", 7)
    monkeypatch.setattr(search, "_SLICE_ROWS", 20)
    with search_server() as (engine, port):
        fill(engine, 100)
        one, two = engine.documents["events"][:2]
        one.update({"geo": {"city": "Kiel"}, "Facility": "4", "Message": ["a", "b"]})
        two.update({"geo.city": "Bonn", "Facility": None, "Message": {"a": 1}})
        reader = reader_of(name, port)
        names = ("ID", "geo.city", "geo", "Facility", "Message", "_id", "row_number")
        query = Query("events", columns=names, filter="FromHost:host1")
        token = reader.freeze([query])
        engine.documents["events"].clear()
        ranges = reader.cut(token, query)
        assert len(ranges) == 5
        rows = [row for each in ranges for batch in reader.read(each) for row in batch.to_pylist()]
        assert sorted(row["ID"] for row in rows) == list(range(1, 101, 5))
        assert len({row["row_number"] for row in rows}) == len(rows)
        first = next(row for row in rows if row["ID"] == 1)
        assert (first["geo.city"], first["geo"], first["Facility"]) == ("Kiel", '{"city": "Kiel"}', 4)
        assert (first["Message"], first["_id"]) == ('["a", "b"]', "id-000000")
        assert "row_number numbers the documents anew" in reader.schema(query).notes[0].replace(
            "The column ", ""
        )
        reader.close()
        assert not engine.points
        gone = reader_of(name, port)
        with pytest.raises(SourceFailed, match="no longer has the moment"):
            list(gone.read(ranges[0]))
        with pytest.raises(SourceUnfit, match="no SELECT"):
            gone.schema(Query(select="SELECT 1"))
        gone.close()
