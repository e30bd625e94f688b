"""`lumber audit`: who did what, when, from where and with which result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "list": ("listing:list_lines", "List lines of the audit trail, newest first."),
    "outgoing": ("departures:outgoing", "List downloads, and datasets that commands wrote: who got what."),
    "verify": ("checking:verify", "Check that no line was changed, removed or inserted."),
    "export": ("exporting:export", "Write the audit trail into a file that can be checked anywhere."),
}


class AuditGroup(LazyGroup):
    """The group of the commands about the audit trail."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=AuditGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def audit() -> None:
    """List, verify and export the audit trail: who did what, when, and from where.

    Lines are only ever added. Each one contains the hash of the line before it, so a change shows.

    Examples:
      lumber audit list --action download --since 2026-11-01
      lumber audit outgoing --since 2026-11-01
      lumber audit verify
      lumber audit export --output audit.jsonl
    """
