"""Workers that start while their pool ends: nothing but the one error is told. Other errors are told."""

import os
import socket
from collections.abc import Callable, Iterator
from multiprocessing import forkserver, util
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from lumber.engine.forkserver import fork_context, sheltered_start
from lumber.engine.pool import WorkerPool
from lumber.errors import WorkerDied
from tests.integration import fork_refusal
from tests.integration.processes import until
from tests.worker_server import stop

Fds = list[int]
Told = Callable[[], str]


@pytest.fixture(scope="module")
def server_output(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a new server of worker processes whose errors, and those of its workers, go to this file."""
    folder = tmp_path_factory.mktemp("server")
    server = forkserver._forkserver  # type: ignore[attr-defined]
    stop()
    context = fork_context()
    context.set_forkserver_preload([fork_refusal.__name__, *server._preload_modules])
    usual = os.dup(2)
    output = folder / "stderr"
    with pytest.MonkeyPatch.context() as patch, output.open("w") as file:
        patch.setenv(fork_refusal.REFUSAL, str(folder / "refusal"))
        os.dup2(file.fileno(), 2)
        try:
            with sheltered_start():
                forkserver.ensure_running()
        finally:
            os.dup2(usual, 2)
            os.close(usual)
    yield output
    stop()


@pytest.fixture
def told(server_output: Path) -> Told:
    """Return what the server and its workers have written to stderr during the test."""
    before = len(server_output.read_text())
    return lambda: server_output.read_text()[before:]


def server_process() -> int:
    return int(forkserver._forkserver._forkserver_pid)  # type: ignore[attr-defined]


def test_a_worker_that_dies_while_another_starts_is_one_error(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = WorkerPool(2, ["logs"])
    connect = forkserver.connect_to_new_process
    reused: list[int] = []

    def lose_the_first(fds: Fds) -> tuple[int, int]:
        executor: Any = pool._executor
        for first in executor._processes.values():
            first.kill()
            # The thread that watches the workers closes the queue; a new pipe then has its descriptor.
            until(lambda: executor._executor_manager_thread is None or executor._call_queue._reader.closed)
            reused.extend(os.pipe())
            os.close(reused.pop())
        return connect(fds)

    monkeypatch.setattr(forkserver, "connect_to_new_process", lose_the_first)
    try:
        with pytest.raises(WorkerDied, match="ended without an answer"):
            start_and_watch(pool)
    finally:
        pool.close()
        for descriptor in reused:
            os.close(descriptor)
    assert reused
    assert told() == ""


def start_and_watch(pool: WorkerPool) -> None:
    pool.start(None)
    until(pool._check_workers)  # type: ignore[func-returns-value]


def test_workers_end_if_the_machine_starts_no_more_of_them(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = WorkerPool(2, ["logs"])
    connect = forkserver.connect_to_new_process
    workers: list[BaseProcess] = []

    def refuse_the_second(fds: Fds) -> tuple[int, int]:
        workers.extend(pool._processes())
        if workers:
            raise BlockingIOError("no more")
        return connect(fds)

    monkeypatch.setattr(forkserver, "connect_to_new_process", refuse_the_second)
    with pytest.raises(WorkerDied, match="could not be started: no more"):
        pool.start(None)
    pool.close()
    (worker,) = workers
    assert worker.exitcode is not None
    assert told() == ""


@pytest.mark.parametrize("size", [0, 3])
def test_a_program_that_ends_while_it_starts_a_worker_leaves_no_traceback(told: Told, size: int) -> None:
    answer, data = forkserver.connect_to_new_process([])
    os.write(data, b"\x80\x04K"[:size])
    os.close(data)
    forkserver.read_signed(answer)  # its id
    assert forkserver.read_signed(answer) == 1
    os.close(answer)
    assert told() == ""


@pytest.mark.parametrize("is_pool_gone", [True, False])
def test_a_semaphore_that_is_gone_is_told_only_if_the_pool_is_there(
    told: Told, monkeypatch: pytest.MonkeyPatch, is_pool_gone: bool
) -> None:
    context = fork_context()
    semaphore = context.Semaphore(0)
    process = context.Process(target=id, args=(semaphore,))
    connect = forkserver.connect_to_new_process

    def remove_semaphore(fds: Fds) -> tuple[int, int]:
        name = semaphore._semlock.name  # type: ignore[attr-defined]
        finalizers: dict[object, Any] = util._finalizer_registry  # type: ignore[attr-defined]
        (remove,) = (each for each in finalizers.values() if each._args == (name,))
        remove()
        return connect(fds)

    monkeypatch.setattr(forkserver, "connect_to_new_process", remove_semaphore)
    process.start()
    popen: Any = process._popen  # type: ignore[attr-defined]
    answer = os.dup(popen.sentinel)
    if is_pool_gone:
        popen.finalizer()
    assert forkserver.read_signed(answer) == 1
    os.close(answer)
    assert ("FileNotFoundError" in told()) is not is_pool_gone


def fail() -> None:
    raise ValueError("a mistake")


def test_an_error_of_a_worker_is_told(told: Told) -> None:
    process = fork_context().Process(target=fail)
    process.start()
    process.join()
    assert process.exitcode == 1
    assert "ValueError: a mistake" in told()


def test_the_server_outlives_a_client_that_sends_nothing(told: Told) -> None:
    before = server_process()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(forkserver._forkserver._forkserver_address)  # type: ignore[attr-defined]
    process = fork_context().Process(target=os.getpid)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert server_process() == before
    assert told() == ""


def test_the_server_outlives_a_process_that_the_machine_refuses(told: Told, server_output: Path) -> None:
    before = server_process()
    refusal = server_output.with_name("refusal")
    refusal.touch()
    try:
        pool = WorkerPool(1, ["logs"])
        with pytest.raises(WorkerDied):
            pool.start(None)
        pool.close()
    finally:
        refusal.unlink()
    process = fork_context().Process(target=os.getpid)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert server_process() == before
    assert told() == ""


def test_workers_give_memory_back_unless_the_user_says_otherwise(server_output: Path) -> None:
    environment = Path(f"/proc/{server_process()}/environ").read_bytes().decode().split("\0")
    assert "MALLOC_ARENA_MAX=1" in environment
    # Polars, which is loaded here, has put its own value there.
    assert "_RJEM_MALLOC_CONF=narenas:1,dirty_decay_ms:200,muzzy_decay_ms:0" in environment
    assert "MALLOC_ARENA_MAX" not in os.environ
    assert "narenas" not in os.environ["_RJEM_MALLOC_CONF"]
