"""Makes the leakage certificate again from the rows, and compares it with the manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import pyarrow as pa

from lumber.catalog.registry import all_kinds
from lumber.dataset.layout import MANIFEST
from lumber.dataset.leakage.certificate import Certifier
from lumber.dataset.leakage.counts import Compared
from lumber.dataset.manifest import KindSection
from lumber.dataset.verify.report import Report

# Rows and bytes of a split that are counted together. Without it, very many small files take very long: to
# count the rows of one takes some milliseconds.
_COUNTED_ROWS = 65_536
_COUNTED_BYTES = 32 * 1024 * 1024


class Leakage:
    """Counts the rows of a kind while they are read, then checks its certificate in the manifest.

    Kinds without a certificate pass: they have one split, or an older program wrote them.
    """

    def __init__(self, name: str, listed: KindSection, config: Mapping[str, Any], report: Report) -> None:
        self._name = name
        self._listed = listed.leakage
        self._report = report
        self._resources = ExitStack()
        self._certifier: Certifier | None = None
        kind = all_kinds().get(name)
        if kind is None or listed.leakage is None:
            if len(listed.splits) > 1:
                why = "has no leakage certificate" if kind is not None else "has one that cannot be checked"
                report.note(MANIFEST, f"{name} has more than one split, but {why}")
            return
        split = config.get("split")
        written = [field.name for field in listed.fields]
        compared = Compared.of(kind, written, split if isinstance(split, dict) else {})
        self._columns = list(compared.columns)
        self._held: dict[str, _Held] = {}
        self._certifier = Certifier(compared)

    def __enter__(self) -> Leakage:
        if self._certifier is not None:
            self._resources.enter_context(self._certifier)
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @property
    def is_checked(self) -> bool:
        """Return whether there is a certificate to check."""
        return self._certifier is not None

    def add(self, split: str, batch: pa.RecordBatch) -> None:
        """Add rows of a split, with formulas unescaped."""
        if self._certifier is None:
            return
        if not self._columns:
            # Nothing of the rows is compared, only that there are some.
            self._certifier.add(split, batch)
            return
        # Without metadata, which may differ from file to file.
        columns = [batch.column(name) for name in self._columns]
        held = self._held.setdefault(split, _Held())
        held.add(pa.RecordBatch.from_arrays(columns, self._columns))
        if held.is_full:
            self._count(self._certifier, split)

    def check(self) -> None:
        """Report every section that differs from the rows. Call it after the last row."""
        if self._certifier is None:
            return
        for split in list(self._held):
            self._count(self._certifier, split)
        listed = {(section.a, section.b): section for section in self._listed or []}
        found = {(section.a, section.b): section for section in self._certifier.finish()}
        for pair in sorted(listed.keys() | found.keys()):
            where = f"{self._name}: the leakage certificate of {pair[0]} and {pair[1]}"
            if pair not in found:
                self._report.add(MANIFEST, f"{where} is of splits that are not there")
            elif pair not in listed:
                self._report.add(MANIFEST, f"{where} is missing")
            else:
                self._compare(where, listed[pair].as_json(), found[pair].as_json())

    def _count(self, certifier: Certifier, split: str) -> None:
        batches = self._held.pop(split).batches
        certifier.add(split, pa.concat_batches(batches))  # type: ignore[attr-defined]  # stubs lag

    def _compare(self, where: str, listed: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        # `not_checked` has reasons in words, which may change between versions.
        for name in found.keys() - {"not_checked"}:
            if listed.get(name, ...) != found[name]:
                says, is_ = (json.dumps(value) for value in (listed.get(name), found[name]))
                self._report.add(MANIFEST, f"{where} says of {name} {says}, the rows say {is_}")


class _Held:
    """Rows of a split that are not counted yet."""

    def __init__(self) -> None:
        self.batches: list[pa.RecordBatch] = []
        self._rows = self._size = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in rows."""
        self.batches.append(batch)
        self._rows += batch.num_rows
        self._size += batch.nbytes

    @property
    def is_full(self) -> bool:
        """Say whether it is time to count them."""
        return self._rows >= _COUNTED_ROWS or self._size >= _COUNTED_BYTES
