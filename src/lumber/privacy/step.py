"""PrivacyStep: apply the rule to one partition, from its records to the proof about its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Holds, Kind
from lumber.errors import ResidueFound
from lumber.formats.staged_file import StagedFile
from lumber.privacy.findings import Finding
from lumber.privacy.proof import REJECTS, PrivacyProof, ResidueScan
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.row_ids import RowIds
from lumber.privacy.rule import PrivacyRule
from lumber.privacy.scope import without_scope
from lumber.privacy.shard_scan import scan_rejects, scan_shard
from lumber.privacy.time_shift import TimeShift
from lumber.steps.step import Records, RunningStep
from lumber.steps.validate import VALUE_LENGTH
from lumber.text import counted

_SHOWN = 5
# Of the last rule of this process, if it isn't in use: what it learned serves the next partition.
_free: dict[PrivacyRule, Pseudonymizer] = {}


def _pseudonymizer(rule: PrivacyRule) -> Pseudonymizer:
    free = _free.pop(rule, None)
    _free.clear()
    if free is None or not free.begin():
        return Pseudonymizer(rule)
    return free


class PrivacyStep(RunningStep[Records, Records]):
    """Applies a rule to one partition. `kind` describes its source rows, `complete` its records."""

    def __init__(self, rule: PrivacyRule, kind: Kind, complete: Kind) -> None:
        self._rule = rule
        self._kind = kind
        self._complete = complete
        self._pseudonymizer = _pseudonymizer(rule)
        self._contents = {column.name: column.content for column in kind.columns}
        self._replaced: Counter[str] = Counter()
        self._in_rejects: Counter[str] = Counter()
        self._held = contents(complete)
        self._times = TimeShift(rule, complete) if rule.shifts_times else None
        self._row_ids = RowIds(rule, kind) if rule.renumbers_ids else None
        if self._row_ids is not None:
            self.renumber = self._row_ids.ids

    def add(self, records: Records) -> Records:
        """Return the records with everything replaced that the rule covers."""
        batch = records.batch if self._times is None else self._times.batch(records.batch, self._held)
        changed, counts = self._pseudonymizer.apply_batch(batch, self._complete)
        self._replaced.update(counts)
        changed = without_scope(changed, self._complete, self._rule)
        if self._row_ids is not None:
            changed = self._row_ids.records(changed)
        return Records(changed, records.places)

    def redact(self, values: pl.Series, column: str, rows: pl.DataFrame) -> pl.Series:
        """Return the values of a source column as rejects may show them. `rows` are their source rows."""
        if self._row_ids is not None and column in self._row_ids.kinds:
            return self._row_ids.texts(column, values)
        if self._times is not None:
            values = self._times.shown(values, column, rows)
        content = self._contents.get(column) or Holds.TEXT
        changed, counts = self._pseudonymizer.apply_values(values, content, rows, self._kind, column)
        self._replaced.update(counts)
        self._in_rejects.update(counts)
        return self._cut(changed)

    def _cut(self, values: pl.Series) -> pl.Series:
        """Cut long values at a space, because part of a pseudonym would look like a real value."""
        is_long = (values.str.len_chars() > VALUE_LENGTH).fill_null(False)
        if not is_long.any():
            return values
        short = values.str.slice(0, VALUE_LENGTH - 1).str.replace(r"\S*$", "…")
        return self._pseudonymizer.settle(short).zip_with(is_long, values)

    def release(self) -> None:
        """Let the next pass of this process over rows have what was learned."""
        # It counts anew.
        self._pseudonymizer.by_column = {}
        _free[self._rule] = self._pseudonymizer

    def check_files(
        self, folder: Path, files: Sequence[StagedFile], rejects: StagedFile | None, schema: pa.Schema
    ) -> PrivacyProof:
        """Scan the partition's finished files and return the proof. Raises ResidueFound."""
        scanner = self._pseudonymizer.scanner
        scan = ResidueScan(judges_addresses=scanner.judges_addresses)
        for shard in files:
            self._refuse(
                scan_shard(folder / shard.name, self._complete, scanner, schema), str(shard.split or "")
            )
            scan.files += 1
            scan.rows += shard.rows
        if rejects is not None:
            self._refuse(scan_rejects(folder / rejects.name, self._kind, scanner), "rejects")
            scan.files += 1
        by_column = self._pseudonymizer.by_column
        for column, counts in ({} if self._times is None else self._times.by_column).items():
            by_column.setdefault(column, Counter()).update(counts)
            self._replaced.update(counts)
        if self._in_rejects:
            by_column.setdefault(REJECTS, Counter()).update(self._in_rejects)
        self.release()
        known = None if self._rule.known is None else self._rule.known.counts
        return PrivacyProof(self._replaced, scan, by_column, known)

    def _refuse(self, findings: Sequence[Finding], where: str) -> None:
        """Raise ResidueFound with type and position of the findings, but not the values."""
        if not findings:
            return
        shown = [
            f"{finding.type} in {finding.column}" + (f" (row {finding.row:,})" if finding.row else "")
            for finding in findings[:_SHOWN]
        ]
        more = "" if len(findings) <= _SHOWN else f", and {len(findings) - _SHOWN} more"
        raise ResidueFound(
            f"{self._kind.name}, {where}: the scan of the written file found "
            f"{counted(len(findings), 'residue')}: {', '.join(shown)}{more}. Nothing of the export is kept. "
            "This is a fault of Lumber's: please report it."
        )
