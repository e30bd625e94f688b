"""`lumber exports`: the exports in the ledger, whoever ran them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "list": (
        "listing:list_exports",
        "List exports, newest first by default, including those of other users and workers.",
    ),
    "show": (
        "show",
        "Show everything about one export: config, counts, attempts, errors with advice, verdicts and files.",
    ),
    "rows": ("rows", "Show rows of a completed export, a page at a time."),
    "compare": (
        "compare",
        "Show what two completed exports differ in: counts, splits, times, columns, config and values.",
    ),
    "watch": ("watch", "Watch an export until it ends. Ctrl-C stops watching, not the export."),
    "name": ("naming:name", "Name an export, and give it tags and a note."),
    "cancel": ("cancel", "Cancel a queued or running export and remove its unfinished files."),
    "retry": ("retry", "Put a failed or cancelled export back into the queue."),
    "tag": (
        "tagging:tag",
        "Add tags to exports, or remove them: by ids, or of all exports that match filters.",
    ),
    "delete": (
        "delete",
        "Delete exports that have ended, with their files: by ids, or all that match filters.",
    ),
    "share": ("share", "Let other accounts and roles read an export."),
    "download": (
        "download",
        "Copy a completed export's dataset into a folder or a zip file, and check each file's sha256.",
    ),
}


class ExportsGroup(LazyGroup):
    """The group of the commands about exports."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=ExportsGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def exports() -> None:
    """List, show, compare, watch, name, tag, cancel, retry, delete, share and download exports; show rows.

    Name an export by its id, or by at least the first four characters of it.

    Examples:
      lumber exports list --status failed
      lumber exports watch 3f2a
    """
