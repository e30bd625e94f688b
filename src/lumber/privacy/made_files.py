"""Scan the files made from what partitions wrote: shuffled shards, templates, sequences.

Their content was scanned in its partition, which knew the issued addresses. This scan repeats it, except for
prefix-preserving addresses: here nothing distinguishes them from real ones.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.errors import ResidueFound
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rule import Identifier, PrivacyRule
from lumber.privacy.shard_scan import scan_shard


def mild_scanner(rule: PrivacyRule) -> ResidueScanner:
    """Return the scanner for a table made from records.

    A template omits numbers, so a token in it no longer looks like one and would count as a name.
    """
    names = frozenset((Identifier.USER, Identifier.HOST, Identifier.URL_IDS))
    return ResidueScanner(replace(rule, identifiers=rule.identifiers - names))


class MadeFiles:
    """Scans files under a rule. Every method raises ResidueFound if anything is left."""

    def __init__(self, rule: PrivacyRule) -> None:
        self._scanner = ResidueScanner(rule)
        self._mild = mild_scanner(rule)

    def shard(self, path: Path, kind: Kind, schema: pa.Schema) -> None:
        """Scan a shard of a kind's records."""
        self._scan(path, kind, self._scanner, schema, kind.name)

    def table(self, path: Path, name: str, schema: pa.Schema) -> None:
        """Scan a file of a table of another schema."""
        self._scan(path, None, self._mild, schema, name)

    def _scan(
        self, path: Path, kind: Kind | None, scanner: ResidueScanner, schema: pa.Schema, name: str
    ) -> None:
        for finding in scan_shard(path, kind, scanner, schema, limit=1):
            raise ResidueFound(
                f"{name}: the scan of a written file found {finding.type} in {finding.column}. Nothing of "
                "the export is kept. This is a fault of Lumber's: please report it."
            )
