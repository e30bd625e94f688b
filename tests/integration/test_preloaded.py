"""Processes that are forked for tests are as processes that a shell starts."""

import asyncio
import signal
import subprocess
from contextlib import ExitStack
from functools import cache

import pytest

from lumber.ingest.uploads.child import _without_interrupts
from tests.integration import preloaded
from tests.integration.loaders import MODULE, forking
from tests.integration.processes import CHECKOUT, Running, forked_code, until

SAY = """
import json, os, sys, tempfile, threading
is_leader = os.getsid(0) == os.getpid() == os.getpgrp()
print(json.dumps([sys.argv[1:], os.environ["GREETING"], is_leader, os.getcwd(), threading.active_count()]))
print(tempfile.gettempdir() == os.environ["TMPDIR"], sys.stdin.read(), file=sys.stderr)
print(sorted(map(int, os.listdir("/proc/self/fd"))))
sys.exit(7)
"""
WAIT = "import signal; print('ready', flush=True); signal.pause()"


def ready(running: Running) -> bool:
    running.assert_runs()
    return "ready" in running.stdout


def test_it_has_its_own_arguments_variables_session_files_and_exit_code() -> None:
    with forked_code(SAY, ("json",), "one", 2, GREETING="hello") as running:
        assert running.wait() == 7, running.stderr
        said, files = running.stdout.splitlines()
        assert said == f'[["one", "2"], "hello", true, "{CHECKOUT}", 1]'
        assert files == "[0, 1, 2, 3]"  # the last one is the folder itself
        assert running.stderr == "True \n"


def test_several_end_in_any_order_by_signals() -> None:
    with ExitStack() as stack:
        one, two = (stack.enter_context(forked_code(WAIT, ())) for _ in range(2))
        for running in (one, two):
            until(lambda: ready(running))  # noqa: B023
        with pytest.raises(subprocess.TimeoutExpired):
            one.process.wait(0.01)
        two.process.terminate()
        assert two.wait() == -signal.SIGTERM
        one.assert_runs()
        one.kill()
        assert one.wait() == -signal.SIGKILL
        one.process.kill()  # nobody is there any more


async def test_ctrl_c_is_heard_also_if_a_loading_process_was_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The service blocks it while it starts one, and a process inherits what is blocked."""
    monkeypatch.setattr(preloaded, "_parent", cache(preloaded._Parent))
    try:
        with _without_interrupts():
            loader = await forking(asyncio.create_subprocess_exec)(MODULE)
        await loader.give_up()
        with forked_code("import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))", ()) as running:
            assert running.wait() == 0, running.stderr
            assert running.stdout == "set()\n"
    finally:
        preloaded._parent().end()


def test_an_error_is_told_as_python_does() -> None:
    with forked_code("raise ValueError('no')", ()) as running:
        assert running.wait() == 1
        assert running.stderr.splitlines()[-1] == "ValueError: no"
    with forked_code("import lumber_that_is_not_there", ()) as running:
        assert running.wait() == 1
