"""Counts k-anonymity again from the rows, and compares it with the manifest."""

from __future__ import annotations

from contextlib import ExitStack

import pyarrow as pa

from lumber.dataset.anonymity import Anonymity
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import KindSection
from lumber.dataset.verify.report import Report


class AnonymityCheck:
    """Counts the rows of a kind while they are read. A kind whose manifest has no k-anonymity passes."""

    def __init__(self, name: str, listed: KindSection, report: Report) -> None:
        self._name = name
        self._report = report
        self._listed = [] if listed.privacy is None else listed.privacy.k_anonymity
        self._resources = ExitStack()
        written = {field.name for field in listed.fields}
        self._counts: Anonymity | None = None
        if any(not each.columns or not set(each.columns) <= written for each in self._listed):
            report.add(MANIFEST, f"{name}: k_anonymity names columns that the rows don't have")
        elif self._listed:
            self._counts = Anonymity([each.columns for each in self._listed])

    def __enter__(self) -> AnonymityCheck:
        if self._counts is not None:
            self._resources.enter_context(self._counts)
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @property
    def is_checked(self) -> bool:
        """Return whether there is something to check."""
        return self._counts is not None

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows, with formulas unescaped."""
        if self._counts is not None:
            self._counts.add(batch)

    def check(self) -> None:
        """Report every section that differs from the rows. Call it after the last row."""
        if self._counts is None:
            return
        for listed, found in zip(self._listed, self._counts.finish(), strict=True):
            if listed != found:
                where = f"{self._name}: k_anonymity of {', '.join(listed.columns)}"
                says, is_ = (
                    f"k {each.k:,}, {each.groups:,} groups, {each.unique_rows:,} unique rows"
                    for each in (listed, found)
                )
                self._report.add(MANIFEST, f"{where} says {says}; the rows have {is_}")
