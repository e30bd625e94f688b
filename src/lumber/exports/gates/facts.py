"""What a gate knows of a version: what its folder says of it, and what its export counted. No rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lumber.dataset.manifest import Manifest
from lumber.dataset.manifest_file import read_manifest
from lumber.dataset.sketches.document import Sketches, read_sketches


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A version. `counts` are those of its export by data type: of an increment, of its rows alone."""

    manifest: Manifest
    sketches: Sketches | None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, counts: Mapping[str, Mapping[str, int]] | None = None) -> VersionFacts:
        """Read the manifest and the sketches of a dataset. Raises DatasetMissing or DatasetDamaged."""
        manifest = read_manifest(folder)
        found = {name: section.counts() for name, section in manifest.kinds.items()}
        return cls(manifest, read_sketches(folder), found if counts is None else counts)

    def rows(self) -> dict[str, int]:
        """Return the rows that its export wrote, by data type."""
        return {name: counts.get("written", 0) for name, counts in self.counts.items()}
