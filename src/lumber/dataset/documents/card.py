"""The dataset card, README.md: what is inside, how it was made, its limits, its columns and its proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lumber.catalog.kind import Kind, is_json_field, is_json_text
from lumber.dataset.documents import statements, version_text
from lumber.dataset.documents.contents import Contents, Table, kind_table
from lumber.dataset.documents.front_matter import front_matter
from lumber.dataset.documents.statements import RANDOM_LEAKS
from lumber.dataset.leakage.text import leakage_section
from lumber.dataset.privacy_risks import privacy_risks
from lumber.dataset.quality import most_common
from lumber.dataset.sections import class_balances, split_sections
from lumber.dataset.totals import KindTotals
from lumber.privacy.proof import PrivacyProof
from lumber.privacy.rule import PrivacyRule
from lumber.steps.labels import LABEL
from lumber.steps.split import SPLITS, SplitMode
from lumber.text import counted

_PROOF = [
    "`manifest.json` lists every file with rows, bytes and sha256; `quality_report.json` describes the",
    "content; `rejects/` keeps every row that broke a rule, with the rule and the reason. `lumber verify`",
    "reads it all again and checks it; `sha256sum -c SHA256SUMS` checks the bytes without Lumber.",
    "",
    "Two exports of the same rows with the same config have the same reproducibility hash. It covers the",
    "config, the counts, the columns and the data files with their sizes, but nothing that differs from run",
    "to run.",
    "",
]


def dataset_card(contents: Contents) -> str:
    """Return the card. It says only what the manifest proves.

    Apart from the version of a named dataset and the policies, nothing in it differs from run to run.
    """
    kinds = contents.kinds
    lines = [*front_matter(contents), "", version_text.title(contents), "", statements.collection(contents)]
    lines += ["", *_balance(kinds)]
    lines += ["", *_split_table(kinds, contents.config), *_opening(contents)]
    lines += version_text.version_section(contents)
    lines += _labels(kinds, contents.config)
    lines += leakage_section({name: totals.leakage for name, (_, totals) in kinds.items()})
    lines += ["## Columns", ""]
    for table in [*(kind_table(kind, totals) for kind, totals in kinds.values()), *contents.derived]:
        lines += _columns(table)
    lines += _privacy(kinds, contents.privacy)
    lines += ["## How it was made", "", f"Exported by Lumber {contents.version}.", *_policies(contents), ""]
    lines += [f"- {text}" for text in statements.preprocessing(contents)]
    lines += ["", "## Limits", "", *(f"- {text}" for text in statements.limitations(contents))]
    lines += [f"- {text}" for text in statements.sensitivity(contents)]
    lines += ["- License, creator and language are unknown: add them when you publish the dataset."]
    lines += ["", "## Proof", "", *_PROOF, f"Reproducibility hash: `{contents.reproducibility_hash}`"]
    return "\n".join(lines) + "\n"


def _policies(contents: Contents) -> list[str]:
    """Say which export policies allowed it."""
    # JSON, because a name may hold any character.
    named = [
        f"{json.dumps(each.name, ensure_ascii=False)} (version {each.version:,})"
        for each in contents.policies
    ]
    return [f"Allowed by the export policies {', '.join(named)}."] if named else []


def _balance(kinds: Mapping[str, tuple[Kind, KindTotals]]) -> list[str]:
    """Account for every row: the rows read are the sum of the others."""
    lines = ["| kind | read | written | rejected | deduplicated | left out | files |"]
    lines += ["|---|---:|---:|---:|---:|---:|---:|"]
    for name, (_, totals) in kinds.items():
        counts = (totals.read, totals.written, totals.rejected, totals.deduplicated, totals.sampled_out)
        lines += [f"| {name} | {' | '.join(f'{count:,}' for count in (*counts, len(totals.shards)))} |"]
    return lines


def _columns(table: Table) -> list[str]:
    lines = [f"### {table.name}", "", table.description, ""]
    lines += ["| column | type | null | meaning |", "|---|---|---|---|"]
    for field in table.schema:
        meaning = table.descriptions.get(field.name, "").replace("|", "\\|")
        type_ = "JSON" if is_json_field(field) else field.type
        if is_json_text(field):
            type_ = "JSON text"
        lines += [f"| `{field.name}` | {type_} | {'yes' if field.nullable else 'no'} | {meaning} |"]
    return [*lines, ""]


def _privacy(kinds: Mapping[str, tuple[Kind, KindTotals]], rule: PrivacyRule | None) -> list[str]:
    """Say what was replaced and how, and what the scan of the files proves; nothing without a rule."""
    if rule is None:
        return []
    lines = [
        "## Privacy",
        "",
        *rule.described(),
        "",
        "| kind | column | type | replaced |",
        "|---|---|---|---:|",
    ]
    proofs = {name: totals.privacy for name, (_, totals) in kinds.items() if totals.privacy is not None}
    for name, proof in proofs.items():
        lines += [
            f"| {name} | {column} | {type_} | {count:,} |"
            for column, counts in sorted((proof.by_column or {"": proof.replaced}).items())
            for type_, count in sorted(counts.items())
        ]
    files = sum(proof.residue_scan.files for proof in proofs.values())
    lines += [
        "",
        f"Every file ({files:,} in all) was scanned after it was written: no residue was found.",
    ]
    if not all(proof.residue_scan.judges_addresses for proof in proofs.values()):
        lines += ["There were too many addresses for that scan to tell every pseudonym from a real one."]
    lines += [
        "Secrets that have neither a name nor a known format, and names that stand alone, aren't recognised.",
        "",
        *_known_values(proofs.values()),
        *_anonymity(kinds),
        "What the dataset still reveals:",
        "",
        *(f"- {text}" for text in privacy_risks(rule, [kind for kind, _ in kinds.values()]).values()),
        "",
    ]
    return lines


def _known_values(proofs: Iterable[PrivacyProof]) -> list[str]:
    """Say how many values of columns were looked for in all texts; nothing if none were."""
    counts = next((proof.known_values for proof in proofs if proof.known_values is not None), None)
    if counts is None:
        return []
    left_out = sum(counts.get(reason, 0) for reason in ("short", "ordinary"))
    text = f"{counted(counts['taken'], 'name')} of hosts and users in columns were looked for in all texts"
    return [f"{text}; {left_out:,} were left out, as they are short or ordinary words.", ""]


def _anonymity(kinds: Mapping[str, tuple[Kind, KindTotals]]) -> list[str]:
    """Say how many rows the smallest groups have; nothing without chosen columns."""
    rows = [
        f"| {name} | {', '.join(each.columns)} | {each.k:,} | {each.groups:,} | {each.unique_rows:,} |"
        for name, (_, totals) in kinds.items()
        for each in totals.k_anonymity
    ]
    if not rows:
        return []
    head = ["| kind | columns | k | groups | rows alone in a group |", "|---|---|---:|---:|---:|"]
    return ["At least k rows have the same values in these columns (k-anonymity):", "", *head, *rows, ""]


def _labels(kinds: Mapping[str, tuple[Kind, KindTotals]], config: Mapping[str, Any]) -> list[str]:
    """Say how lines were labelled, and count the labels of every split; nothing without labels."""
    rows = [
        f"| {name} | {split} | {balance['1']:,} | {balance['0']:,} | {balance['null']:,} |"
        for name, (kind, totals) in kinds.items()
        for split, balance in (class_balances(kind, totals) or {}).items()
    ]
    options = config.get("labels")
    if not rows or not options:
        return []
    table = ["| kind | split | 1 | 0 | no label |", "|---|---|---:|---:|---:|", *rows]
    return ["## Labels", "", *_labelling(options), "", *table, ""]


def _labelling(options: Mapping[str, Any]) -> list[str]:
    lines = [f"- `{LABEL}` is 1 if an anomaly names the line by its id."]
    window = options["window_seconds"]
    if window is not None:
        lines += [
            "- An anomaly that names a device and no line applies to the device's lines from "
            f"{window['before']:g} seconds before to {window['after']:g} seconds after it."
        ]
    lines += ["- It is 0 if all anomalies of the line were judged false positives."]
    if options["confirmed_only"]:
        lines += ["- Only anomalies judged true positives set label 1. Unjudged anomalies set no label."]
    if options["detectors"]:
        # JSON, because a name may hold any character.
        names = ", ".join(json.dumps(name, ensure_ascii=False) for name in options["detectors"])
        lines += [f"- Only anomalies of these detectors count: {names}."]
    lines += [
        "- Lines without an anomaly are assumed to be normal and get label 0, even if a detector missed one."
        if options["assume_normal"]
        else "- Lines without an anomaly get no label: its absence isn't evidence that a line is normal."
    ]
    if options.get("only"):
        lines += ["- Lines without a label were left out."]
    return [*lines, "- Filters and dates of the export select the lines, not the anomalies that label them."]


def _split_table(kinds: Mapping[str, tuple[Kind, KindTotals]], config: Mapping[str, Any]) -> list[str]:
    """List the splits of every kind; nothing if there is only one."""
    rows = [
        f"| {name} | {split} | {section.rows:,} | {section.column or kind.time_column} | "
        f"{section.first} | {section.last} |"
        for name, (kind, totals) in kinds.items()
        for split, section in split_sections(kind, totals).items()
    ]
    head = ["| kind | split | rows | time | first | last |", "|---|---|---:|---|---|---|"]
    leaks = [f"**{RANDOM_LEAKS}**", ""] if config.get("split", {}).get("mode") == SplitMode.RANDOM else []
    return [*head, *rows, "", *_strata(kinds, config), *leaks] if rows else []


def _strata(kinds: Mapping[str, tuple[Kind, KindTotals]], config: Mapping[str, Any]) -> list[str]:
    """Count the rows of each level in every split, where these were kept even; labels have their section."""
    if config.get("split", {}).get("stratify") != "log_level":
        return []
    lines = []
    for name, (kind, totals) in kinds.items():
        if kind.level_column is not None and totals.splits:
            splits = [split for split in SPLITS if split in totals.splits]
            lines += [f"| {name}: level | {' | '.join(splits)} |", f"|---|{'---:|' * len(splits)}"]
            for level in most_common(totals.quality.levels):
                counts = " | ".join(f"{totals.splits[split].levels[level]:,}" for split in splits)
                name_of_level = level.replace("|", "\\|")
                lines.append(f"| {name_of_level} | {counts} |")
            lines.append("")
    return lines


def _opening(contents: Contents) -> list[str]:
    if not contents.tables:
        return ["No rows matched.", ""]
    first, format = contents.tables[0], contents.format
    name = first.name
    if format.hub is None:
        code = ["import lumber", f'frame = lumber.open("PATH").to_polars("{name}")']
    else:
        code = ["from datasets import load_dataset", f'dataset = load_dataset("PATH", "{name}")']
    opening = format.opening if first.period is None else format.opening_folders
    if opening:
        code += ["", *(line.format(table=name, suffix=contents.suffix) for line in opening)]
    note = [*format.card_note, ""] if format.card_note else []
    return ["```python", *code, "```", "", *note, *_json_text(contents)]


def _json_text(contents: Contents) -> list[str]:
    """Name the columns of JSON that are text because readers couldn't open their values."""
    found = [
        f"In {name}, {' and '.join(f'`{column}`' for column in totals.json_text)} is JSON text because its "
        "values vary or have numbers that readers can't hold: read it with `json.loads`."
        for name, (_, totals) in contents.kinds.items()
        if totals.json_text
    ]
    return [*found, ""] if found else []
