"""Suggests a mapping for a table: guesses by the names and types of its columns, written as TOML to edit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lumber.catalog.declared import ID, TIME, FieldType, is_field_name, is_kind_name
from lumber.catalog.kind import Column, Kind, Storage
from lumber.catalog.registry import built_in_kinds
from lumber.errors import ConfigError, FieldProblem
from lumber.sources.column_types import field_type
from lumber.sources.forms import Form
from lumber.sources.guarantee import DESCRIBED
from lumber.sources.guest import APPLICATION, open_source_database, reaching
from lumber.sources.interface import ReaderOptions
from lumber.sources.lines import nearest
from lumber.sources.mapping import required_columns
from lumber.sources.registry import Source
from lumber.sources.sqlite import affinity
from lumber.sources.tables import (
    MOST_LISTED,
    SourceTable,
    TableColumn,
    Words,
    reflect,
    table_names,
)
from lumber.sources.vocabulary import allowed_texts

# What columns of other programs are often called, the likeliest first, without underscores.
_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "eventid", "logid", "rowid", "seq", "sequence", "number", "recordid", "pk"),
    "timestamp": (
        *("timestamp", "time", "ts", "eventtime", "devicereportedtime", "receivedat", "createdat", "created"),
        *("loggedat", "occurredat", "datetime", "date", "at", "when", "startedat", "started", "starttime"),
    ),
    "severity_text": ("severitytext", "severity", "level", "loglevel", "priority", "prio", "levelname"),
    "process_name": (
        "processname",
        "process",
        "program",
        "programname",
        "syslogtag",
        "app",
        "service",
        "logger",
    ),
    "message": ("message", "msg", "text", "log", "body", "line", "event", "description"),
    "host_name": ("hostname", "host", "fromhost", "machine", "computer", "server", "node"),
    "device_id": ("deviceid", "device", "sensor", "sensorid", "agent", "agentid", "asset"),
    "device_ip": ("deviceip", "ip", "ipaddress", "sourceip", "srcip", "clientip", "addr", "address"),
    "raw_message": ("rawmessage", "raw", "original", "rawline"),
    "structured_data": (
        "structureddata",
        "payload",
        "data",
        "attributes",
        "metadata",
        "extra",
        "context",
        "fields",
    ),
    "anomaly_type": ("anomalytype", "type", "kind", "category", "rule", "signature", "name"),
    "severity": ("severity", "level", "priority"),
    "score": ("score", "confidence", "probability"),
    "description": ("description", "message", "details", "summary"),
    "features": ("features", "payload", "data", "attributes", "details"),
    "log_entry_id": ("logentryid", "logid", "eventid"),
    "detector": ("detector", "engine", "model", "source"),
    "status": ("status", "state"),
    "verdict": ("verdict", "judgement", "label"),
    "address": ("address", "ip", "ipaddress", "addr", "host"),
    "first_seen": ("firstseen", "createdat", "created", "firstseenat", "timestamp"),
    "last_seen": ("lastseen", "updatedat", "updated", "lastseenat", "timestamp"),
    "risk_score": ("riskscore", "risk", "score", "reputation"),
    "sightings": ("sightings", "count", "hits", "seen"),
    "tags": ("tags", "labels", "data"),
}
_LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_SYSLOG = "{ " + ", ".join(f'{at} = "{name}"' for at, name in enumerate(_LEVELS)) + " }"


async def suggest(source: Source, table: str, kind_name: str) -> str:
    """Return a mapping of a table, as a text to edit. A kind that isn't built in becomes one of one's own.

    Raises ConfigError, SourceDenied or SourceUnfit.
    """
    kind = _kind(kind_name)
    if source.words == "collected":
        described = await described_table(source, table)
        return _suggested(kind_name, kind, described, "collected", source.name, {})
    database = open_source_database(source)
    dialect = database.url.dialect
    known: tuple[str, ...] = ()
    try:
        with reaching(source.name):
            async with database.connect() as connection:
                found = await reflect(connection, table, dialect)
                allowed: Mapping[str, Sequence[str]] = {}
                if found is not None and kind is None:
                    allowed = await allowed_texts(connection, found, dialect)
                if found is None:
                    known = tuple(await table_names(connection, dialect))
    finally:
        await database.close()
    if found is None:
        message = f"there is no table or view {table!r}{nearest(table, known)}"
        raise ConfigError([FieldProblem("table", table, message, known[:MOST_LISTED])])
    return _suggested(kind_name, kind, found, dialect, source.name, allowed)


def _suggested(
    name: str,
    kind: Kind | None,
    table: SourceTable,
    words: Words,
    source: str,
    allowed: Mapping[str, Sequence[str]],
) -> str:
    if kind is None:
        return own_suggestion(name, table, words, source, allowed)
    return suggestion(kind, table, words, source)


def _kind(name: str) -> Kind | None:
    """Return a built-in kind; None for a name that one's own can have. Raises ConfigError for others."""
    known = built_in_kinds()
    if name in known or is_kind_name(name):
        return known.get(name)
    rule = "or a name of your own: lower-case letters, digits and '_', the first of them a letter"
    message = f"{name[:80]!r} can't name a data type{nearest(name, tuple(known))}"
    raise ConfigError([FieldProblem("data_type", name, message, (*known, rule))])


