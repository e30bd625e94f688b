"""`lumber privacy rotate`."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import typer

from lumber.audit.actions import Action
from lumber.cli.exit_codes import ExitCode
from lumber.cli.output import Output, printable
from lumber.cli.privacy.asking import (
    CandidatesOption,
    FromDatabaseOption,
    KeyFileOption,
    KindOption,
    asked,
    check_inputs,
    chosen_kinds,
    learn,
    lines_of,
)
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.dataset.layout import output_errors
from lumber.errors import ConfigError, FieldProblem, OutputOccupied
from lumber.exports.pseudonyms import Made, key_in_file, key_of_settings, rule_of
from lumber.files.modes import PRIVATE_FILE
from lumber.files.temporary import part_folder
from lumber.paths import require_local
from lumber.privacy.rule import PrivacyRule
from lumber.text import counted


def rotate(
    old_key_file: Annotated[
        Path, typer.Option("--old-key-file", metavar="FILE", help="File with the old key. It may be weak.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="A new file of JSON Lines, for you only.")
    ],
    pseudonyms: Annotated[
        Path | None,
        typer.Option(
            "--pseudonyms",
            metavar="FILE",
            help="File of old pseudonyms, or of texts that contain some. Only these are mapped. `-` is "
            "standard input.",
        ),
    ] = None,
    candidates: CandidatesOption = None,
    from_database: FromDatabaseOption = False,
    data_type: KindOption = None,
    old_context: Annotated[
        str | None,
        typer.Option(
            "--old-context", metavar="TEXT", help="The context of the old pseudonyms, if they have one."
        ),
    ] = None,
    context: Annotated[
        str | None,
        typer.Option("--privacy-context", metavar="TEXT", help="The context of the new pseudonyms."),
    ] = None,
    privacy_key_file: KeyFileOption = None,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Map the pseudonyms of an old key to those of a new one.

    The new key is that of the settings. Each line of the file has the type, the old and the new pseudonym of
    a value, and not the value. The file is for you: whoever has it can join old and new datasets.

    Addresses in --pseudonyms are mapped directly. Other pseudonyms are mapped if their values are known: from
    candidates, or from the database. Without --pseudonyms, all known values are mapped, each as everything
    that it may be: a word may be a user or a host.

    The file has mode 0600. The audit trail gets a line before it appears.

    Exit codes: 0 written, 3 a wrong key, 4 nothing is known.

    Examples:
      lumber privacy rotate --old-key-file old.key --from-database -o map.jsonl
      lumber privacy rotate --old-key-file old.key --pseudonyms ips.txt -o map.jsonl
    """
    require_local("--output", output)
    check_inputs(pseudonyms=pseudonyms, candidates=candidates)
    if pseudonyms is None and candidates is None and not from_database:
        raise typer.BadParameter("give --pseudonyms, --candidates or --from-database.")
    if os.path.lexists(output):
        raise OutputOccupied(f"{output} already exists. Choose another file.")
    runtime, out = load_runtime(database_url, privacy_key_file=privacy_key_file), Output(as_json=as_json)
    old = rule_of(key_in_file(old_key_file), Made(context=old_context))
    new = rule_of(key_of_settings(runtime.settings, may_be_weak=False), Made(context=context))
    if (old.key, old.context) == (new.key, new.context):
        message = "has the key of the settings, so all pseudonyms stay as they are"
        raise ConfigError([FieldProblem("--old-key-file", str(old_key_file), message)])
    texts = None if pseudonyms is None else lines_of(pseudonyms, "--pseudonyms")
    known = lines_of(candidates, "--candidates")
    lines, unknown = asyncio.run(
        _rotated(runtime, (old, new), texts, known, (from_database, data_type), output.absolute(), out)
    )
    out.result(
        {
            "path": str(output) if lines else None,
            "old_key_id": old.key_id,
            "new_key_id": new.key_id,
            "mapped": lines,
            "unknown": unknown,
        }
    )
    if unknown:
        out.note(
            f"{counted(unknown, 'pseudonym')} unknown: add values with --candidates, or --from-database."
        )
    if not lines:
        out.note("Nothing is known of these pseudonyms, so no file was written.")
        return ExitCode.NOTHING_FOUND
    out.say(f"[green]ok:[/] {counted(lines, 'pseudonym')} in [bold]{printable(output)}[/]")
    return ExitCode.OK


async def _rotated(
    runtime: Runtime,
    rules: tuple[PrivacyRule, PrivacyRule],
    texts: list[str] | None,
    candidates: list[str],
    rows: tuple[bool, list[str] | None],
    target: Path,
    out: Output,
) -> tuple[int, int]:
    """Write the file; return the number of its lines, and that of unknown pseudonyms."""
    # Slow to load, and only needed when all options are right.
    from lumber.privacy.reversing import KnownValues, find_pseudonyms, renewed

    old, new = rules
    async with asked(runtime, Action.PSEUDONYMS_MAPPED) as acting:
        kinds = chosen_kinds(acting, *rows)
        wanted = None if texts is None else {each.value for text in texts for each in find_pseudonyms(text)}
        known = KnownValues(old, wanted)
        await learn(acting, known, candidates, kinds, out)
        found = sorted(renewed(old, new, known.values, wanted))
        if not found:
            return 0, len(wanted or ())
        with output_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with part_folder(target.parent) as folder:
                part = folder / "part"
                with os.fdopen(
                    os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "w"
                ) as file:
                    for type_, before, after in found:
                        file.write(json.dumps({"type": type_, "old": before, "new": after}) + "\n")
                await acting.tell(
                    Action.PSEUDONYMS_MAPPED,
                    privacy_key_id=old.key_id,
                    context=old.context,
                    new_privacy_key_id=new.key_id,
                    new_context=new.context,
                    pseudonyms=len(found),
                    types=sorted({type_ for type_, _, _ in found}),
                    kinds=kinds,
                    file=str(target),
                )
                part.rename(target)
        return len(found), 0 if wanted is None else len(wanted) - len(found)
