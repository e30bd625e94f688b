"""Judges a config by the policies of an account: each must allow it, so the strictest rule decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from lumber.catalog.kind import Column, Holds, Kind, Storage
from lumber.catalog.operators import EQ, IN
from lumber.catalog.registry import all_kinds
from lumber.catalog.selection import Condition, Selection
from lumber.errors import FieldProblem, PolicyRefused, PolicyVersion
from lumber.exports.config import ExportConfig
from lumber.exports.policies.footprint import UNKNOWN, Read, footprint
from lumber.exports.policies.quotas import has_quotas
from lumber.identity.policies.document import DOWNLOAD, PolicyDocument
from lumber.identity.policies.stored import Policy
from lumber.privacy.rule import AddressMode
from lumber.text import counted

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# Truncated addresses with longer prefixes are nearly whole.
MOST_IPV4_BITS, MOST_IPV6_BITS = 24, 48


class Judge:
    """The policies that apply to one account. Without any, everything is allowed."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.policies = tuple(policies)
        self._documents = [policy.document for policy in policies]
        listed = [frozenset(each.processes) for each in self._documents if each.processes is not None]
        self.processes = listed[0].intersection(*listed) if listed else None

    @property
    def named(self) -> Sequence[PolicyVersion]:
        """The policies as datasets and the audit trail name them."""
        return [policy.named for policy in self.policies]

    def allows_column(self, kind: str, column: str) -> bool:
        """Say whether every policy allows a column of a data type."""
        return all(not _column_refusal(each, kind, column) for each in self._documents)

    @property
    def has_quotas(self) -> bool:
        """Whether a policy limits the exports of a day."""
        return has_quotas(self.policies, "rows_per_day", "bytes_per_day")

    @property
    def is_private(self) -> bool:
        """Whether exports must be private."""
        return any(each.privacy_required for each in self._documents)

    @property
    def allows_sources(self) -> bool:
        """Whether exports may read sources: no policy says which rows of Lumber's own tables are allowed."""
        return not any(map(rules_about_rows, self._documents))

    @property
    def hides_rows(self) -> bool:
        """Whether some rows may never be exported, whatever the config."""
        return self.processes is not None or any(each.earliest or each.latest for each in self._documents)

    def allows_filter(self, kind: Kind, column: Column) -> bool:
        """Say whether every policy allows filters on a column, and to see its values."""
        if column.name not in kind.schema.names:
            allowed = not any(_has_columns(each, kind.name) for each in self._documents)
        else:
            allowed = self.allows_column(kind.name, column.name)
        return allowed and not (self.is_private and _reveals(column))

    def withheld(self, kind: Kind) -> frozenset[str]:
        """Return the columns of a data type's table whose values its rejects may not show."""
        hidden = (column.name for column in kind.columns if not self.allows_column(kind.name, column.name))
        return frozenset(hidden)

    def require_kind(self, kind: str) -> None:
        """Raise PolicyRefused unless every policy allows a data type."""
        self._raise([(each, _kind_problems(each.document, [Read("kind", kind)])) for each in self.policies])

    def require_whole_rows(self, kind: str) -> None:
        """Raise PolicyRefused unless every policy allows whole rows of a data type, as they were loaded."""
        self._raise([(each, _whole_rows(each.document, kind)) for each in self.policies])

    def require(self, config: ExportConfig, destination: str | None = None) -> None:
        """Raise PolicyRefused unless every policy allows an export to a destination; None: a preview."""
        self._raise([(each, self._problems(each.document, config, destination)) for each in self.policies])

    def require_destination(self, destination: str) -> None:
        """Raise PolicyRefused unless every policy allows results to go to a destination."""
        self._raise([(each, list(_destination(each.document, destination))) for each in self.policies])

    def require_rows(self, rows: int, what: str) -> None:
        """Raise PolicyRefused if an export has more rows than a policy allows."""
        self._raise([(each, list(_rows(each.document, rows, what))) for each in self.policies])

    def _raise(self, found: Sequence[tuple[Policy, Sequence[FieldProblem]]]) -> None:
        refusing = [(policy.named, problems) for policy, problems in found if problems]
        if refusing:
            problems = [
                FieldProblem(each.field, each.value, f"{each.message} ({named})", each.allowed)
                for named, problems in refusing
                for each in problems
            ]
            raise PolicyRefused(refusing[0][0], problems)

    def _problems(
        self, document: PolicyDocument, config: ExportConfig, destination: str | None
    ) -> list[FieldProblem]:
        reads = footprint(config)
        found = _kind_problems(document, reads)
        found += self._column_problems(document, config, reads)
        for rule in _RULES:
            found += rule(document, config)
        if destination is not None:
            found += _destination(document, destination)
        return found

    def _column_problems(
        self, document: PolicyDocument, config: ExportConfig, reads: Sequence[Read]
    ) -> list[FieldProblem]:
        required = self._required_processes(config)
        refused: dict[tuple[str, str], list[str]] = {}
        for read in reads:
            if read.column is None or (read.is_filter and (read.kind, read.column) in required):
                continue
            # `_source` says it in words that fit.
            if read.field != "source" and _column_refusal(document, read.kind, read.column):
                refused.setdefault((read.field, read.kind), []).append(read.column)
        return [
            FieldProblem(
                field,
                columns,
                f"rule columns: {field} reads {', '.join(columns)} of {kind}, which isn't allowed",
                allowed_columns(document, kind),
            )
            for (field, kind), columns in refused.items()
        ]

    def _required_processes(self, config: ExportConfig) -> Collection[tuple[str, str]]:
        """Return the process columns whose conditions are exactly what the policies require.

        Such a condition tells nothing about a hidden column.
        """
        if self.processes is None:
            return ()
        return {
            (selection.kind.name, condition.column)
            for selection in config.selections()
            if (conditions := _of_processes(selection))
            for condition in conditions
            if all(set(each.values) == self.processes and each.operator in (EQ, IN) for each in conditions)
        }


