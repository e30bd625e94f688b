"""The dataset card: README.md with the front matter that `datasets.load_dataset(folder, kind)` reads.

Parquet and Arrow files carry their types. For text formats the card names them, because a reader that
guesses turns the device "007" into the number 7 and gives every JSON object the keys of all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import Kind, is_json_field
from lumber.pipeline.label_wording import labels_section
from lumber.pipeline.leakage.wording import leakage_section
from lumber.pipeline.manifest import KindTotals, split_section
from lumber.pipeline.privacy.rule import PrivacyRule
from lumber.pipeline.split import SplitMode
from lumber.pipeline.staged_files import StagedFile
from lumber.pipeline.writers import OutputFormat
from lumber.pipeline.writers.formats import TEXT_FORMATS

RANDOM_LEAKS = (
    "The split is random: neighbours in time, which are nearly the same, are on both sides of it. A test on "
    "it shows more than a model can do on what is yet to come."
)
_TIME = "timestamp[us, tz=UTC]"
_NAMES = {pa.float64(): "float64", pa.timestamp("us", "UTC"): _TIME}
_JSON_NOTE = [
    "Of JSON numbers, `datasets` keeps 15 digits of a fraction and 64 bits of a whole number; Parquet and",
    "Arrow keep them all.",
]
# What a reader must know because the format, or the library that people open it with, cannot say it.
_NOTES = {
    OutputFormat.JSONL: [*_JSON_NOTE, ""],
    OutputFormat.JSON: [
        *_JSON_NOTE,
        "It opens a document only where all objects of a column have the same types of members, and gives",
        "each of them the members of all; JSON Lines and Parquet do not mix them up.",
        "",
    ],
    OutputFormat.CSV: [
        "CSV has no types: times are text here, and an empty text looks like a null. Where the config says",
        "`csv_escape_formulas`, text that a spreadsheet would run has one apostrophe more in front.",
        "",
    ],
}


@dataclass(frozen=True, slots=True)
class TableSection:
    """What the card says of a table made of the rows of a kind; `shards` are the files of each split."""

    name: str
    description: str
    schema: pa.Schema
    descriptions: Mapping[str, str]
    shards: Mapping[str, Sequence[StagedFile]]

    def config(self, suffix: str) -> list[str]:
        """Return where its files are."""
        lines = [f"- config_name: {self.name}", "  data_files:"]
        for split in self.shards:
            lines += [f"  - split: {split}", f"    path: {self.name}/{split}-*{suffix}"]
        return lines

    def columns(self) -> list[str]:
        """Describe its columns."""
        lines = [f"### {self.name}", "", self.description, ""]
        lines += ["| column | type | null | |", "|---|---|---|---|"]
        lines += [
            f"| `{field.name}` | {'JSON' if is_json_field(field) else field.type} | "
            f"{'yes' if field.nullable else 'no'} | {self.descriptions[field.name]} |"
            for field in self.schema
        ]
        return [*lines, ""]


def dataset_card(
    *,
    kinds: Mapping[str, tuple[Kind, KindTotals]],
    output_format: OutputFormat,
    suffix: str,
    config: Mapping[str, Any],
    version: str,
    privacy: PrivacyRule | None = None,
    derived: Sequence[TableSection] = (),
) -> str:
    """Write the card. It says only what the manifest proves, and nothing that differs between two runs."""
    lines = ["---", "configs:"]
    for name, (kind, totals) in kinds.items():
        if not totals.shards:
            continue
        lines += [f"- config_name: {name}", "  data_files:"]
        for split in totals.shards_by_split():
            lines += [f"  - split: {split}", f"    path: {name}/{split}-*{suffix}"]
        filled = totals.quality.filled
        nulls = {column for column in kind.schema.names if filled[column] < totals.written}
        lines += _reading(kind.schema, nulls, output_format)
    for table in derived:
        if table.shards:
            lines += table.config(suffix)
            lines += _reading(table.schema, set(table.schema.names), output_format)
    if lines[-1] == "configs:":
        lines[-1] = "configs: []"
    lines += ["---", "", "# Dataset exported by Lumber", ""]
    lines += _balance(kinds)
    lines += ["", *_split_table(kinds, config), *_opening(kinds, output_format, suffix)]
    lines += labels_section(kinds, config)
    lines += [
        *leakage_section({name: totals.leakage for name, (_, totals) in kinds.items()}),
        "## Columns",
        "",
    ]
    for name, (kind, _) in kinds.items():
        lines += [f"### {name}", "", kind.description, "", "| column | type | null |", "|---|---|---|"]
        lines += [
            f"| `{field.name}` | {'JSON' if is_json_field(field) else field.type} | "
            f"{'yes' if field.nullable else 'no'} |"
            for field in kind.schema
        ]
        lines += [""]
    for table in derived:
        lines += table.columns()
    lines += _privacy(kinds, privacy)
    lines += [
        "## How it was made",
        "",
        f"Lumber {version}. `manifest.json` lists every file with rows, bytes",
    ]
    lines += [
        "and sha256; `quality_report.json` describes the content; `rejects/` keeps every row that broke"
    ]
    lines += ["a rule, with the rule and the reason. `lumber verify` checks it all.", ""]
    lines += [f"Validation level: {config['validation_level']}. Times are UTC."]
    return "\n".join(lines) + "\n"


def _privacy(kinds: Mapping[str, tuple[Kind, KindTotals]], rule: PrivacyRule | None) -> list[str]:
    """Say what was replaced, how, and what the scan of the finished files proves; nothing without a rule."""
    if rule is None:
        return []
    lines = ["## Privacy", "", *rule.described(), "", "| kind | type | replaced |", "|---|---|---:|"]
    proofs = {name: totals.privacy for name, (_, totals) in kinds.items() if totals.privacy is not None}
    for name, proof in proofs.items():
        lines += [f"| {name} | {type_} | {count:,} |" for type_, count in sorted(proof.replaced.items())]
    files = sum(proof.files for proof in proofs.values())
    lines += [
        "",
        f"Every file was read again and scanned after it was written ({files:,} in all): no residue.",
    ]
    if not all(proof.judges_addresses for proof in proofs.values()):
        lines += ["There were too many addresses to tell every pseudonym from a real one in that scan."]
    lines += [
        "A secret without a name and a known format, and a name that stands alone, are not recognised.",
        "",
    ]
    return lines


def _reading(schema: pa.Schema, nulls: Set[str], output_format: OutputFormat) -> list[str]:
    """Return the options of the reader that `datasets` picks for the format; `nulls` may be null."""
    if output_format not in TEXT_FORMATS:
        return []
    lines = ["  field: data"] if output_format is OutputFormat.JSON else []
    if output_format is OutputFormat.CSV:
        # An empty cell is null; the texts NA, null and None are texts.
        lines += ["  keep_default_na: false", "  na_values: ['']", "  float_precision: round_trip"]
    lines += ["  features:"]
    for field in schema:
        if output_format is OutputFormat.CSV:
            type_ = _csv_type(field.type, has_nulls=field.name in nulls and field.nullable)
        else:
            type_ = "json" if is_json_field(field) else _NAMES.get(field.type, str(field.type))
        lines += [f"  - name: {field.name}", f"    dtype: {type_}"]
    return lines


def _csv_type(type_: pa.DataType, *, has_nulls: bool) -> str:
    """Return the type under which pandas, which reads the CSV for `datasets`, loses nothing.

    It has no time zone at this place and no whole number beside a null: times stay text, small numbers
    with nulls are floats, and large ones with nulls, which a float would round, stay text.
    """
    if pa.types.is_timestamp(type_):
        return "string"
    if pa.types.is_integer(type_) and has_nulls:
        return "float64" if type_.bit_width <= 32 else "string"
    return _NAMES.get(type_, str(type_))


def _balance(kinds: Mapping[str, tuple[Kind, KindTotals]]) -> list[str]:
    """List the rows of every kind; duplicates where there were any."""
    has_duplicates = any(totals.deduplicated for _, totals in kinds.values())
    names = ["rows", "rejected", *(["duplicates"] if has_duplicates else []), "files"]
    lines = [f"| kind | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for name, (_, totals) in kinds.items():
        counts = [totals.written, totals.rejected]
        counts += [totals.deduplicated] if has_duplicates else []
        lines += [f"| {name} | {' | '.join(f'{count:,}' for count in counts)} | {len(totals.shards)} |"]
    return lines


def _split_table(kinds: Mapping[str, tuple[Kind, KindTotals]], config: Mapping[str, Any]) -> list[str]:
    """List the splits of every kind; nothing where there is one only."""
    rows = [
        f"| {name} | {split} | {section['rows']:,} | {section['first']} | {section['last']} |"
        for name, (_, totals) in kinds.items()
        for split, section in split_section(totals).items()
    ]
    head = ["| kind | split | rows | first | last |", "|---|---|---:|---|---|"]
    leaks = [f"**{RANDOM_LEAKS}**", ""] if config.get("split", {}).get("mode") == SplitMode.RANDOM else []
    return [*head, *rows, "", *leaks] if rows else []


def _opening(
    kinds: Mapping[str, tuple[Kind, KindTotals]], output_format: OutputFormat, suffix: str
) -> list[str]:
    name = next((name for name, (_, totals) in kinds.items() if totals.shards), None)
    if name is None:
        return ["No rows matched.", ""]
    code = ["from datasets import load_dataset", f'dataset = load_dataset("PATH", "{name}")']
    if output_format is OutputFormat.PARQUET:
        code += ["", "import polars", f'frame = polars.read_parquet("PATH/{name}/*{suffix}")']
    lines = ["```python", *code, "```", ""]
    return [*lines, *_NOTES.get(output_format, [])]
