"""`lumber verify`: re-reads a dataset against its manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.progress import row_progress
from lumber.cli.runtime import JsonOption
from lumber.dataset.verify import Report, verify_dataset
from lumber.text import counted

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The dataset: the folder that holds manifest.json.")
]


def verify(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Re-read a dataset against its manifest and report everything that is not as it says.

    It checks:

    - the files: each is there with its size and sha256, and none is there that is not listed;

    - the rows, read back: their number, columns, nulls, keys, order, ids, rejects and the times of splits;

    - the balance: rows read are those written, rejected, deduplicated and left out;

    - the class balance of the labels, in every split;

    - the leakage certificate, counted anew from the rows;

    - the privacy residues: no file has any that can be told without the key, where the export is private;

    - the hashes of the config, of the records, and the reproducibility hash;

    - the documents: what SHA256SUMS, croissant.json, README.md and quality_report.json say of the others.

    Nothing is changed. No database is needed: a copy of the folder is enough.

    Exit codes: 0 all is as the manifest says, 1 there are problems, 4 the folder holds no dataset.

    Examples:

    `lumber verify ./out`

    `lumber verify ./out --json | jq -r '.problems[] | .path + ": " + .problem'`

    `lumber verify ./out && rsync -a ./out/ /mnt/datasets/logs/`
    """
    output = Output(as_json=as_json)
    with row_progress(output.errors, is_quiet=as_json) as progress:
        report = verify_dataset(
            folder, lambda done, total, path: progress.update(done, total, printable(path))
        )
    output.result(report.as_json())
    _say(output, folder, report)
    if not report.is_ok:
        raise typer.Exit(ExitCode.FAILURE)


def _say(output: Output, folder: Path, report: Report) -> None:
    for note in report.notes:
        output.note(f"[yellow]note:[/] {printable(note.path)}: {printable(note.problem)}")
    of_kinds = [f"{counted(number, 'row')} of {printable(kind)}" for kind, number in report.rows.items()]
    rows = ", ".join(of_kinds) or "no rows"
    if report.is_ok:
        output.say(
            f"[green]ok:[/] {printable(folder)} is what its manifest says: "
            f"{counted(report.files, 'file')}, {rows}."
        )
        return
    for problem in report.problems:
        output.say(f"[bold red]problem:[/] {printable(problem.path)}: {printable(problem.problem)}")
    what = counted(len(report.problems), "problem")
    output.say(f"{printable(folder)} is not what its manifest says: {what}.")