def _kind_problems(document: PolicyDocument, reads: Sequence[Read]) -> list[FieldProblem]:
    allowed = allowed_kinds(document)
    if allowed is None:
        return []
    asked_for = {read.kind for read in reads if read.field == "data_types"}
    refused = {
        (read.field, read.kind)
        for read in reads
        # What else reads a data type that may not be asked for tells nothing new.
        if read.kind not in allowed and (read.field == "data_types" or read.kind not in asked_for)
    }
    rule = "kinds" if document.kinds is not None else "processes"
    why = "" if rule == "kinds" else ", because it has no processes"
    return [
        FieldProblem(field, kind, f"rule {rule}: {field} reads {kind}, which isn't allowed{why}", allowed)
        for field, kind in sorted(refused)
    ]


def _whole_rows(document: PolicyDocument, kind: str) -> list[FieldProblem]:
    rules = {
        "columns": _has_columns(document, kind),
        "processes": document.processes is not None,
        "earliest": document.earliest is not None,
        "latest": document.latest is not None,
        "privacy_required": document.privacy_required,
        "destinations": not document.may_go(DOWNLOAD),
    }
    refusing = [rule for rule, refuses in rules.items() if refuses]
    return [
        *_kind_problems(document, [Read("kind", kind)]),
        *(FieldProblem("kind", kind, f"rule {rule}: these are whole rows of {kind}") for rule in refusing),
    ]


def allowed_kinds(document: PolicyDocument) -> tuple[str, ...] | None:
    """Return the data types that a policy allows; None: all of them."""
    if document.kinds is not None:
        return tuple(document.kinds)
    if document.processes is None:
        return None
    return tuple(name for name, kind in all_kinds().items() if kind.process_column is not None)


def _has_columns(document: PolicyDocument, kind: str) -> bool:
    return document.columns is not None and kind in document.columns


