"""Asks before something is deleted or begun that can't be taken back."""

from __future__ import annotations

import sys

import typer

from lumber.cli.output import Output


def require_terminal(out: Output, what: str) -> None:
    """Raise typer.BadParameter if nobody can be asked. `what` needs --yes then: `deleting`, `a backfill`."""
    if out.as_json or not sys.stdin.isatty():
        raise typer.BadParameter(f"without a terminal, {what} needs --yes.", param_hint="--yes")


def is_confirmed(out: Output, question: str, what: str = "deleting") -> bool:
    """Ask a question, and return whether the answer is yes. Raises typer.BadParameter without a terminal."""
    require_terminal(out, what)
    return typer.confirm(question, err=True)
