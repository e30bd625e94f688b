"""What a loading process is told: the file's name, how to read it, and where its rows go."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.zones import Zone


@dataclass(frozen=True, slots=True)
class UploadJob:
    """One file to load. The name is shown and kept, and never a path."""

    name: str
    options: IngestOptions
    modified_at: datetime | None
    data_dir: Path
    database_url: str = field(repr=False)
    busy_timeout_seconds: float = 10.0

    def as_json(self) -> bytes:
        """Return the job as JSON, for the pipe."""
        values = asdict(self)
        values["data_dir"] = str(self.data_dir)
        values["modified_at"] = self.modified_at.isoformat() if self.modified_at else None
        values["options"]["reject_file"] = None  # always the one of the source, in the data folder
        return json.dumps(values).encode()

    @classmethod
    def from_json(cls, text: bytes) -> UploadJob:
        """Build the job that `as_json` wrote."""
        values = json.loads(text)
        options = values.pop("options")
        options["format"] = Format(options["format"])
        options["zone"] = Zone(**options["zone"])
        modified_at = values.pop("modified_at")
        return cls(
            **{**values, "data_dir": Path(values["data_dir"])},
            options=IngestOptions(**options),
            modified_at=datetime.fromisoformat(modified_at) if modified_at else None,
        )