def _column_refusal(document: PolicyDocument, kind: str, column: str) -> bool:
    if column == UNKNOWN:
        return bool(rules_about_rows(document))
    if not _has_columns(document, kind) or column in always_allowed(kind):
        return False
    return column not in (document.columns or {})[kind]


def rules_about_rows(document: PolicyDocument) -> tuple[str, ...]:
    """Return the rules of a policy that say which rows and values are allowed.

    What can't be classified could be anything, so each of them refuses it: columns of unknown content, and
    sources, whose tables no policy describes.
    """
    names = ("kinds", "columns", "processes", "earliest", "latest", "privacy_required")
    return tuple(name for name in names if getattr(document, name) not in (None, False))


def always_allowed(kind: str) -> frozenset[str]:
    """Return the columns that no policy can hide: manifest, reports and previews tell ids and times."""
    found = all_kinds()[kind]
    names = (found.id_column, found.time_column, found.overlap_column, found.late_column)
    return frozenset(name for name in names if name is not None)


def allowed_columns(document: PolicyDocument, kind: str) -> tuple[str, ...]:
    """Return the columns of a data type that a policy allows, in the order of its record."""
    names = all_kinds()[kind].schema.names
    return tuple(name for name in names if not _column_refusal(document, kind, name))


def _of_processes(selection: Selection) -> Sequence[Condition]:
    column = selection.kind.process_column
    return [each for each in selection.conditions if column is not None and each.column == column]


def _processes(document: PolicyDocument, config: ExportConfig) -> Iterator[FieldProblem]:
    if document.processes is None:
        return
    allowed = set(document.processes)
    for selection in config.selections():
        if selection.kind.process_column is None:
            continue
        if not any(
            each.operator in (EQ, IN) and allowed.issuperset(map(str, each.values))
            for each in _of_processes(selection)
        ):
            outside = [name for name in config.processes if name not in allowed]
            what = f"{outside[0]!r} isn't allowed" if outside else "the export must name allowed processes"
            message = f"rule processes: {what}"
            yield FieldProblem("processes", list(config.processes), message, tuple(document.processes))


def _dates(document: PolicyDocument, config: ExportConfig) -> Iterator[FieldProblem]:
    start, last = config.start_date, _last(config)
    earliest, latest, most = document.earliest, document.latest, document.max_days
    field = "end_before" if config.end_before is not None else "end_date"
    if earliest is not None and (start is None or start < earliest):
        limit = _shown(earliest)
        yield FieldProblem("start_date", start, f"rule earliest: must be {limit} or later", (limit,))
    if latest is not None and (last is None or last > latest):
        limit = _shown(latest)
        yield FieldProblem(field, last, f"rule latest: the export must end at {limit} or earlier", (limit,))
    if most is not None:
        if start is None or last is None:
            missing = "start_date" if start is None else field
            yield FieldProblem(missing, None, f"rule max_days: needs a range of at most {most:,} days")
        elif last - start >= most * _DAY:
            message = f"rule max_days: the range is longer than {most:,} days"
            yield FieldProblem(field, last, message)


def _last(config: ExportConfig) -> datetime | None:
    """Return the last moment of the range."""
    return config.end_date if config.end_before is None else config.end_before - _MICROSECOND


def _privacy(document: PolicyDocument, config: ExportConfig) -> Iterator[FieldProblem]:
    if not document.privacy_required:
        return
    modules = tuple(document.modules)
    if config.privacy is None:
        message = f"rule privacy_required: the export must be private, with {', '.join(modules)}"
        yield FieldProblem("privacy", None, message, modules)
        return
    for module in modules:
        if not _is_on(module, config):
            field = f"privacy.{_MODULE_FIELDS.get(module, 'identifiers')}"
            yield FieldProblem(field, None, f"rule privacy_modules: {module} must be on", modules)
    rules = config.privacy.rules
    if rules is not None and rules.allow:
        message = "rule privacy_required: allowed values would keep what must be replaced"
        yield FieldProblem("privacy.rules.allow", None, message)
    if rules is not None and (kept := rules.own_rules().kept_columns):
        message = f"rule privacy_required: the column {kept[0]} would keep what must be replaced"
        yield FieldProblem("privacy.rules.columns", kept[0], message, ("drop", "token"))
    if rules is not None and (paths := rules.own_rules().kept_paths):
        message = f"rule privacy_required: {paths[0]} in JSON would keep what must be replaced"
        yield FieldProblem("privacy.rules.json_paths", paths[0], message, ("drop", "token"))
    for read in footprint(config):
        if read.is_filter:
            yield from _revealing(read)


