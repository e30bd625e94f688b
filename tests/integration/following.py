"""Follows files step by step in this process, without waiting for the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from lumber.ingest.follow.follower import Follower
from lumber.ingest.follow.pace import Pace
from lumber.ingest.loader import Loader
from lumber.ingest.options import IngestOptions
from lumber.ingest.patient_loader import PatientLoader
from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.integration.loading import rows

AT_ONCE = Pace(
    batch_lines=1, batch_seconds=0, poll_seconds=0, scan_seconds=0, settle_seconds=0, retire_seconds=0
)


class Run:
    """A follower of files below `folder`; `said` is what it told."""

    def __init__(
        self, url: str, folder: Path, *names: object, pace: Pace = AT_ONCE, **options: object
    ) -> None:
        self.said: list[str] = []
        self.stop = Event()
        chosen = IngestOptions(kind="logs", **options)
        self.loader = PatientLoader(
            lambda: BulkConnection(DatabaseUrl.parse(url)),
            lambda connection: Loader(connection, chosen, folder / "data", lambda _report: None),
            self.stop,
            self.said.append,
        )
        self.follower = Follower(self.loader, [str(name) for name in names], chosen, pace, self.said.append)

    def step(self) -> None:
        """Look at the files until nothing is left to load, and let the database go."""
        for _ in range(3):
            while self.follower.step():
                pass
        self.loader.close()

    def end(self) -> None:
        """Stop as a signal does."""
        self.stop.set()
        self.follower.run(self.stop)
        self.loader.close()


@contextmanager
def following(
    url: str, folder: Path, *names: object, pace: Pace = AT_ONCE, **options: object
) -> Iterator[Run]:
    """Yield a follower that has loaded what is there. At the end of the block it is stopped."""
    run = Run(url, folder, *names, pace=pace, **options)
    run.step()
    yield run
    run.end()


def messages(url: str) -> list[str]:
    """Return the messages of all log entries, in the order in which they were loaded."""
    return [message for (message,) in rows(url, "SELECT message FROM log_entries ORDER BY id")]


def line(message: str) -> str:
    """Return a line of a log, with its end."""
    return f"2024-05-01T10:00:00Z host app: {message}\n"


def append(path: Path, text: str) -> None:
    """Write at the end of a file, as its program does."""
    with path.open("a") as file:
        file.write(text)
