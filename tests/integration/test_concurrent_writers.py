"""Writers that insert, change and delete all through an export: the dataset is one committed state."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from lumber.exports import DataExporter, ExportConfig, ExportMetadata
from lumber.exports.progress import ExportProgress
from lumber.settings import Settings
from tests.integration.datasets import START, at, fill, microseconds, query, read_dataset
from tests.integration.histories import SPAN, TABLES, History, is_whole
from tests.integration.processes import CHECKOUT, PATIENCE_SECONDS, until

BUDGET_REASON = "Exports run while writers commit on both databases."

CONFIG = {
    "data_types": ["logs", "anomalies", "ips"],
    "output_format": "jsonl",
    "batch_size": 200,
    "validation_level": "strict",
}


class Writer:
    """A process that plays a history on the database."""

    def __init__(self, url: str, number: int, folder: Path) -> None:
        self.number = number
        self._progress = folder / f"writer-{number}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.histories", url, str(number), self._progress],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
        )

    @property
    def done(self) -> int:
        """The number of the last transaction that it is known to have committed; -1: none."""
        text = self._progress.read_text() if self._progress.exists() else ""
        return int(text) if text else -1

    def stop(self) -> None:
        """Let it end after its present transaction; it must not have failed before."""
        _, errors = self._process.communicate(timeout=PATIENCE_SECONDS)
        assert (self._process.returncode, errors) == (0, "")

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def writing(url: str, count: int, folder: Path) -> Iterator[list[Writer]]:
    """Have writers at work in the block; their history has begun."""
    with ExitStack() as stack:
        writers = [Writer(url, number, folder) for number in range(1, count + 1)]
        for writer in writers:
            stack.callback(writer.kill)
        until(lambda: all(writer.done > 5 for writer in writers))
        yield writers
        for writer in writers:
            writer.stop()


class Watched:
    """An export in this process, with workers of its own, and what writers did meanwhile."""

    def __init__(self, url: str, folder: Path, writers: list[Writer]) -> None:
        self._url = url
        self._folder = folder
        self._writers = writers
        self.done_at: dict[str, list[int]] = {}

    async def run(self, **config: object) -> ExportMetadata:
        settings = Settings(data_dir=self._folder, database_url=self._url, workers=2, partition_rows=400)
        exporter = DataExporter(
            ExportConfig(**CONFIG | config),
            settings=settings,
            output=self._folder / "out",
            on_progress=self._see,
        )
        return await exporter.export_data()

    def _see(self, progress: ExportProgress) -> None:
        self.done_at.setdefault(progress.phase, [writer.done for writer in self._writers])


def rows_of(folder: Path, kind: str) -> dict[int, tuple[int, str]]:
    """Return a dataset's rows as a history keeps them; no id comes twice, no row is torn."""
    _, time_column, text_column = TABLES[kind]
    rows = read_dataset(folder, kind)
    found = {
        row["id"]: (microseconds(datetime.fromisoformat(row[time_column])), row[text_column]) for row in rows
    }
    assert len(found) == len(rows)
    assert all(is_whole(id_, time, text) for id_, (time, text) in found.items())
    return found


def test_a_dataset_is_exactly_one_committed_state(database_url: str, tmp_path: Path) -> None:
    with writing(database_url, 2, tmp_path) as running:
        watched = Watched(database_url, tmp_path, running)
        done = asyncio.run(watched.run())
    exported = {kind: rows_of(tmp_path / "out", kind) for kind in TABLES}
    states = {}
    for writer in running:
        # The dataset says by this row how far the writer was; all else must fit.
        history = History(writer.number)
        time, text = exported["logs"][history.counter_id]
        assert time == SPAN // 2
        reached = int(text.split()[1])
        while history.done < reached:
            history.next()
        states[writer.number] = history
        # The writer went on while partitions were read.
        began, ended = (watched.done_at[phase][writer.number - 1] for phase in ("exporting", "packing"))
        assert ended > began >= reached - 1
    for kind in TABLES:
        expected = {id_: row for number in sorted(states) for id_, row in states[number].rows[kind].items()}
        assert exported[kind] == expected
    assert all(counts["rejected"] == 0 for counts in done.kinds.values())
    assert (tmp_path / "out" / "manifest.json").exists()


# PostgreSQL: ids and times say nothing about the order of commits


INSERT = "INSERT INTO log_entries (id, timestamp, message) VALUES ($1, $2, $3)"


class LateWriters:
    """Transactions that insert before an export begins and commit while it runs."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.ids: list[int] = []
        self.committed_at: datetime | None = None
        self.has_begun = asyncio.Event()

    async def run(self, is_planned: asyncio.Event) -> None:
        connections = [await asyncpg.connect(self._url) for _ in range(5)]
        open_ = [connection.transaction() for connection in connections]
        for number, (connection, transaction) in enumerate(zip(connections, open_, strict=True)):
            await transaction.start()
            # Low ids and low times, beside rows of others that are committed already.
            for row in range(20):
                id_ = -1 - number - 10 * row
                await connection.execute(INSERT, id_, at(row * 1_000_000 + number), f"late {id_}")
                self.ids.append(id_)
        self.has_begun.set()
        await is_planned.wait()
        for transaction in open_:
            await transaction.commit()
        self.committed_at = datetime.now(UTC)
        for connection in connections:
            await connection.close()


async def export_beside_late_writers(url: str, folder: Path) -> tuple[LateWriters, ExportMetadata]:
    late = LateWriters(url)
    is_planned = asyncio.Event()

    def see(progress: ExportProgress) -> None:
        if progress.phase == "exporting":
            is_planned.set()

    committing = asyncio.create_task(late.run(is_planned))
    await late.has_begun.wait()
    settings = Settings(data_dir=folder, database_url=url, workers=2, partition_rows=500)
    config = ExportConfig(data_types=["logs"], output_format="jsonl", batch_size=100)
    exporter = DataExporter(config, settings=settings, output=folder / "first", on_progress=see)
    done = await exporter.export_data()
    await committing
    return late, done


def test_rows_committed_late_are_in_the_next_export_whole(postgres_url: str, tmp_path: Path) -> None:
    rows = 5_000
    fill(postgres_url, rows)
    late, done = asyncio.run(export_beside_late_writers(postgres_url, tmp_path))
    assert late.committed_at is not None
    assert done.finished_at is not None
    assert late.committed_at < done.finished_at
    assert len(late.ids) == 100
    seen = read_dataset(tmp_path / "first")
    assert {row["id"] for row in seen} == set(range(1, rows + 1))
    # They sort before all that the first export has seen: no mark of the highest would find them.
    ((highest, earliest),) = query(
        postgres_url, "SELECT max(id), min(timestamp) FROM log_entries WHERE message LIKE 'late%'"
    )
    assert highest < min(row["id"] for row in seen)
    assert START <= earliest < min(datetime.fromisoformat(row["timestamp"]) for row in seen)

    settings = Settings(data_dir=tmp_path, database_url=postgres_url, workers=1)
    config = ExportConfig(data_types=["logs"], output_format="jsonl")
    asyncio.run(DataExporter(config, settings=settings, output=tmp_path / "next").export_data())
    ids = [row["id"] for row in read_dataset(tmp_path / "next")]
    assert sorted(ids) == sorted([*late.ids, *range(1, rows + 1)])
