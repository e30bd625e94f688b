"""`lumber datasets freeze-test` and `test-sets`: hashes of test sets for gates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.output import Output, printable
from lumber.cli.runtime import JsonOption
from lumber.settings import load_settings
from lumber.text import counted

FilesArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILES", help="Datasets, or files: .parquet, .csv, .jsonl, .arrow; .txt and .log by line."
    ),
]
NameOption = Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the test set.")]
KindOption = Annotated[
    str,
    typer.Option(
        "--data-type", "-d", metavar="TYPE", help="Data type: logs, anomalies, ips, or one of a source."
    ),
]
ColumnOption = Annotated[
    str | None,
    typer.Option("--column", metavar="NAME", help="Column with the text. Default: as datasets have it."),
]
SplitOption = Annotated[
    str | None, typer.Option("--split", metavar="NAME", help="Read one split of datasets only, such as test.")
]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Replace the hashes of a test set with the same name.")
]


def freeze_test(
    files: FilesArgument,
    name: NameOption,
    data_type: KindOption = "logs",
    column: ColumnOption = None,
    split: SplitOption = None,
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
) -> int:
    """Keep hashes of a test set, so that gates find its rows.

    A gate with this test set holds every new version of a dataset that contains one of its rows. Rows are
    the same if their content is: of log lines the message. For a data type that only a source has, a dataset
    tells which column its mapping calls the message; for other files, name it by --column.

    Only hashes are kept, in the folder test-sets of LUMBER_DATA_DIR. Each machine that runs exports needs
    them there.

    Exit codes: 0 kept, 3 a file or the name is wrong, 4 a folder contains no dataset.

    Examples:
      lumber datasets freeze-test ./eval.jsonl --name plant-test
      lumber datasets freeze-test ./out --split test --name plant-test --replace
      lumber datasets freeze-test questions.csv --column text --name questions
    """
    from lumber.exports.gates.freezing import find_test_set, freeze, save

    test_set = find_test_set(load_settings(), name)
    hashes = freeze(files, data_type, column, split)
    save(test_set, hashes, may_replace=replace)
    out = Output(as_json=as_json)
    out.result({"name": name, "rows": len(hashes), "path": str(test_set.path)})
    rows = counted(len(hashes), "distinct row")
    out.say(f"The test set {printable(name)} has {rows}: {printable(test_set.path)}.")
    return ExitCode.OK


def frozen_sets(as_json: JsonOption = False) -> int:
    """List the frozen test sets of this machine, which gates compare new versions with.

    With --json it prints `{"test_sets": [...]}`.

    Example:
      lumber datasets test-sets
    """
    from lumber.exports.gates.freezing import list_test_sets

    found = list_test_sets(load_settings())
    out = Output(as_json=as_json)
    out.result({"test_sets": [each.as_json() for each in found]})
    if found:
        rows = [(each.name, f"{each.rows:,}", time_text(each.frozen_at)) for each in found]
        print_rows(out, ("name", "rows", "frozen (UTC)"), rows, right=("rows",))
    rest = "" if found else " Make one: lumber datasets freeze-test FILES --name NAME"
    out.say(f"{counted(len(found), 'test set')}.{rest}")
    return ExitCode.OK
