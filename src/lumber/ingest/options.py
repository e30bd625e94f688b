"""The options of a load, checked once and then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from lumber.catalog.registry import get_kind
from lumber.catalog.severity import LEVEL_BY_SPELLING, LOG_LEVELS
from lumber.errors import ConfigError, FieldProblem
from lumber.ingest.limits import Limits
from lumber.ingest.patterns.pattern import LinePattern
from lumber.ingest.records.fields import known_names
from lumber.ingest.records.mapping import FieldMapping
from lumber.ingest.targets import TARGETS
from lumber.ingest.time_format import TimeFormat
from lumber.ingest.zones import UTC_ZONE, Zone

FIRST_YEAR, LAST_YEAR = 1970, 2200


class Format(StrEnum):
    """The format of a source. AUTO recognises each source, and each line, by its content."""

    AUTO = "auto"
    SYSLOG = "syslog"
    RFC3164 = "rfc3164"
    RFC5424 = "rfc5424"
    ISO8601 = "iso8601"
    LABELLED = "labelled"
    ACCESS = "access"
    APACHE_ERROR = "apache-error"
    NGINX_ERROR = "nginx-error"
    KLOG = "klog"
    SQUID = "squid"
    GO = "go"
    LOG4J = "log4j"
    TOMCAT = "tomcat"
    LOGCAT = "logcat"
    RUBY = "ruby"
    REDIS = "redis"
    CLICKHOUSE = "clickhouse"
    MYSQL = "mysql"
    AWS_ACCESS = "aws-access"
    PHP = "php"
    UWSGI = "uwsgi"
    DJANGO = "django"
    CUPS = "cups"
    BIND = "bind"
    IOS_XR = "ios-xr"
    SAMBA = "samba"
    SNORT = "snort"
    PROCURVE = "procurve"
    WEBLOGIC = "weblogic"
    AUDITD = "auditd"
    FORTIGATE = "fortigate"
    CISCO = "cisco"
    OPENWRT = "openwrt"
    HOSTAPD = "hostapd"
    CEF = "cef"
    LEEF = "leef"
    JOURNAL = "journal"
    EPOCH = "epoch"
    ASCTIME = "asctime"
    JSONL = "jsonl"
    JOURNALD = "journald"
    LOGFMT = "logfmt"
    ZEEK = "zeek"
    WINDOWS_XML = "windows-xml"
    VPC_FLOW = "vpc-flow"
    MYSQL_SLOW = "mysql-slow"
    W3C = "w3c"
    JOURNAL_EXPORT = "journal-export"
    ERLANG = "erlang"
    ORACLE_ALERT = "oracle-alert"
    CSV = "csv"
    PARQUET = "parquet"


SYSLOG_FORMATS = (Format.RFC3164, Format.ISO8601, Format.RFC5424, Format.LABELLED)
# In the order in which a line is compared with them.
LAYOUT_FORMATS = (
    Format.ACCESS, Format.APACHE_ERROR, Format.NGINX_ERROR, Format.KLOG, Format.SQUID, Format.GO,
    Format.LOG4J, Format.TOMCAT, Format.LOGCAT, Format.RUBY,
    Format.REDIS, Format.CLICKHOUSE, Format.MYSQL, Format.AWS_ACCESS, Format.PHP, Format.UWSGI, Format.DJANGO,
    Format.CUPS, Format.BIND, Format.IOS_XR, Format.SAMBA, Format.SNORT, Format.PROCURVE,
    Format.WEBLOGIC,
)  # fmt: skip
DEVICE_FORMATS = (
    Format.AUDITD, Format.FORTIGATE, Format.CISCO, Format.OPENWRT, Format.HOSTAPD, Format.CEF, Format.LEEF,
)  # fmt: skip
# Of these only the form of the time is known.
PLAIN_FORMATS = (Format.JOURNAL, Format.EPOCH, Format.ASCTIME)
LINE_FORMATS = (*SYSLOG_FORMATS, *LAYOUT_FORMATS, *DEVICE_FORMATS, *PLAIN_FORMATS)
RECORD_FORMATS = (Format.JSONL, Format.JOURNALD, Format.CSV, Format.PARQUET)
# Records that only logs have.
_LOG_RECORD_FORMATS = (
    Format.LOGFMT, Format.ZEEK, Format.WINDOWS_XML, Format.VPC_FLOW, Format.MYSQL_SLOW, Format.W3C,
    Format.JOURNAL_EXPORT, Format.ERLANG, Format.ORACLE_ALERT,
)  # fmt: skip
_WITH_FIELDS = (Format.AUTO, *RECORD_FORMATS, *_LOG_RECORD_FORMATS)
MULTILINE = ("auto", "none")
FORMAT_HELP = "auto (detected by the content of each source and line), or one of: " + ", ".join(
    list(Format)[1:]
)
T = TypeVar("T")
# Names in other programs.
_SYNONYMS = {"json": Format.JSONL, "ndjson": Format.JSONL, "journalctl": Format.JOURNALD}
FORMAT_NAMES = frozenset({*map(str, Format), *_SYNONYMS})


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How sources are read, and what is stored of them."""

    kind: str
    format: Format = Format.AUTO
    zone: Zone = field(default=UTC_ZONE)
    year: int | None = None
    default_level: str | None = None
    is_deriving_addresses: bool = True
    source_id: str | None = None
    reject_file: Path | None = None
    # Twice as much is not faster and takes 80 MB more; half as much is slower.
    chunk_bytes: int = 4 * 1024 * 1024
    limits: Limits = field(default=Limits())
    mapping: FieldMapping = field(default=FieldMapping())
    time_format: TimeFormat | None = None
    is_joining_lines: bool = True
    # More of the source comes later: a record that may continue waits for its end.
    is_growing: bool = False
    pattern: LinePattern | None = None
    # Name of the saved format that some of the options come from.
    saved_format: str | None = None


