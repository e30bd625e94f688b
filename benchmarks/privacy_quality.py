"""Precision and recall of private exports, per class, on the labelled corpus of `benchmarks.privacy_corpus`.

Run `python -m benchmarks --only privacy-quality`. The lines are loaded with `lumber ingest` and exported
with `lumber export --privacy on`, with every identifier that there is. What was written is compared with the
labels.

- Recall: the share of labelled values of which nothing is left that tells them.
- Precision: the share of replacements that concern a labelled value. All other text has to stay as it was.

`--show FILE` writes the misses and the damage of the open half, by class and context. Of the held half there
are only totals. `--document FILE` writes the table between the marks in that page.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.privacy_corpus.comparison import Compared, Damage, Found, compare
from benchmarks.privacy_corpus.grammar import CLASSES, HALVES, Context, Line, canonical_json, contexts, lines
from benchmarks.samples import LUMBER
from lumber.privacy.rule import Identifier

LINES = 6
_START = datetime(2026, 3, 1, tzinfo=UTC)
_MARKS = ("<!-- privacy-quality: begin -->", "<!-- privacy-quality: end -->")
_OTHER = "other"


@dataclass
class Tally:
    """What was found, missed and damaged, by class; misses and damage also by context."""

    contexts: int = 0
    lines: int = 0
    values: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    damaged: Counter[str] = field(default_factory=Counter)
    misses: dict[str, dict[Context, list[Found]]] = field(default_factory=lambda: defaultdict(dict))
    damage: dict[str, dict[Context, list[Damage]]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, context: Context, compared: Compared) -> None:
        """Count what became of a text."""
        for found in compared.found:
            self.values[found.kind] += 1
            self.gone[found.kind] += found.is_gone
            self.replaced[found.kind] += found.is_changed
            if not found.is_gone:
                self.misses[found.kind].setdefault(context, []).append(found)
        for damage in compared.damage:
            self.damaged[damage.kind] += 1
            self.damage[damage.kind].setdefault(context, []).append(damage)

    def recall(self, kind: str) -> float:
        """Return the share of a class's values that are gone, 1 without values."""
        return self.gone[kind] / self.values[kind] if self.values[kind] else 1.0

    def precision(self, kind: str) -> float:
        """Return the share of a class's replacements that concern a labelled value, 1 if none."""
        made = self.replaced[kind] + self.damaged[kind]
        return self.replaced[kind] / made if made else 1.0

    def figures(self) -> dict[str, Any]:
        """Return the totals, which tell nothing about single contexts."""
        kinds = [*CLASSES, *([_OTHER] if self.damaged[_OTHER] else [])]
        return {
            "contexts": self.contexts,
            "lines": self.lines,
            "classes": {
                kind: {
                    "values": self.values[kind],
                    "gone": self.gone[kind],
                    "replaced": self.replaced[kind],
                    "damaged": self.damaged[kind],
                    "recall": round(self.recall(kind), 4),
                    "precision": round(self.precision(kind), 4),
                }
                for kind in kinds
            },
        }


def run(folder: Path, count: int = LINES, seed: int = 1) -> tuple[dict[str, Any], Tally]:
    """Return the totals of both halves, and what was missed and damaged in the open one."""
    tallies = {}
    for half in HALVES:
        corpus = [line for context in contexts(half) for line in lines(context, count, seed)]
        place = folder / f"privacy-{half}"
        place.mkdir()
        tallies[half] = tally(corpus, exported(corpus, place))
    result = {"lines_per_context": count, "seed": seed}
    return {**result, **{half: found.figures() for half, found in tallies.items()}}, tallies["open"]


def tally(corpus: list[Line], written: list[dict[str, Any]]) -> Tally:
    """Compare each line with the record that was written for it."""
    counted = Tally(contexts=len({line.context for line in corpus}), lines=len(corpus))
    for line, record in zip(corpus, written, strict=True):
        for column, text in line.texts.items():
            counted.add(line.context, compare(text, _as_text(column, record[column])))
    return counted


def _as_text(column: str, value: Any) -> str:
    if column != "structured_data":
        return str(value or "")
    return canonical_json(json.loads(value) if isinstance(value, str) else value)


