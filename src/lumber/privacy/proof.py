"""PrivacyProof: what was replaced and what was scanned, in a partition or a whole data type."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# In place of a column, in the counts of replacements.
REJECTS = "(rejects)"


@dataclass(slots=True)
class ResidueScan:
    """The scan of the finished files. A residue fails the export, so a finished scan has none.

    `judges_addresses` is false if there were too many addresses to remember every issued one.
    """

    files: int = 0
    rows: int = 0
    residues: int = 0
    judges_addresses: bool = True


@dataclass(slots=True)
class PrivacyProof:
    """The number of values replaced, by type, and the scan after writing.

    `by_column` has the same numbers by column and type; what was replaced in rejects is under `REJECTS`.
    """

    replaced: Counter[str] = field(default_factory=Counter)
    residue_scan: ResidueScan = field(default_factory=ResidueScan)
    by_column: dict[str, Counter[str]] = field(default_factory=dict)
    # How many known values there are, and how many were left out, by reason.
    known_values: dict[str, int] | None = None

    def merge(self, other: PrivacyProof) -> None:
        """Add what another partition did."""
        self.replaced.update(other.replaced)
        # Those of all rows: every partition has the same.
        self.known_values = self.known_values or other.known_values
        for column, counts in other.by_column.items():
            self.by_column.setdefault(column, Counter()).update(counts)
        scan, more = self.residue_scan, other.residue_scan
        scan.files += more.files
        scan.rows += more.rows
        scan.judges_addresses &= more.judges_addresses
