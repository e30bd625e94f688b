"""Fifty windows with writers and `kill -9`: the last version is the table, and the chain proves it."""

import hashlib
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from lumber.exports import ExportConfig
from lumber.exports.versions.listing import get_dataset
from lumber.settings import Settings
from tests.integration.datasets import execute, query
from tests.integration.ledgers import with_database
from tests.integration.processes import CHECKOUT, LUMBER, PATIENCE_SECONDS, Running, started, until
from tests.integration.windows import CONFIG, DATASET, assert_is_table, check_chain, manifest_of
from tests.integration.workers import create, details, ended, fill_all, settings_for, worker

_log = logging.getLogger(__name__)

BUDGET_REASON = "Fifty windows on each database, most of them with a kill."

WINDOWS = int(os.environ.get("LUMBER_TEST_WINDOWS", "50"))
# A failure names the seed; this repeats it.
SEED = "LUMBER_TEST_SEED"
ROWS = 200
WRITERS = 2
# Every so many windows the writers pause, with open transactions, and the version must equal the table.
CHECKED_EVERY = 10
# The other windows are exported by a worker.
COMMAND_EVERY = 5
COMMAND = ("export", "-d", "logs", "-d", "anomalies", "-d", "ips", "--format", "jsonl")
COMMAND = (*COMMAND, "--dataset", DATASET, "--incremental")


class Writer:
    """A writer process, see window_writers."""

    def __init__(self, url: str, seed: int, number: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.window_writers", url, str(seed), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
        )

    def ask(self, command: str) -> None:
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def pause(self) -> None:
        self.ask("pause")
        assert self.process.stdout.readline() == "paused\n", self.process.communicate()

    def stop(self) -> None:
        """Let it end its transactions; it must not have failed."""
        _, errors = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert (self.process.returncode, errors) == (0, "")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def writing(url: str, seed: int) -> Iterator[list[Writer]]:
    """Have writers at work in the block, and let them end after it."""
    with ExitStack() as stack:
        writers = [Writer(url, seed, number) for number in range(1, WRITERS + 1)]
        for writer in writers:
            stack.callback(writer.kill)
        yield writers
        for writer in writers:
            writer.stop()


class Exporting:
    """Exports windows, and kills whoever exports at random moments."""

    def __init__(self, settings: Settings, chance: random.Random, stack: ExitStack) -> None:
        self._settings, self._chance, self._stack = settings, chance, stack
        self._url = settings.effective_database_url
        self._seconds = 3.0  # that a window takes
        self._worker: Running | None = None
        self.kills = 0

    def window(self, *, by_command: bool, is_killed: bool) -> Path:
        """Export a version, and again as often as it is needed; return its folder."""
        export = self._by_command if by_command else self._by_worker
        return self._settings.effective_exports_dir / export(is_killed=is_killed)

    def _by_worker(self, *, is_killed: bool) -> str:
        if self._worker is None:
            self._worker = self._stack.enter_context(worker(self._settings))
        begin = time.monotonic()
        (export_id,) = create(self._url, [ExportConfig(**CONFIG)])
        if is_killed:
            time.sleep(self._chance.uniform(0, self._seconds))
            self.kills += not ended(self._url, [export_id])
            self._worker.kill()
            self._worker = self._stack.enter_context(worker(self._settings))
        until(lambda: self._worker.assert_runs() or ended(self._url, [export_id]))
        if not is_killed:
            self._seconds = time.monotonic() - begin
        export = details(self._url, export_id)
        assert export.status == "completed", (export.error_code, export.error_message)
        return export_id

    def _by_command(self, *, is_killed: bool) -> str:
        known = len(self._versions())
        if is_killed:
            with self._command() as running:
                time.sleep(self._chance.uniform(0, 2 * self._seconds))
                self.kills += running.process.poll() is None
                running.kill()
        if len(self._versions()) == known:
            until(self._runs_well)
        return str(self._versions()[-1])

    def _runs_well(self) -> bool:
        """Run the command. Until its lease ends, the one that was killed keeps the dataset busy."""
        with self._command() as running:
            code = running.wait()
            assert code == 0 or "is writing version" in running.stderr, running.stderr
            return code == 0

    def _command(self):
        values = self._settings.model_dump(exclude_none=True, exclude_defaults=True)
        return started(
            LUMBER, *COMMAND, **{f"LUMBER_{name.upper()}": value for name, value in values.items()}
        )

    def _versions(self) -> list[str]:
        rows = query(
            self._url, "SELECT export_id FROM dataset_versions WHERE state = 'published' ORDER BY number"
        )
        return [row[0] for row in rows]


