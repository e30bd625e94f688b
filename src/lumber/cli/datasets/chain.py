"""`lumber verify --chain`: checks that the versions of a dataset continue each other."""

from __future__ import annotations

from lumber.cli.datasets.listing import with_ledger
from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.runtime import Runtime
from lumber.exports.versions.chain import ChainReport, verify_chain
from lumber.text import counted


def check_chain(name: str, runtime: Runtime, output: Output) -> ExitCode:
    """Check the chain of a dataset and say what was found. Raises DatasetNotFound."""

    def told(step: str) -> None:
        output.note(f"checking {printable(step)}")

    report = with_ledger(
        runtime, lambda database: verify_chain(database, name, runtime.settings.read_limits, told)
    )
    output.result(report.as_json())
    _say(output, report)
    return ExitCode.OK if report.is_ok else ExitCode.FAILURE


def _say(output: Output, report: ChainReport) -> None:
    name = printable(report.dataset)
    for note in report.notes:
        output.note(f"[yellow]note:[/] {note.version}: {printable(note.problem)}")
    for problem in report.problems:
        output.say(f"[bold red]problem:[/] {problem.version}: {printable(problem.problem)}")
    if not report.is_ok:
        output.say(f"The chain of {name} is broken: {counted(len(report.problems), 'problem')}.")
        return
    of_kinds = [f"{counted(rows, 'row')} of {printable(kind)}" for kind, rows in report.rows.items()]
    compared = f"; {', '.join(report.compared)} compared with the database" if report.compared else ""
    output.say(
        f"[green]ok:[/] {_continuing(report.versions, name)}: "
        f"{', '.join(of_kinds) or 'no rows'}, each row once{compared}."
    )


def _continuing(versions: int, name: str) -> str:
    if versions == 1:
        return f"{name} has 1 version, which is what the manifest says"
    return f"{counted(versions, 'version')} of {name} continue each other"
