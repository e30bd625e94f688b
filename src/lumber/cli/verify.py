"""`lumber verify`: checks a dataset against its manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.progress import row_progress
from lumber.cli.runtime import JsonOption
from lumber.dataset.verify import Report, verify_dataset
from lumber.settings import load_settings
from lumber.text import counted

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The dataset: the folder with manifest.json.")
]


def verify(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Check a dataset against its manifest and report every problem.

    It checks:
    - files: each has its size and sha256, and there are no others;
    - rows, read back: number, columns, nulls, keys, order, ids, rejects and the times of splits;
    - balance: rows read equal rows written, rejected, deduplicated and sampled out;
    - labels: the class balance of every split;
    - leakage: what the splits share, counted again from the rows;
    - privacy: no file of a private export contains a residue that is recognisable without the key;
    - hashes: of the config, of the records, and the reproducibility hash;
    - documents: SHA256SUMS, croissant.json, README.md and quality_report.json agree with the files.

    It changes nothing in the folder. It needs no database: a copy of the folder is enough. If the settings
    name a database, the audit trail there gets a line.

    Exit codes: 0 no problem, 1 problems found, 4 the folder contains no dataset.

    Examples:
      lumber verify ./out
      lumber verify ./out --json | jq -r '.problems[] | .path + ": " + .problem'
      lumber verify ./out && rsync -a ./out/ /mnt/datasets/logs/
    """
    output = Output(as_json=as_json)
    with row_progress(output.errors, is_quiet=as_json) as progress:
        report = verify_dataset(
            folder,
            lambda done, total, path: progress.update(done, total, printable(path)),
            load_settings().read_limits,
        )
    output.result(report.as_json())
    _say(output, folder, report)
    _record(folder, report)
    if not report.is_ok:
        raise typer.Exit(ExitCode.FAILURE)


def _record(folder: Path, report: Report) -> None:
    # Slow to load, and only needed after the result is shown.
    from lumber.audit.actions import Action
    from lumber.audit.actor import local_actor
    from lumber.audit.line import NewLine, Result
    from lumber.cli.audited import tell_if_possible

    result, reason = (Result.OK, None) if report.is_ok else (Result.FAILED, "dataset_damaged")
    line = NewLine(
        local_actor(),
        Action.DATASET_VERIFIED,
        ("dataset", folder.name),
        result,
        reason,
        {"folder": str(folder.absolute()), "files": report.files, "problems": len(report.problems)},
    )
    tell_if_possible([line])


def _say(output: Output, folder: Path, report: Report) -> None:
    for note in report.notes:
        output.note(f"[yellow]note:[/] {printable(note.path)}: {printable(note.problem)}")
    of_kinds = [f"{counted(number, 'row')} of {printable(kind)}" for kind, number in report.rows.items()]
    rows = ", ".join(of_kinds) or "no rows"
    if report.is_ok:
        output.say(
            f"[green]ok:[/] {printable(folder)} matches its manifest: "
            f"{counted(report.files, 'file')}, {rows}."
        )
        return
    for problem in report.problems:
        output.say(f"[bold red]problem:[/] {printable(problem.path)}: {printable(problem.problem)}")
    what = counted(len(report.problems), "problem")
    output.say(f"{printable(folder)} doesn't match its manifest: {what}.")
