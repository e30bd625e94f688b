"""Ctrl-C and SIGTERM cancel what a command does."""

from __future__ import annotations

import asyncio
import signal


def cancel_on_signals() -> None:
    """Cancel the current task at the first signal. Another one doesn't interrupt the clean-up."""
    task = asyncio.current_task()
    assert task is not None

    def interrupt(task: asyncio.Task[object] = task) -> None:
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell ignores it for background jobs
            asyncio.get_running_loop().add_signal_handler(number, interrupt)
