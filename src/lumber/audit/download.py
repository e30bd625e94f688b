"""The two lines of a download: before the first byte is sent, and at its end."""

from __future__ import annotations

from dataclasses import dataclass

from lumber.audit.actions import Action
from lumber.audit.actor import Actor
from lumber.audit.line import Detail, NewLine, Result


@dataclass(frozen=True, slots=True)
class Download:
    """A file, or several as one, that leaves. `sha256` and `size_bytes` are None if they aren't known yet."""

    by: Actor
    target: tuple[str, str]
    file: str
    sha256: str | None = None
    size_bytes: int | None = None

    def started(self, first_byte: int | None = None) -> NewLine:
        """Return the line to record before the first byte is sent."""
        details = {**self._details(), "first_byte": first_byte}
        return NewLine(self.by, Action.DOWNLOAD_STARTED, self.target, details=details)

    def ended(
        self,
        started_seq: int,
        bytes_sent: int,
        *,
        is_complete: bool,
        first_byte: int | None = None,
        sha256: str | None = None,
    ) -> NewLine:
        """Return the line for the end. `sha256` is that of what was sent, if it became known only now."""
        details: dict[str, Detail] = {
            **self._details(),
            "first_byte": first_byte,
            "bytes_sent": bytes_sent,
            "is_complete": is_complete,
            "started_seq": started_seq,
        }
        if self.sha256 is None and is_complete:
            details["sha256"] = sha256
        result, reason = (Result.OK, None) if is_complete else (Result.FAILED, "broken_off")
        return NewLine(self.by, Action.DOWNLOAD, self.target, result, reason, details)

    def _details(self) -> dict[str, Detail]:
        return {"file": self.file, "sha256": self.sha256, "bytes": self.size_bytes}
