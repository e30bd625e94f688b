"""Attempts at exports, each in a process of its own that dies at a chosen step."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lumber.settings import Settings
from tests.integration.datasets import execute
from tests.integration.processes import CHECKOUT, PATIENCE_SECONDS

# Reads lines of JSON, each with N, the address, the folder and what counts: "files" or "ledger". For each it
# forks a process that runs one attempt at what waits, and dies without a word at step N of what it does to
# files and folders, or of its writes to the ledger: before each, before each commit and after it. Prints its
# exit code and its output, the number of steps. So the libraries are loaded once for all attempts, and once
# for their workers: these are forked from one server, and end with the attempt that they belong to.
ATTEMPTS = """
import asyncio, json, os, sys, time
from multiprocessing import forkserver, process
from pathlib import Path
from sqlalchemy import Engine, Pool, event
from lumber.engine.forkserver import start_server
from tests.worker_server import load_more
from lumber.exports.attempt import ExportRun
from lumber.exports.ledger import ExportStatusManager
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.workers import settings_for

STEPS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")
at = steps = 0

def is_of_export(event, arguments):
    if isinstance(arguments[0], int):
        return False  # a file around what was opened before
    name = str(arguments[0])
    if name.startswith("/"):
        return "/exports/" in name
    # The event of an open tells no folder, but only an export opens what it writes from one.
    return event == "open" or "/exports" in os.readlink(f"/proc/self/fd/{arguments[-1]}")

def step():
    global steps
    steps += 1
    if steps == at:
        os._exit(9)

def watch(event, arguments):
    is_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if (is_write or event in STEPS) and is_of_export(event, arguments):
        step()

def watch_statement(connection, cursor, statement, parameters, context, is_many):
    if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
        step()

def watch_ledger():
    event.listen(Engine, "before_cursor_execute", watch_statement)
    event.listen(Engine, "commit", lambda connection: step())
    event.listen(Pool, "checkin", lambda connection, record: step())

async def main(url, folder, watched):
    settings = settings_for(url, folder)
    database = open_database(DatabaseUrl.parse(url))
    claim = await ExportStatusManager(database).claim_next("test", settings.lease_seconds, max_attempts=1000)
    if claim is None:
        return  # the last one died after its end
    watch_ledger() if watched == "ledger" else sys.addaudithook(watch)
    await ExportRun(claim, database, settings).run()
    await database.close()

def attempt(number, url, folder, watched):
    global at
    at = number
    asyncio.run(main(url, Path(folder), watched))
    print(steps)

def become_its_own(output):
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    for name in ("lumber_folder", "tempdir", "semprefix"):  # its folder for temporary files is its own
        process.current_process()._config.pop(name, None)
    process.current_process()._config["semprefix"] = "/mp"
    # The server is no child of it, and is there.
    forkserver._forkserver.ensure_running = forkserver.ensure_running = lambda: None

def wait_for_workers():
    server = forkserver._forkserver._forkserver_pid
    while Path(f"/proc/{server}/task/{server}/children").read_text():
        time.sleep(0.001)

if __name__ == "__main__":
    load_more()
    start_server()
    for line in sys.stdin:
        output, end = os.pipe()
        child = os.fork()
        if not child:
            become_its_own(end)
            attempt(*json.loads(line))
            sys.exit()
        os.close(end)
        with open(output, errors="replace") as pipe:
            text = pipe.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        wait_for_workers()
        print(json.dumps([code, text]), flush=True)
"""


class Attempts:
    """Makes attempts, each in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, settings: Settings, at: int = 0, watched: str = "files") -> tuple[int, str]:
        """Make an attempt that dies at step `at`; return its exit code and output.

        The lease of the one before has passed.
        """
        execute(settings.database_url, "UPDATE exports SET lease_until = 0")
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        line = [at, settings.database_url, str(settings.data_dir), watched]
        print(json.dumps(line), file=stdin, flush=True)
        assert select.select([stdout], [], [], PATIENCE_SECONDS)[0], "the attempt doesn't end"
        code, output = json.loads(stdout.readline())
        return code, output


@contextmanager
def attempting() -> Iterator[Attempts]:
    """Start what makes attempts, and stop it at the end."""
    # A thread of numpy's library would be lost in the forks.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", ATTEMPTS]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT, env=environment
    ) as process:
        try:
            yield Attempts(process)
        finally:
            process.kill()