def own_suggestion(
    kind: str, table: SourceTable, words: Words, source: str, allowed: Mapping[str, Sequence[str]]
) -> str:
    """Return the text of a mapping to a kind of one's own. Rules that the table suggests are comments.

    `allowed` are the texts that the table allows in its columns.
    """
    id_, time = Column(ID, Storage.INTEGER), Column(TIME, Storage.TIME)
    guesses = {each.name: _guess(each, ID, TIME, table, words) for each in (id_, time)}
    lines = [
        *_beginning(kind, table, source, guesses[ID], guesses[TIME]),
        "# What the data type is called and means. Which column is its text, and which its device.",
        '# title = "..."',
        '# description = "..."',
        '# message = "..."',
        '# device = "..."',
        "",
        "# Each column: how it is made, its type (integer, float, text, boolean, time, json), and its rules:",
        '# required, min, max, one_of, pattern, level = "strict", holds = "address" or "host".',
    ]
    used = {text for guess in guesses.values() if guess for text in _quoted(guess)}
    names: set[str] = set()
    for column in table.columns:
        if column.name in used:
            continue
        name = _own_name(column.name, names)
        names.add(name)
        lines += ["", f"[fields.{name}]", f"column = {_text(column.name)}"]
        type_ = field_type(column.type, words)
        shown = f"  # {column.type}" if column.type else ""
        lines.append(f'type = "?"{shown}' if type_ is None else f'type = "{type_}"{shown}')
        if type_ is FieldType.TIME and column.type not in ("timestamp with time zone", "time"):
            lines.append('zone = "UTC"')
        if not column.nullable:
            lines.append("# required = true  # the table has NOT NULL")
        if texts := allowed.get(column.name):
            lines.append(f"# one_of = [{', '.join(map(_text, texts))}]  # the table allows these")
    return "\n".join(lines) + "\n"


def _own_name(column: str, taken: set[str]) -> str:
    """Return the name of a declared column for one of the table."""
    name = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()).strip("_")
    if not re.match(r"[a-z]", name):
        name = f"c_{name}"
    name = name[:56]
    if not is_field_name(name):
        name = f"{name}_"
    at = 2
    found = name
    while found in taken:
        found, at = f"{name}_{at}", at + 1
    return found


async def described_table(source: Source, table: str) -> SourceTable:
    """Return a table of a source whose rows are collected. Raises as `suggest`."""
    # Other sources don't need it.
    from lumber.sources.collector import reflected

    with reaching(source.name):
        return await reflected(source, table, ReaderOptions(APPLICATION, source.statement_seconds))


def suggestion(kind: Kind, table: SourceTable, dialect: Words, source: str) -> str:
    """Return the text of a mapping: what could not be guessed is a comment."""
    guesses = {
        column.name: _guess(column, kind.id_column, kind.time_column, table, dialect)
        for column in kind.columns
    }
    lines = [
        *_beginning(kind.name, table, source, guesses[kind.id_column], guesses[kind.time_column]),
        "[columns]",
        '# name = "column", or { constant = "router" }, { column = "payload", path = "a.b" },',
        '# { join = ["first", "second"], separator = " " }, { column = "prio", map = { 3 = "error" } }',
    ]
    own = (kind.id_column, kind.time_column)
    for column in kind.columns:
        if column.name not in own:
            meaning = kind.descriptions.get(column.name)
            lines += [f"# {meaning}"] if meaning else []
            lines.append(_line(column.name, guesses[column.name], column.name in required_columns(kind)))
    used = {text for guess in guesses.values() if guess for text in _quoted(guess)}
    unused = [each for each in table.columns if each.name not in used]
    if unused:
        lines += ["", "# Columns that nothing reads yet:"]
        lines += [f"#   {each.name} {each.type}".rstrip() for each in unused]
        lines += ["#", "# To keep one, write it into [extra]:", "# [extra]"]
        lines += [f"# {_own_name(each.name, set())} = {_text(each.name)}" for each in unused[:1]]
    return "\n".join(lines) + "\n"


