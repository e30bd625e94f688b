"""The dataset card: README.md with the front matter that `datasets.load_dataset(folder, kind)` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumber.catalog.kind import Kind
from lumber.pipeline.manifest import SPLIT, KindTotals
from lumber.pipeline.writers import OutputFormat


def dataset_card(
    *,
    kinds: Mapping[str, tuple[Kind, KindTotals]],
    output_format: OutputFormat,
    suffix: str,
    config: Mapping[str, Any],
    version: str,
) -> str:
    """Write the card. It says only what the manifest proves, and nothing that differs between two runs."""
    lines = ["---", "configs:"]
    for name, (_, totals) in kinds.items():
        if not totals.shards:
            continue
        lines += [f"- config_name: {name}", "  data_files:", f"  - split: {SPLIT}"]
        lines += [f"    path: {name}/{SPLIT}-*{suffix}"]
        if output_format is OutputFormat.JSON:
            lines += ["  field: data"]
    if lines[-1] == "configs:":
        lines[-1] = "configs: []"
    lines += ["---", "", "# Dataset exported by Lumber", ""]
    lines += ["| kind | rows | rejected | files |", "|---|---:|---:|---:|"]
    for name, (_, totals) in kinds.items():
        lines += [f"| {name} | {totals.written:,} | {totals.rejected:,} | {len(totals.shards)} |"]
    lines += ["", *_opening(kinds, output_format, suffix), "## Columns", ""]
    for name, (kind, _) in kinds.items():
        lines += [f"### {name}", "", kind.description, "", "| column | type | null |", "|---|---|---|"]
        lines += [
            f"| `{field.name}` | {'JSON' if field.metadata else field.type} | "
            f"{'yes' if field.nullable else 'no'} |"
            for field in kind.schema
        ]
        lines += [""]
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


def _opening(
    kinds: Mapping[str, tuple[Kind, KindTotals]], output_format: OutputFormat, suffix: str
) -> list[str]:
    name = next((name for name, (_, totals) in kinds.items() if totals.shards), None)
    if name is None:
        return ["No rows matched.", ""]
    code = ["from datasets import load_dataset", f'dataset = load_dataset("PATH", "{name}")']
    if output_format is OutputFormat.PARQUET:
        code += ["", "import polars", f'frame = polars.read_parquet("PATH/{name}/*{suffix}")']
    return ["```python", *code, "```", ""]
