"""`lumber verify`: checks a dataset against its manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.progress import row_progress
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, load_runtime
from lumber.dataset.files import DatasetFiles
from lumber.dataset.verify import Report, verify_dataset
from lumber.exports.places import dataset_at
from lumber.settings import load_settings
from lumber.text import counted

ChainOption = Annotated[
    str | None,
    typer.Option(
        "--chain",
        metavar="NAME",
        help="Check all versions of this named dataset, and how they continue each other.",
    ),
]
DatasetArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="DATASET",
        help="The folder with manifest.json, a version such as plant@v3, or one in a destination: "
        "NAME:DATASET@v3, NAME:EXPORT_ID, s3://BUCKET/PREFIX/DATASET@latest.",
    ),
]


def verify(
    dataset: DatasetArgument = None,
    chain: ChainOption = None,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> None:
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

    In a destination, it also checks that the names of versions agree with the manifest. Files are downloaded
    one at a time, so the disk needs room for the largest one.

    It changes nothing in the dataset. It needs no database: a copy of the folder is enough. Only names of
    datasets and destinations are looked up there. If the settings name a database, its audit trail gets a
    line.

    With --chain it proves that each row of a named dataset was added by exactly one version, and that the
    versions together are one full export: no gap, no overlap. It checks the files of all versions, how each
    continues the one before, and the ids of log lines in the database as the last version saw it.

    Exit codes: 0 no problem, 1 problems found, 4 there is no dataset.

    Examples:
      lumber verify ./out
      lumber verify ./out --json | jq -r '.problems[] | .path + ": " + .problem'
      lumber verify ./out && rsync -a ./out/ /mnt/datasets/logs/
      lumber verify lake:plant@v3
      lumber verify --chain plant
    """
    output = Output(as_json=as_json)
    if (dataset is None) == (chain is None):
        raise typer.BadParameter("give either a dataset or --chain NAME.")
    if chain is not None:
        from lumber.cli.datasets.chain import check_chain

        raise typer.Exit(check_chain(chain, load_runtime(database_url), output))
    assert dataset is not None
    settings = load_settings(database_url=database_url)
    place = dataset_at(dataset, settings)
    with row_progress(output.errors, is_quiet=as_json) as progress:
        report = verify_dataset(
            place,
            lambda done, total, path: progress.update(done, total, printable(path)),
            settings.read_limits,
        )
    output.result(report.as_json())
    name = str(place) if isinstance(place, Path) else place.name
    _say(output, name, report)
    _record(place, name, report)
    if not report.is_ok:
        raise typer.Exit(ExitCode.FAILURE)


def _record(place: Path | DatasetFiles, name: str, report: Report) -> None:
    # Slow to load, and only needed after the result is shown.
    from lumber.audit.actions import Action
    from lumber.audit.actor import local_actor
    from lumber.audit.line import NewLine, Result
    from lumber.cli.audited import tell_if_possible

    result, reason = (Result.OK, None) if report.is_ok else (Result.FAILED, "dataset_damaged")
    line = NewLine(
        local_actor(),
        Action.DATASET_VERIFIED,
        ("dataset", place.name if isinstance(place, Path) else name.rpartition("/")[2]),
        result,
        reason,
        {
            "folder": str(place.absolute()) if isinstance(place, Path) else name,
            "files": report.files,
            "problems": len(report.problems),
        },
    )
    tell_if_possible([line])


def _say(output: Output, name: str, report: Report) -> None:
    for note in report.notes:
        output.note(f"[yellow]note:[/] {printable(note.path)}: {printable(note.problem)}")
    of_kinds = [f"{counted(number, 'row')} of {printable(kind)}" for kind, number in report.rows.items()]
    rows = ", ".join(of_kinds) or "no rows"
    if report.is_ok:
        output.say(
            f"[green]ok:[/] {printable(name)} matches its manifest: {counted(report.files, 'file')}, {rows}."
        )
        return
    for problem in report.problems:
        output.say(f"[bold red]problem:[/] {printable(problem.path)}: {printable(problem.problem)}")
    what = counted(len(report.problems), "problem")
    output.say(f"{printable(name)} doesn't match its manifest: {what}.")
