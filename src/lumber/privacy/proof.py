"""PrivacyProof: what was replaced and what was scanned, in a partition or a whole data type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class PrivacyProof:
    """What was replaced, by type, and what was scanned after writing. It implies a clean scan.

    `judges_addresses` is false if there were too many addresses to remember every issued one.
    """

    replaced: Counter[str] = field(default_factory=Counter)
    files: int = 0
    rows: int = 0
    judges_addresses: bool = True

    def merge(self, other: PrivacyProof) -> None:
        """Add what another partition did."""
        self.replaced.update(other.replaced)
        self.files += other.files
        self.rows += other.rows
        self.judges_addresses &= other.judges_addresses

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values; `from_json` reads them."""
        scan = {
            "files": self.files,
            "rows": self.rows,
            "residues": 0,
            "judges_addresses": self.judges_addresses,
        }
        return {"replaced": dict(sorted(self.replaced.items())), "residue_scan": scan}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> PrivacyProof:
        """Read what `as_json` wrote."""
        scan = value["residue_scan"]
        return cls(Counter(value["replaced"]), scan["files"], scan["rows"], scan["judges_addresses"])
