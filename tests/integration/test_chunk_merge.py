"""The records of a live load's rows stay few, and still say which rows are its own."""

from pathlib import Path

import pytest

from lumber.ingest import chunk_merge
from lumber.ingest.listen.segment_loads import load_segment
from lumber.ingest.listen.segments import MAGIC, Message, Segment, pack
from lumber.ingest.loader import Loader
from lumber.ingest.options import IngestOptions
from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.commands import lumber
from tests.integration.datasets import execute
from tests.integration.following import append, following, line, messages
from tests.integration.loading import rows

MERGED_CHUNKS, BATCHES = 4, 6
RECORDS = "SELECT first_id, last_id, rows FROM ingest_chunks ORDER BY first_id"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_merge, "MERGED_CHUNKS", MERGED_CHUNKS)


def load_segments(url: str, folder: Path, *, other: int | None = None) -> None:
    """Load segments with two messages and a line that is rejected. Before one of them, others write a row."""
    with BulkConnection(DatabaseUrl.parse(url)) as connection:
        loader = Loader(connection, IngestOptions("logs"), folder, lambda _report: None)
        for number in range(BATCHES):
            if number == other:
                now = "5" if url.startswith("sqlite") else "now()"
                connection.execute(f"INSERT INTO log_entries (timestamp, message) VALUES ({now}, 'other')")
                connection.commit()
            texts = [f"<13>May  1 10:00:00 h app: {number}", "nonsense", "<13>app: undated"]
            path = folder / f"20260501-{number}"
            path.write_bytes(MAGIC + pack([Message(text.encode(), "10.0.0.1", 5) for text in texts]))
            assert load_segment(loader, Segment(path, path.stat().st_size), "spool").loaded == 2


def test_records_of_many_batches_are_merged(database_url: str, tmp_path: Path) -> None:
    load_segments(database_url, tmp_path)
    found = rows(database_url, RECORDS)
    assert len(found) == 1 + BATCHES - MERGED_CHUNKS
    assert found[0] == (1, 2 * MERGED_CHUNKS, 2 * MERGED_CHUNKS)
    assert sum(count for _, _, count in found) == 2 * BATCHES == len(messages(database_url))


def test_rows_of_others_stay_out_of_merged_records(database_url: str, tmp_path: Path) -> None:
    before = 2 * (MERGED_CHUNKS // 2)
    load_segments(database_url, tmp_path, other=MERGED_CHUNKS // 2)
    first, second, *_ = rows(database_url, RECORDS)
    assert (first, second) == ((1, before, before), (before + 2, 2 * MERGED_CHUNKS + 1, before))


def test_a_load_with_merged_records_is_deleted_exactly(sqlite_url: str, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(line("first"))
    with following(sqlite_url, tmp_path, log) as run:
        for number in range(BATCHES):
            if number == BATCHES // 2:
                execute(sqlite_url, "INSERT INTO log_entries (timestamp, message) VALUES (5, 'other')")
            append(log, line(str(number)))
            run.step()
    assert len(rows(sqlite_url, RECORDS)) < BATCHES
    ((source_id,),) = rows(sqlite_url, "SELECT source_id FROM ingest_sources")
    done = lumber("loads", "delete", source_id, "--yes", "--database-url", sqlite_url)
    assert done.returncode == 0, done.stderr
    assert messages(sqlite_url) == ["other"]
    assert rows(sqlite_url, RECORDS) == []
