"""`lumber exports`: the exports in the ledger, whoever ran them."""

from __future__ import annotations

import typer

from lumber.cli.exports.cancel import cancel
from lumber.cli.exports.delete import delete
from lumber.cli.exports.download import download
from lumber.cli.exports.listing import list_exports
from lumber.cli.exports.retry import retry
from lumber.cli.exports.show import show
from lumber.cli.exports.watch import watch
from lumber.cli.help import HelpCommand, HelpGroup

app = typer.Typer(cls=HelpGroup, no_args_is_help=True, add_completion=False)
app.command("list", cls=HelpCommand)(list_exports)
for _command in (show, watch, cancel, retry, delete, download):
    app.command(cls=HelpCommand)(_command)


@app.callback()
def exports() -> None:
    """List, show, watch, cancel, retry, delete and download exports.

    Name an export by its id, or by at least the first four characters of it.

    Examples:
      lumber exports list --status failed
      lumber exports watch 3f2a
    """