def _beginning(kind: str, table: SourceTable, source: str, key: str | None, time: str | None) -> list[str]:
    return [
        f"# How rows of {table.name} become {kind}. Edit it, and then:",
        f"#   lumber source check {source} FILE",
        f"#   lumber source map {source} FILE",
        "",
        f'kind = "{kind}"',
        f"table = {_text(table.name)}",
        "",
        "# A unique whole number.",
        _line("key", key),
        '# When it happened. A number needs a unit: { column = "ts", unit = "s" } (s, ms, us or ns).',
        '# A time without a time zone needs one: { column = "ts", zone = "Europe/Berlin" }.',
        _line("time", time),
        "",
        "# What an export can promise:",
        *(f"#   {each.value}: {meaning}." for each, meaning in DESCRIBED.items()),
        'guarantee = "snapshot"',
        "",
        "# Only these rows. The condition is SQL that you trust: it is sent as it is.",
        '# filter = "deleted_at IS NULL"',
        "",
    ]


def _quoted(guess: str) -> list[str]:
    """Return the names of columns in a guess."""
    return re.findall(r'"((?:[^"\\]|\\.)*)"', guess)


def _line(name: str, guess: str | None, is_required: bool = True) -> str:
    if guess is not None:
        return f"{name} = {guess}"
    return f'{name} = "?"  # nothing was found' if is_required else f'# {name} = "?"'


def _guess(column: Column, id_: str, time: str, table: SourceTable, dialect: Words) -> str | None:
    if column.name == id_:
        keys = [each for each in table.columns if table.is_unique(each.name) and _is_whole(each, dialect)]
        named = _named(column.name, [each for each in table.columns if _is_whole(each, dialect)])
        found = keys[0] if keys else named
        return None if found is None else _text(found.name)
    if column.storage is Storage.TIME:
        names = "timestamp" if column.name == time and column.name not in _NAMES else column.name
        fitting = [each for each in table.columns if _time_form(each, dialect) is not None]
        chosen = _named(names, fitting) or _named("timestamp", fitting)
        return None if chosen is None else _time_form(chosen, dialect)
    chosen = _named(column.name, [each for each in table.columns if _fits(each, column, dialect)])
    if chosen is None:
        return None
    if column.name == "severity_text" and _is_whole(chosen, dialect):
        return f"{{ column = {_text(chosen.name)}, map = {_SYSLOG} }}"
    return _text(chosen.name)


def _named(name: str, columns: Sequence[TableColumn]) -> TableColumn | None:
    """Return the column whose name is the likeliest for a column of the kind."""
    by_name = {re.sub(r"[^a-z0-9]", "", each.name.lower()): each for each in reversed(columns)}
    names = (name.replace("_", ""), *_NAMES.get(name, ()))
    return next((by_name[each] for each in names if each in by_name), None)


def _time_form(column: TableColumn, dialect: Words) -> str | None:
    """Return how a column could be a time; None if its type is none of a time."""
    name = _text(column.name)
    if dialect == "collected":
        return _collected_time_form(name, Form(column.type))
    if dialect == "postgresql":
        if column.type == "timestamp with time zone":
            return name
        if column.type in ("timestamp without time zone", "date"):
            return f'{{ column = {name}, zone = "UTC" }}'
        is_number = column.type in ("integer", "bigint", "numeric", "double precision")
        return f'{{ column = {name}, unit = "s" }}' if is_number else None
    if affinity(column.type) in ("integer", "real"):
        return f'{{ column = {name}, unit = "s" }}'
    return name


def _collected_time_form(name: str, form: Form) -> str | None:
    if form in (Form.LOCAL_TIME, Form.DATE):
        return f'{{ column = {name}, zone = "UTC" }}'
    if form in (Form.INTEGER, Form.NUMBER, Form.DECIMAL):
        return f'{{ column = {name}, unit = "s" }}'
    return name if form in (Form.TIME, Form.TEXT) else None


def _is_whole(column: TableColumn, dialect: Words) -> bool:
    if dialect == "collected":
        return column.type == Form.INTEGER
    if dialect == "postgresql":
        return column.type in ("smallint", "integer", "bigint")
    return affinity(column.type) == "integer"


def _fits(column: TableColumn, wanted: Column, dialect: Words) -> bool:
    """Say whether a column could hold what is wanted: a number, or anything for a text."""
    if wanted.storage in (Storage.TEXT, Storage.JSON):
        return column.type not in ("bytea", Form.BYTES)
    if wanted.storage is Storage.INTEGER:
        return _is_whole(column, dialect)
    if dialect == "collected":
        return column.type in (Form.INTEGER, Form.NUMBER, Form.DECIMAL)
    if dialect == "postgresql":
        return column.type in ("smallint", "integer", "bigint", "numeric", "real", "double precision")
    return affinity(column.type) != "text"


def _text(text: str) -> str:
    """Return a text as TOML, in which JSON's escapes mean the same."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