def check_kind(name: str) -> str:
    """Return the kind `name`. Raises ConfigError with the kinds that can be loaded."""
    if name not in TARGETS:
        message = f"{name!r} is not a kind of data"
        raise ConfigError([FieldProblem("kind", name, message, tuple(TARGETS))])
    return name


def check_format(name: str, kind: str) -> Format:
    """Return the format `name`, which may be a synonym. Raises ConfigError with the allowed ones."""
    known = _SYNONYMS.get(name.lower(), name.lower())
    has_lines = kind in TARGETS and TARGETS[kind].has_lines
    allowed = [item for item in Format if has_lines or item in (Format.AUTO, *RECORD_FORMATS)]
    if known not in [str(item) for item in allowed]:
        message = f"{name!r} is not a format of {kind}, and no format is saved under this name"
        raise ConfigError([FieldProblem("format", name, message, tuple(str(item) for item in allowed))])
    return Format(known)


def check_time_format(text: str | None, format_: Format) -> TimeFormat | None:
    """Return the form of times in records. Raises ConfigError."""
    return None if text is None else _only_for_records("time_format", text, TimeFormat.parse(text), format_)


def check_mapping(texts: Mapping[str, str], kind: str, format_: Format) -> FieldMapping:
    """Return the mapping of column -> fields. Raises ConfigError."""
    mapping = FieldMapping.parse(kind, texts)
    return _only_for_records("map", dict(texts), mapping, format_) if mapping else mapping


def check_pattern(text: str | None, kind: str, format_: Format, mapping: FieldMapping) -> LinePattern | None:
    """Return the pattern of lines. Raises ConfigError if it is wrong or makes no row of the kind."""
    if text is None:
        return None
    if format_ is not Format.AUTO:
        message = f"a pattern is a format of its own, so it can't be combined with the format {format_}"
        raise ConfigError([FieldProblem("pattern", text, message)])
    pattern = LinePattern.parse(text)
    fields = {field.lower() for field in pattern.fields}
    problems = [
        FieldProblem("map", name, f"the pattern has no field {name}", pattern.fields)
        for column in mapping.columns
        for name in column.names
        if name.lower() not in fields
    ]
    mapped = {column.column for column in mapping.columns}
    filled = mapped | {known_names(kind)[field][0] for field in fields if field in known_names(kind)}
    for column in set(TARGETS[kind].required) - filled - {get_kind(kind).message_column}:
        if TARGETS[kind].filled_by.get(column) not in filled:
            message = f"the pattern has no field for {column}: name one {column}, or use --map {column}=FIELD"
            problems.append(FieldProblem("pattern", text, message, pattern.fields))
    if problems:
        raise ConfigError(problems)
    return pattern


def time_format_of(pattern: LinePattern | None, mapping: FieldMapping, kind: str) -> TimeFormat | None:
    """Return the form of times that a pattern's reference tells, such as HTTPDATE."""
    if pattern is None:
        return None
    column = get_kind(kind).time_column
    field = mapping.field_of(column)
    names = [field] if field else [each for each, found in known_names(kind).items() if found[0] == column]
    forms = (pattern.time_form_of(name) for name in names)
    form = next((form for form in forms if form is not None), None)
    return TimeFormat.parse(form) if form else None


def _only_for_records(name: str, value: Any, checked: T, format_: Format) -> T:
    if format_ not in _WITH_FIELDS:
        message = f"applies to records with named fields, not to lines in the format {format_}"
        allowed = tuple(str(item) for item in _WITH_FIELDS)
        raise ConfigError([FieldProblem(name, value, message, allowed)])
    return checked


def check_multiline(text: str) -> bool:
    """Return whether lines that continue another one are joined to it. Raises ConfigError."""
    if text not in MULTILINE:
        message = f"{text!r} does not say how lines are joined"
        raise ConfigError([FieldProblem("multiline", text, message, MULTILINE)])
    return text == MULTILINE[0]


def check_level(text: str | None) -> str | None:
    """Return the log level that `text` stands for. Raises ConfigError with the levels."""
    if text is None:
        return None
    level = LEVEL_BY_SPELLING.get(text.lower())
    if level is None:
        message = f"{text!r} is not a log level"
        raise ConfigError([FieldProblem("default_level", text, message, LOG_LEVELS)])
    return level


def check_year(year: int | None) -> int | None:
    """Return a year. Raises ConfigError outside 1970 to 2200: `24` is an abbreviation, not the year 24."""
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"{year} is not a likely year of a log; write all four digits"
        raise ConfigError([FieldProblem("year", year, message, (f"{FIRST_YEAR} to {LAST_YEAR}",))])
    return year
