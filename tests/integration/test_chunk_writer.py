"""Several chunks in one transaction: no refusal, error or interruption loses or doubles a row or a reject."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lumber.errors import IngestError
from lumber.ingest.ledger import entry_named
from lumber.ingest.loader import Loader
from lumber.ingest.options import IngestOptions
from lumber.ingest.report import SourceReport
from lumber.ingest.sources import Source
from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.integration.loading import rows
from tests.integration.test_refused_rows import LINE, refuse

LINES = [LINE.format(n % 60, n % 9) + f"line {n}" for n in range(400)]
# Some twenty chunks: more than one transaction takes.
OPTIONS = IngestOptions("logs", chunk_bytes=1_000)
SIGHTINGS = "SELECT CAST(sum(sightings) AS INTEGER) FROM {}"


def load(url: str, folder: Path, lines: list[str], *, tell=lambda _report: None) -> SourceReport:
    path = folder / "lines.log"
    path.write_text("\n".join(lines) + "\n")
    with BulkConnection(DatabaseUrl.parse(url)) as connection:
        loader = Loader(connection, replace(OPTIONS, reject_file=folder / "rejects"), folder, tell)
        return loader.load(Source(path.name, path))


def entry(url: str):
    ((source_id,),) = rows(url, "SELECT source_id FROM ingest_sources")
    with BulkConnection(DatabaseUrl.parse(url)) as connection:
        return entry_named(connection, source_id)


def test_chunks_of_one_transaction_update_each_address_once(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Loader._made
    # These chunks are too small for a thread to be ahead of the database.
    monkeypatch.setattr(Loader, "_made", lambda self, chunks: iter(list(made(self, chunks))))
    reports = []
    report = load(database_url, tmp_path, LINES, tell=lambda report: reports.append(report.lines))
    assert (report.lines, report.loaded) == (400, 400)
    assert len(reports) > 8
    assert rows(database_url, SIGHTINGS.format("ip_addresses")) == [(400,)]
    assert rows(database_url, SIGHTINGS.format("ingest_addresses")) == [(400,)]
    assert rows(database_url, "SELECT count(*), CAST(sum(rows) AS INTEGER) FROM ingest_chunks") == [
        (len(reports), 400)
    ]
    if database_url.startswith("postgresql"):  # only there, a row has its transaction
        ((transactions,),) = rows(database_url, "SELECT count(DISTINCT tx) FROM ingest_chunks")
        assert 1 <= transactions < len(reports) / 4


def test_a_refused_row_loses_no_other_chunk_of_its_transaction(database_url: str, tmp_path: Path) -> None:
    refuse(database_url, "log_entries", "message")
    lines = LINES.copy()
    lines[3], lines[150], lines[390] = "nonsense", lines[150] + " poison", "nonsense"
    report = load(database_url, tmp_path, lines)
    assert (report.lines, report.loaded, report.rejected) == (400, 397, 3)
    assert rows(database_url, "SELECT count(DISTINCT message) FROM log_entries") == [(397,)]
    assert rows(database_url, SIGHTINGS.format("ip_addresses")) == [(397,)]
    rejects = [json.loads(line) for line in (tmp_path / "rejects").read_text().splitlines()]
    assert [each["line"] for each in rejects] == [4, 151, 391]
    assert entry(database_url).reject_bytes == (tmp_path / "rejects").stat().st_size


def test_a_constraint_that_is_checked_at_the_commit_doubles_no_reject(
    postgres_url: str, tmp_path: Path
) -> None:
    with BulkConnection(DatabaseUrl.parse(postgres_url)) as connection:
        connection.execute("CREATE TABLE hosts (name text PRIMARY KEY)")
        connection.execute("INSERT INTO hosts VALUES ('combo')")
        connection.execute(
            "ALTER TABLE log_entries ADD CONSTRAINT of_a_host FOREIGN KEY (host_name) "
            "REFERENCES hosts DEFERRABLE INITIALLY DEFERRED"
        )
        connection.commit()
    lines = LINES.copy()
    lines[3], lines[150] = "nonsense", lines[150].replace("combo", "other")
    report = load(postgres_url, tmp_path, lines)
    assert (report.loaded, report.rejected) == (398, 2)
    rejects = [json.loads(line) for line in (tmp_path / "rejects").read_text().splitlines()]
    assert [each["line"] for each in rejects] == [4, 151]


@pytest.mark.parametrize("error", [IngestError("the archive is damaged"), KeyboardInterrupt()])
def test_what_was_read_before_an_error_is_loaded_once(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    made = Loader._made

    def broken(self, chunks):
        for number, item in enumerate(made(self, chunks)):
            if number == 11:
                raise error
            yield item

    with monkeypatch.context() as patched:
        patched.setattr(Loader, "_made", broken)
        with pytest.raises(type(error)):
            load(database_url, tmp_path, LINES)
    before = entry(database_url)
    assert rows(database_url, "SELECT count(*) FROM log_entries") == [(before.loaded,)]
    assert rows(database_url, SIGHTINGS.format("ip_addresses")) == [(before.loaded,)]
    if isinstance(error, IngestError):  # all eleven chunks
        assert before.bytes_done > 10_000
    assert load(database_url, tmp_path, LINES).loaded == 400 - before.loaded
    assert rows(database_url, "SELECT count(DISTINCT message), count(*) FROM log_entries") == [(400, 400)]
    assert rows(database_url, SIGHTINGS.format("ip_addresses")) == [(400,)]
