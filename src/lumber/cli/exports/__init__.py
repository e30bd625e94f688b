"""`lumber exports`: the exports in the ledger, whoever runs them."""

from __future__ import annotations

import typer

from lumber.cli.commands import MARKUP
from lumber.cli.exports.cancel import cancel
from lumber.cli.exports.delete import delete
from lumber.cli.exports.download import download
from lumber.cli.exports.listing import list_exports
from lumber.cli.exports.retry import retry
from lumber.cli.exports.show import show
from lumber.cli.exports.watch import watch

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=MARKUP)
app.command("list")(list_exports)
for _command in (show, watch, cancel, retry, delete, download):
    app.command()(_command)


@app.callback()
def exports() -> None:
    """List, show, watch, cancel, retry, delete and download exports.

    An export is named by its id, or by the first characters of it, four at least.

    Example: `lumber exports list --status failed`
    """