@pytest.fixture
def seed() -> int:
    """A seed that a failed test prints."""
    chosen = int(os.environ.get(SEED) or random.randrange(1_000_000))
    _log.warning("%s=%s repeats this test.", SEED, chosen)
    return chosen


@pytest.mark.slow
def test_fifty_windows_with_writers_and_kills(database_url: str, tmp_path: Path, seed: int) -> None:
    fill_all(database_url, ROWS)
    settings = settings_for(database_url, tmp_path / "data", partition_rows=1_000, lease_seconds=3)
    chance = random.Random(seed)
    modes: Counter[str] = Counter()
    with ExitStack() as stack:
        exporting = Exporting(settings, chance, stack)
        with writing(database_url, seed) as writers:
            for number in range(1, WINDOWS):
                for writer in writers:
                    writer.ask("go")
                if is_checked := number % CHECKED_EVERY == 0:
                    for writer in writers:
                        writer.pause()
                folder = exporting.window(
                    by_command=number % COMMAND_EVERY == 0, is_killed=chance.random() < 0.5
                )
                modes[manifest_of(folder)["dataset"]["kinds"]["logs"]["mode"]] += 1
                if is_checked:
                    assert_is_table(settings, folder)
        last = exporting.window(by_command=True, is_killed=False)
    assert_is_table(settings, last)
    assert check_chain(settings).versions >= WINDOWS
    _log.warning("%s kills, %s", exporting.kills, dict(modes))
    # Otherwise the test shows less than it says.
    assert exporting.kills >= WINDOWS // 8
    assert min(modes["append"], modes["whole"]) >= WINDOWS // 12, modes
    assert_damage_is_found(settings)


def assert_damage_is_found(settings: Settings) -> None:
    """Check that a removed, a doubled and a changed version are found, and nothing once they are mended."""
    folders = paths(settings)
    middle, url = len(folders) // 2, settings.effective_database_url
    name = f"v{middle + 1}"

    shutil.move(folders[middle], f"{folders[middle]}.gone")
    assert (name, "does not exist") in found(settings)
    shutil.move(f"{folders[middle]}.gone", folders[middle])

    columns = "dataset_id, export_id, state, data_version, parent_number, is_incremental, watermark, frozen"
    columns += ", counts, rows, added, changed, removed, path, manifest_sha256, created_at"
    again = f"SELECT {len(folders) + 1}, {columns} FROM dataset_versions WHERE number = {middle + 1}"
    execute(url, f"INSERT INTO dataset_versions (number, {columns}) {again}")
    assert (f"v{len(folders) + 1}", f"isn't of version {len(folders) + 1}") in found(settings)
    assert (f"v{len(folders) + 1}", f"and so does {name}") in found(settings)
    execute(url, f"DELETE FROM dataset_versions WHERE number = {len(folders) + 1}")

    shard = next((folders[middle] / "logs").iterdir())
    content = shard.read_bytes()
    shard.write_bytes(content.replace(b'"message"', b'"massage"', 1))
    assert (name, "was changed") in found(settings)
    shard.write_bytes(content)

    doubled_rows(url, folders[-1])
    assert (f"v{len(folders)}", "ids more than once") in found(settings)


class Found(list[tuple[str, str]]):
    """Problems by version; one is in the list if its text is part of the sentence."""

    def __contains__(self, wanted: object) -> bool:
        version, text = wanted  # type: ignore[misc]
        return any(each == version and text in sentence for each, sentence in self)


def found(settings: Settings) -> Found:
    return Found((each.version, each.problem) for each in check_chain(settings).problems)


def paths(settings: Settings) -> list[Path]:
    """Return the folders of the versions, the first one first."""
    dataset = with_database(settings.effective_database_url, lambda database: get_dataset(database, DATASET))
    return [Path(each.path or "") for each in reversed(dataset.versions)]


def doubled_rows(url: str, folder: Path) -> None:
    """List a file of a version under a second name, as a bug would: manifest and ledger agree with it."""
    manifest = manifest_of(folder)
    entry = next(each for each in manifest["files"] if each["kind"] == "logs")
    again = {**entry, "path": entry["path"].replace("logs/", "logs/again-")}
    shutil.copy(folder / entry["path"], folder / again["path"])
    manifest["files"].append(again)
    manifest["kinds"]["logs"]["written"] += entry["rows"]
    manifest["kinds"]["logs"]["read"] += entry["rows"]
    content = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    export = manifest["export_id"]
    execute(url, f"UPDATE dataset_versions SET manifest_sha256 = '{digest}' WHERE export_id = '{export}'")
