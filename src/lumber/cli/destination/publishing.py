"""`lumber destination publish`: writes a finished dataset to a destination."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.destination.listing import NameArgument
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import bytes_text
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.dataset.manifest_file import read_manifest
from lumber.destinations.layout import root_of
from lumber.destinations.publishing import Publication, publish
from lumber.destinations.registry import find_destination
from lumber.text import counted


def publish_folder(
    name: NameArgument,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a finished dataset.")],
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write a finished dataset to a destination. What is there already isn't sent again.

    An export with --destination does this by itself. The command is for a dataset that was exported without
    it, or that couldn't be published then.

    Exit codes: 0 published, 1 failed, 4 no such destination or no dataset.

    Example:
      lumber destination publish lake ./dataset
    """
    # Says what is wrong with a folder that holds no dataset.
    config = read_manifest(folder).config
    made = asyncio.run(_publish(load_runtime(database_url), name, folder, config.get("dataset")))
    out = Output(as_json=as_json)
    out.result(asdict(made))
    sent = f"sent {counted(made.uploaded_files, 'file')}, {bytes_text(made.uploaded_bytes)}"
    out.say(f"Published to {printable(made.url)}/{printable(made.root)} ({sent}).")
    for text in made.not_promised:
        out.note(f"[yellow]note:[/] {printable(text)}")
    return ExitCode.OK


async def _publish(runtime: Runtime, name: str, folder: Path, dataset: str | None) -> Publication:
    async with open_ledger(runtime) as database, database.session() as session:
        found = await find_destination(session, name)
    store = found.open(umask=runtime.settings.file_umask)
    return await asyncio.to_thread(publish, store, found.promises, folder, root_of(dataset))
