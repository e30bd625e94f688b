"""`lumber privacy reverse`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from lumber.exports.pseudonyms import Made, key_of_settings, made_in, rule_of
from lumber.privacy.rule import PrivacyRule
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.privacy.reversing import Original


def reverse(
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VALUE]...", help="Pseudonyms, or texts that contain some.", show_default=False
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="File of values, one a line. `-` is standard input."),
    ] = None,
    candidates: CandidatesOption = None,
    from_database: FromDatabaseOption = False,
    data_type: KindOption = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            metavar="DATASET",
            help="The private dataset with the values: its context is used, and its key is compared.",
        ),
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(
            "--privacy-context", metavar="TEXT", help="The context of the pseudonyms, if they have one."
        ),
    ] = None,
    shift_times: Annotated[
        bool, typer.Option("--shift-times", help="Times were shifted: show true ones. The dataset says it.")
    ] = False,
    shift_group: Annotated[
        str | None,
        typer.Option(
            "--shift-group", metavar="TEXT", help="With --shift-times: the group, or the name of the dataset."
        ),
    ] = None,
    privacy_key_file: KeyFileOption = None,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show which values pseudonyms stand for. It needs the key of the export.

    Prefix-preserving addresses are decrypted. Without --dataset, nothing tells a wrong key from the right
    one: it gives other addresses. All other pseudonyms are HMACs, which nobody can invert. They are compared
    with those of values that are known: the candidates, or all values in the database.

    If the times of the export were shifted, dates with a year become the true ones, and the number of weeks
    is shown. Without values, only that is shown.

    Each line of the result is a text with its pseudonyms put back. Unknown ones stay. The audit trail gets a
    line before anything is shown; it has the number of pseudonyms and their types.

    Exit codes: 0 at least one is known, 3 a wrong key, 4 none is known.

    Examples:
      lumber privacy reverse 81.2.69.142 --dataset ./shared
      lumber privacy reverse --file found.txt --from-database
      grep sshd shared.log | lumber privacy reverse --file - --candidates users.txt
    """
    check_inputs(file=file, candidates=candidates)
    texts = [*(values or ()), *lines_of(file, "--file")]
    if shift_group is not None and not shift_times:
        raise typer.BadParameter("has no effect without --shift-times.", param_hint="--shift-group")
    for option, is_given in (("--privacy-context", context is not None), ("--shift-times", shift_times)):
        if dataset is not None and is_given:
            raise typer.BadParameter("the dataset says it: leave it out.", param_hint=option)
    runtime, out = load_runtime(database_url, privacy_key_file=privacy_key_file), Output(as_json=as_json)
    made = Made(context=context, has_shift=shift_times, shift_group=shift_group)
    if dataset is not None:
        made = made_in(dataset, runtime.settings)
    if not texts and not made.has_shift:
        raise typer.BadParameter("give at least one value, or --file.")
    rule = rule_of(key_of_settings(runtime.settings, may_be_weak=True), made)
    known = lines_of(candidates, "--candidates")
    found = asyncio.run(_reversed(runtime, rule, made, texts, known, (from_database, data_type), out))
    return _show(out, rule, found)


async def _reversed(
    runtime: Runtime,
    rule: PrivacyRule,
    made: Made,
    texts: list[str],
    candidates: list[str],
    rows: tuple[bool, list[str] | None],
    out: Output,
) -> list[tuple[str, str, list[Original]]]:
    """Return each text, the same with the known values put back, and its pseudonyms."""
    # Slow to load, and only needed when all options are right.
    from lumber.privacy.reversing import KnownValues, Reverser, find_pseudonyms

    async with asked(runtime, Action.PSEUDONYMS_REVERSED) as acting:
        kinds = chosen_kinds(acting, *rows)
        known = KnownValues(rule, {item.value for text in texts for item in find_pseudonyms(text)})
        await learn(acting, known, candidates, kinds, out)
        reverser = Reverser(rule, known.values, decrypts=made.has_addresses)
        found = [(text, *reverser.original(text)) for text in texts]
        items = [item for _, _, items in found for item in items]
        await acting.tell(
            Action.PSEUDONYMS_REVERSED,
            privacy_key_id=rule.key_id,
            context=rule.context,
            pseudonyms=len(items),
            reversed=sum(item.value is not None for item in items),
            types=sorted({item.type for item in items}),
            kinds=kinds,
            time_shift=made.has_shift or None,
        )
        return found


def _show(out: Output, rule: PrivacyRule, found: list[tuple[str, str, list[Original]]]) -> int:
    items = [item for _, _, items in found for item in items]
    weeks = _weeks(rule)
    unknown = sum(item.value is None for item in items)
    out.result(
        {
            "key_id": rule.key_id,
            "context": rule.context,
            "shifted_weeks": weeks,
            "reversed": len(items) - unknown,
            "unknown": unknown,
            "texts": [_as_json(*each) for each in found],
        }
    )
    for _, original, _ in found:
        out.say(printable(original))
    if weeks is not None:
        out.note(f"Times are {counted(weeks, 'week')} earlier than they were.")
        if not found:
            return ExitCode.OK
    if not items:
        out.note("No value is a pseudonym, or contains one.")
    elif unknown:
        out.note(
            f"{counted(unknown, 'pseudonym')} of {len(items):,} unknown: add values with --candidates, or "
            "--from-database."
        )
    return ExitCode.OK if len(items) > unknown else ExitCode.NOTHING_FOUND


def _weeks(rule: PrivacyRule) -> int | None:
    """Return by how many weeks times were shifted; None if they weren't."""
    if not rule.shifts_times:
        return None
    from lumber.privacy.time_shift import weeks_of

    return weeks_of(rule)


def _as_json(text: str, original: str, items: list[Original]) -> dict[str, Any]:
    return {
        "text": text,
        "original": original,
        "pseudonyms": [
            {"pseudonym": item.pseudonym, "type": item.type, "original": item.value} for item in items
        ],
    }
