"""`lumber audit verify`: checks the chain in the database, or in an exported file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lumber.audit.chain import ChainCheck, ChainReport
from lumber.audit.line import MEMBERS, Line, canonical
from lumber.audit.reading import Head, line_of, pages, read_head
from lumber.errors import AuditError
from lumber.store.database import Database

# An exported line has at most some kilobytes. A file may hold anything.
_LONGEST_LINE = 1024 * 1024


async def verify_chain(database: Database, expected: str | None = None) -> ChainReport:
    """Check all lines in the database as of one moment, a page at a time.

    `expected` is a hash that was noted before: some line must have it.
    """
    async with database.connect() as connection:
        if database.is_sqlite:
            await connection.exec_driver_sql("BEGIN")
        else:
            await connection.execution_options(isolation_level="REPEATABLE READ")
        head = await read_head(connection)
        check = ChainCheck(head, expected)
        async for rows in pages(connection, after=-1):
            for row in rows:
                line = line_of(row)
                details = line.members["details"]
                is_canonical = isinstance(details, dict) and canonical(details) == row.details
                check.feed(line, is_canonical=is_canonical)
        await connection.rollback()
    report = check.finish()
    if head is None:
        report.add("head", 0, "The head of the chain is missing, so nothing tells where it ends.")
    return report


def verify_file(path: Path, expected: str | None = None) -> ChainReport:
    """Check the lines of an exported file. Its last line has the head of the chain.

    Raises AuditError if the file can't be read, or isn't an export of the audit trail.
    """
    check = ChainCheck(_head_of(path), expected)
    head_seen = False
    for number, value in _values(path):
        if head_seen:
            raise AuditError(f"{path} has lines after its head, in line {number:,}. Export the trail again.")
        if "head" in value:
            head_seen = True
            continue
        check.feed(_line(path, number, value))
    report = check.finish()
    if not head_seen:
        report.add(
            "cut_off", report.last_seq or 0, "The end of the file is missing: its last line has no head."
        )
    return report


def _head_of(path: Path) -> Head | None:
    """Return the head in the last line of the file, without reading all of it; None if it has none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LONGEST_LINE))
            last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    except OSError as error:
        raise AuditError(f"{path} can't be read: {error.strerror}.") from error
    try:
        head = json.loads(last)["head"]
        return Head(
            int(head["last_seq"]),
            str(head["last_hash"]),
            int(head["first_seq"]),
            str(head["first_prev_hash"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _values(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        number = 0
        while text := file.readline(_LONGEST_LINE):
            number += 1
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                value = None
            if not isinstance(value, dict):
                raise AuditError(f"Line {number:,} of {path} isn't a JSON object. Export the trail again.")
            yield number, value


def _line(path: Path, number: int, value: dict[str, Any]) -> Line:
    hash_ = value.pop("hash", None)
    if not isinstance(hash_, str) or not isinstance(value.get("seq"), int) or "prev_hash" not in value:
        raise AuditError(f"Line {number:,} of {path} isn't a line of the audit trail.")
    # The hash covers all members, also those that somebody added.
    return Line({name: value.get(name) for name in MEMBERS} | value, hash_)