_MODULE_FIELDS = {"addresses": "addresses", "irreversible_addresses": "addresses", "secrets": "secrets"}


def _is_on(module: str, config: ExportConfig) -> bool:
    options = config.privacy
    if options is None:
        return False
    if module == "secrets":
        return options.secrets
    if module not in _MODULE_FIELDS:
        return module in {each.value for each in options.identifiers}
    if options.addresses is AddressMode.TRUNCATE:
        return options.ipv4_prefix <= MOST_IPV4_BITS and options.ipv6_prefix <= MOST_IPV6_BITS
    if module == "irreversible_addresses":
        return options.addresses is AddressMode.DROP
    return options.addresses is not AddressMode.KEEP


def _revealing(read: Read) -> Iterator[FieldProblem]:
    """Refuse a filter on what privacy replaces: it tells which value a pseudonym stands for."""
    kind = all_kinds()[read.kind]
    column = kind.filterable.get(read.column or "")
    if column is None or _reveals(column):
        message = f"rule privacy_required: a filter on {read.column} would tell what privacy replaces"
        allowed = tuple(name for name, each in kind.filterable.items() if not _reveals(each))
        yield FieldProblem(read.field, None, message, allowed)


def _reveals(column: Column) -> bool:
    """Say whether a filter can find addresses, names or secrets in a column."""
    is_word = column.vocabulary is not None or (column.is_category and column.content is Holds.TEXT)
    return column.storage in (Storage.TEXT, Storage.JSON) and not is_word


def _destination(document: PolicyDocument, destination: str) -> Iterator[FieldProblem]:
    if not document.may_go(destination):
        message = f"rule destinations: results may not go to {destination!r}"
        yield FieldProblem("destination", destination, message, tuple(document.destinations or ()))


def _rows(document: PolicyDocument, rows: int, what: str) -> Iterator[FieldProblem]:
    if document.max_rows is not None and rows > document.max_rows:
        message = (
            f"rule max_rows: the export {what} {counted(rows, 'row')}, and {document.max_rows:,} are allowed"
        )
        yield FieldProblem("max_rows", rows, message, (f"at most {document.max_rows:,}",))


def _shown(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _source(document: PolicyDocument, config: ExportConfig) -> Iterator[FieldProblem]:
    if config.source is not None and (rules := rules_about_rows(document)):
        message = (
            f"rule {', '.join(rules)}: the policy says which rows of Lumber's own tables are allowed, and so "
            "allows no source"
        )
        yield FieldProblem("source", config.source, message)


_RULES: Sequence[Callable[[PolicyDocument, ExportConfig], Iterator[FieldProblem]]] = (
    _source,
    _processes,
    _dates,
    _privacy,
)

# The rules of a policy, and what checks each: a rule that is missing here would never be applied.
CHECKED: Mapping[str, str] = {
    "kinds": "a data type that the export reads",
    "columns": "a column that the export reads",
    "processes": "the processes of the export",
    "earliest": "the first moment of the export",
    "latest": "the last moment of the export",
    "max_days": "the range of dates of the export",
    "privacy_required": "whether the export is private",
    "privacy_modules": "what a private export replaces",
    "max_rows": "the rows of the plan, and those that are written",
    "destinations": "where the result goes",
    "rows_per_day": "the rows of the account's exports of the day",
    "bytes_per_day": "the bytes that the account's exports wrote and that it downloaded on the day",
}