def records(corpus: list[Line]) -> Iterator[dict[str, Any]]:
    """Yield the lines as records that `lumber ingest` loads, a millisecond apart."""
    for number, line in enumerate(corpus):
        texts = {column: text.text for column, text in line.texts.items()}
        record: dict[str, Any] = {"timestamp": (_START + timedelta(milliseconds=number)).isoformat(), **texts}
        if "structured_data" in record:
            record["structured_data"] = json.loads(record["structured_data"])
        yield {**record, "log_level": "INFO", "process_name": line.context.daemon}


def exported(corpus: list[Line], folder: Path) -> list[dict[str, Any]]:
    """Load the lines into a new ledger, export them privately and return what was written, in order."""
    source, ledger, target = folder / "corpus.jsonl", f"sqlite:///{folder / 'ledger.db'}", folder / "dataset"
    with source.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records(corpus))
    _lumber("ingest", "logs", str(source), "--database-url", ledger)
    identifiers = ",".join(sorted(Identifier))
    options = ["--data-type", "logs", "--privacy", "on", "--identifiers", identifiers, "--format", "jsonl"]
    _lumber("export", *options, "--output", str(target), "--database-url", ledger)
    written = []
    for shard in sorted((target / "logs").glob("*.jsonl")):
        written += [json.loads(line) for line in shard.read_text(encoding="utf-8").splitlines()]
    return sorted(written, key=lambda record: str(record["timestamp"]))


def table(result: dict[str, Any]) -> str:
    """Return the totals as a table in Markdown."""
    rows = [
        "| class | values, open | recall | precision | values, held | recall | precision |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind in (*CLASSES, _OTHER):
        cells = [kind]
        for half in HALVES:
            figures = result[half]["classes"].get(kind)
            if figures is None:
                cells += ["", "", ""]
            elif kind == _OTHER:
                cells += ["", "", f"{figures['damaged']} damaged"]
            else:
                cells += [
                    f"{figures['values']:,}",
                    *(f"{figures[name]:.3f}" for name in ("recall", "precision")),
                ]
        if any(cells[1:]):
            rows.append("| " + " | ".join(cells) + " |")
    sizes = [
        f"{half}: {result[half]['contexts']} contexts, {result[half]['lines']:,} lines" for half in HALVES
    ]
    return "\n".join(rows) + f"\n\n{'; '.join(sizes)}.\n"


def report(found: Tally, examples: int = 2) -> str:
    """Return the misses and the damage by class and context, most of them first."""
    return f"{_listed('MISSED', found.misses, examples)}\n{_listed('DAMAGED', found.damage, examples)}\n"


def _listed(
    title: str, groups: Mapping[str, Mapping[Context, Sequence[Found | Damage]]], examples: int
) -> str:
    parts = []
    for kind, by_context in sorted(groups.items()):
        total = sum(len(items) for items in by_context.values())
        parts.append(f"\n== {title} {kind}: {total} in {len(by_context)} contexts")
        for context, items in sorted(by_context.items(), key=lambda item: -len(item[1])):
            parts.append(f"{len(items):4} [{context.daemon}] {context.template}")
            parts += [f"       {_example(item)}" for item in items[:examples]]
    return "\n".join(parts)


def document(page: Path, result: dict[str, Any]) -> None:
    """Write the table between the marks in a page."""
    begin, end = _MARKS
    text = page.read_text(encoding="utf-8")
    if begin not in text or end not in text:
        raise ValueError(f"{page} doesn't have the lines {begin} and {end}")
    between = re.compile(f"(?<={re.escape(begin)}\n).*?(?={re.escape(end)})", re.DOTALL)
    page.write_text(between.sub(lambda _: f"\n{table(result)}\n", text), encoding="utf-8")


def _example(item: Found | Damage) -> str:
    value = item.value if isinstance(item, Found) else item.text
    return f"{value!r} -> {item.written!r}"


def _lumber(*arguments: str) -> None:
    environment = {**os.environ, "LUMBER_PRIVACY_KEY": secrets.token_hex(32)}
    done = subprocess.run([LUMBER, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
        raise RuntimeError(
            f"lumber {arguments[0]} ended with {done.returncode}: {done.stderr.strip()[-2000:]}"
        )
