"""What the service says of the audit trail: lines, what left, and the check of the chain."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from lumber.audit.line import Line

_HASH = "9f2c0e7d5b1a4c3e8f6071829304a5b6c7d8e9f00112233445566778899aabbc"
LINE: dict[str, Any] = {
    "seq": 42,
    "at": "2026-11-29T12:00:00.000005Z",
    "actor_kind": "key",
    "actor_id": "7c1d9a7e-5a0e-4a59-9b53-d1a8f3f0c9aa",
    "actor_name": "anna",
    "key_id": "k3v9q2m7x1ab",
    "address": "10.0.0.7",
    "action": "download",
    "target_kind": "export",
    "target_id": "4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10",
    "result": "ok",
    "reason": None,
    "details": {
        "file": "logs/train-00000-of-00001.parquet",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "bytes": 48211034,
        "bytes_sent": 48211034,
        "is_complete": True,
        "started_seq": 41,
    },
    "prev_hash": "0" * 64,
    "hash": _HASH,
}
OUTGOING: dict[str, Any] = {
    **{name: LINE[name] for name in ("at", "actor_kind", "actor_id", "actor_name", "key_id", "address")},
    "seq": 41,
    "target_kind": "export",
    "target_id": "4a1f3c52-7d0e-4b58-9c39-0d8a3f1f7f10",
    "file": "logs/train-00000-of-00001.parquet",
    "bytes": 48211034,
    "bytes_sent": 48211034,
    "is_complete": True,
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "created_by": "anna",
    "kinds": ["logs"],
    "columns": None,
    "filters": ["logs.process_name in"],
    "is_private": True,
    "privacy": ["addresses prefix_preserving", "email", "secrets"],
    "policies": None,
}
REPORT: dict[str, Any] = {
    "is_ok": True,
    "lines": 42,
    "first_seq": 1,
    "last_seq": 42,
    "hash": _HASH,
    "problem_count": 0,
    "problems": [],
}


class AuditLine(BaseModel):
    """One line of the audit trail."""

    seq: int = Field(description="Number of the line; the numbers have no gaps.")
    at: str = Field(description="Time by the clock of the database, in UTC.")
    actor_kind: str = Field(description="user, key, local or system.")
    actor_id: str | None = Field(description="Id of the account.")
    actor_name: str = Field(description="Name of the account, the local user or the worker.")
    key_id: str | None = Field(description="Id of the API key.")
    address: str | None = Field(description="Address of the client; null for commands.")
    action: str = Field(description="What was done.")
    target_kind: str | None = Field(description="Kind of what it was done to, such as export or load.")
    target_id: str | None = Field(description="Id of what it was done to.")
    result: str = Field(description="ok, refused or failed.")
    reason: str | None = Field(description="Code of the error, if it wasn't ok.")
    details: dict[str, Any] = Field(description="What the action declares.")
    prev_hash: str = Field(description="Hash of the line before.")
    hash: str = Field(description="SHA-256 of the line as canonical JSON without this member.")

    @classmethod
    def of(cls, line: Line) -> AuditLine:
        """Return a line. Details that somebody made unreadable are left out."""
        details = line.members["details"]
        return cls(**{**line.as_json(), "details": details if isinstance(details, dict) else {}})


class AuditLines(BaseModel):
    """One page of lines, newest first."""

    lines: list[AuditLine]
    next_before: int | None = Field(description="Value of `before` for the next page; null on the last page.")


class OutgoingItem(BaseModel):
    """A download, a look at rows, or a dataset that a command wrote."""

    seq: int = Field(description="Number of the line.")
    at: str = Field(description="When it began.")
    actor_kind: str = Field(description="user, key or local.")
    actor_id: str | None = Field(description="Id of the account that got it.")
    actor_name: str = Field(description="Name of the account, or of the local user.")
    key_id: str | None = Field(description="Id of the API key.")
    address: str | None = Field(description="Address of the client; null for commands.")
    target_kind: str | None = Field(description="export or load.")
    target_id: str | None = Field(description="Id of the export or load.")
    file: str | None = Field(
        description="Path of the file; dataset: all files; the folder; or `rows of` a table."
    )
    bytes: int | None = Field(description="Size of the file or dataset, if it was known.")
    bytes_sent: int | None = Field(description="Bytes that were sent; null before the end.")
    is_complete: bool | None = Field(
        description="Whether all was sent; null if it has not ended, or the service was killed."
    )
    sha256: str | None = Field(description="Hash of the file, or of the list of a dataset's files.")
    created_by: str | None = Field(description="Who created the export.")
    kinds: list[str] | None = Field(description="Data types of the export.")
    columns: list[str] | None = Field(description="Chosen columns; null for all.")
    filters: list[str] | None = Field(description="Filtered columns with their operators.")
    is_private: bool | None = Field(description="Whether people and devices were pseudonymised.")
    privacy: list[str] | None = Field(description="Modes of a private export.")
    policies: list[str] | None = Field(
        description="Policies that allowed the export, each with its version; null without any."
    )


class OutgoingList(BaseModel):
    """One page of what left, newest first."""

    outgoing: list[OutgoingItem]
    next_before: int | None = Field(description="Value of `before` for the next page; null on the last page.")


class AuditProblem(BaseModel):
    """Something that is wrong with the chain."""

    kind: str = Field(description="changed, removed, inserted, reordered, cut_off or head.")
    seq: int = Field(description="Number of the line.")
    message: str


class AuditReport(BaseModel):
    """What a check of the chain found."""

    is_ok: bool
    lines: int = Field(description="Number of lines.")
    first_seq: int | None = Field(description="Number of the first line that is kept.")
    last_seq: int | None = Field(description="Number of the last line.")
    hash: str | None = Field(description="Hash of the last line. Keep it elsewhere.")
    problem_count: int
    problems: list[AuditProblem] = Field(description="The first 100 problems.")
