"""`lumber datasets`: named datasets, and what their new versions are held by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from lumber.cli.commands import LazyCommand, LazyGroup

# Name of the command, its place and the first sentence of its help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "list": ("listing:list_all", "List the named datasets."),
    "log": ("listing:log", "List the versions of a dataset, and what each changed."),
    "show": ("listing:show", "Show one version of a dataset."),
    "tag": ("changing:tag", "Give a version a tag."),
    "untag": ("changing:untag", "Remove a tag."),
    "keep": ("changing:keep", "Set how many versions are kept."),
    "backfill": ("backfilling:backfill", "Add a past range in windows, each as one version."),
    "to-table": ("tables:to_table", "Commit the versions of a dataset to tables of Delta or Iceberg."),
    "tables": (
        "table_setting:tables",
        "Show or set the tables of Delta or Iceberg that versions are committed to.",
    ),
    "gate": ("gating:gate", "Show, set or remove the gate of a dataset: what a new version must be like."),
    "publish": ("deciding:publish", "Publish a held version: it becomes the latest one."),
    "drop": ("deciding:drop", "Drop a held version: the next one continues from the version before it."),
    "freeze-test": ("freezing:freeze_test", "Keep hashes of a test set, so that gates find its rows."),
    "test-sets": ("freezing:frozen_sets", "List the frozen test sets of this machine."),
}


class DatasetsGroup(LazyGroup):
    """The group of the commands about named datasets."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for name, (module, sentence) in COMMANDS.items():
            place = f"{__name__}.{module}"
            self.add_command(LazyCommand(name=name, callback=None, help=sentence, place=place))


app = typer.Typer(cls=DatasetsGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def datasets() -> None:
    """Manage named datasets, their versions and the gates that hold versions.

    `lumber export --dataset NAME --incremental` makes a new version.

    Examples:
      lumber datasets log plant
      lumber datasets backfill plant --start 2026-01-01 --window 1month
      lumber datasets gate plant gate.json
      lumber datasets publish plant 12
      lumber datasets freeze-test ./eval.jsonl --name plant-test
    """
