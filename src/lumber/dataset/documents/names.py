"""The names of a dataset's documents."""

from __future__ import annotations

CARD = "README.md"
QUALITY = "quality_report.json"
CROISSANT = "croissant.json"
CONTRACT = "datacontract.yaml"
CHECKSUMS = "SHA256SUMS"
QUALITY_REPORT = "quality_report.json"

# What holds the reproducibility hash, or the hash of what does.
WRITTEN_LAST = frozenset((CARD, CROISSANT, CONTRACT, CHECKSUMS))
