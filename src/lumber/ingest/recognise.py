"""Recognises the format of a source by its content: Parquet, CSV with a header, Zeek, or lines."""

from __future__ import annotations

import csv
import re

from lumber.ingest.blocks import BOM
from lumber.ingest.journal_export_reader import is_journal_export
from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.records import databases, windows, zeek
from lumber.ingest.records.fields import known_names
from lumber.ingest.report_reader import report_format
from lumber.ingest.slow_query_reader import is_slow_query_log
from lumber.ingest.targets import TARGETS
from lumber.ingest.vpc_flow_reader import is_vpc_flow
from lumber.ingest.w3c_reader import is_w3c

HEAD_BYTES = 64 * 1024
DELIMITERS = (",", ";", "\t", "|")
_PARQUET_MAGIC = b"PAR1"
# Events with a document type are refused when they are read, with the reason.
_EVENTS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>\s*)?"
    rb"(?:<!DOCTYPE\s+Events?\b|(?:<Events(?:\s[^<>]*)?>\s*)?<Event(?:\s[^<>]*)?>\s*<System\b|<Events\s*/?>\s*$)"
)
# Export-Csv of PowerShell writes the type of its objects above the header.
TYPE_MARK = "#TYPE "
# A line that begins like this is not a header: PRI, JSON, pairs, CEF, or a time.
_NO_HEADER = re.compile(
    r"<\d{1,3}>|\{|CEF:|LEEF:|(?:date|type|node)=|\d{4}-\d{2}-\d{2}|[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:"
)


def recognise(head: bytes, options: IngestOptions) -> Format:
    """Return the format of a source by its first bytes; AUTO for lines, each recognised on its own."""
    if head.startswith(_PARQUET_MAGIC):
        return Format.PARQUET
    line = first_line(head)
    if TARGETS[options.kind].has_lines:
        if line.startswith(zeek.START):
            return Format.ZEEK
        if is_vpc_flow(line):
            return Format.VPC_FLOW
        if line.startswith("<") and _EVENTS.match(head):
            return Format.WINDOWS_XML
        if is_w3c(head):
            return Format.W3C
        if is_journal_export(head):
            return Format.JOURNAL_EXPORT
        if (reports := report_format(head)) is not None:
            return reports
        if is_slow_query_log(head):
            return Format.MYSQL_SLOW
    if not _NO_HEADER.match(line) and delimiter_of(line, options) is not None:
        return Format.CSV
    if TARGETS[options.kind].has_lines and databases.csvlog_header(head) is not None:
        return Format.CSV
    return Format.AUTO


def first_line(head: bytes) -> str:
    """Return the first line that is not blank, as far as `head` has it."""
    text = head.removeprefix(BOM).decode(errors="replace")
    lines = (line for line in text.split("\n") if line.strip() and not line.startswith(TYPE_MARK))
    return next(lines, "").strip("\r")


def delimiter_of(line: str, options: IngestOptions) -> str | None:
    """Return the delimiter with which a line is a header: at least two names, one of them known."""
    known = known_names(options.kind).keys() | options.mapping.field_names()
    counts: dict[str, int] = {}
    for delimiter in DELIMITERS:
        try:
            names = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        found = sum(name.strip().lower() in known for name in names) or windows.is_viewer_header(names)
        if len(names) >= 2 and found:
            counts[delimiter] = found
    return max(counts, key=lambda delimiter: counts[delimiter]) if counts else None
