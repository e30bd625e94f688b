"""A progress bar for long work: rows, rows per second, remaining time. Only on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _RowsPerSecond(ProgressColumn):
    """Rows per second of the recent past."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("- rows/s" if speed is None else f"{speed:,.0f} rows/s", style="cyan")


def row_columns() -> tuple[ProgressColumn, ...]:
    """Return the columns of a bar that counts rows."""
    return (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RowsPerSecond(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )


class RowProgress:
    """Show how many rows are done. Without a terminal, every call does nothing."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None) if progress else None

    def update(self, done: int, total: int | None = None, text: str | None = None) -> None:
        """Set the rows done and, if known, the total and the current work."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, description=text)
            if total is not None:
                self._progress.update(self._task, total=total)

    def close(self) -> None:
        """Remove the bar, so that another one can be shown."""
        if self._progress is not None:
            self._progress.stop()


@contextmanager
def row_progress(console: Console, *, is_quiet: bool) -> Iterator[RowProgress]:
    """Show a progress bar on `console` while the block runs, and remove it afterwards."""
    if is_quiet or not console.is_terminal:
        yield RowProgress(None)
        return
    with Progress(*row_columns(), console=console, transient=True) as progress:
        yield RowProgress(progress)
