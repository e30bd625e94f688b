"""Repeats the residue scan of a private dataset, as far as that is possible without its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from lumber.catalog.kind import Kind, json_field, with_json_text
from lumber.catalog.registry import get_kind
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import FieldEntry, Manifest, OwnRulesSection, PrivacyRuleSection
from lumber.dataset.verify.report import Report
from lumber.errors import ConfigError
from lumber.files.expansion import Expansion
from lumber.formats.reading import Unreadable, arrow_type

if TYPE_CHECKING:
    from lumber.privacy.own_rules import OwnRules
    from lumber.privacy.rule import PrivacyRule

_UNJUDGED = (
    "private, and scanned again: no residue of {types}. Prefix-preserving addresses cannot be told from real "
    "ones afterwards: those were judged when they were written"
)
_SCANNED = "private, and scanned again: no residue of {types}"
_SHOWN = 5
# A scan makes no pseudonyms, so this key is no secret.
_NO_KEY = bytes(range(32))


class PrivacyScan:
    """Scans the files of a dataset if its manifest says that it is private."""

    def __init__(self, manifest: Manifest, report: Report, expansion: Expansion) -> None:
        self._report = report
        self._expansion = expansion
        self._is_clean = True
        self._rule: PrivacyRule | None = None
        if manifest.privacy is None:
            if manifest.config.get("privacy"):
                report.add(
                    MANIFEST, "privacy: is missing, and the config asked for it: nothing can be scanned"
                )
            return
        # They take time to load, and most datasets don't need them.
        from lumber.privacy.made_files import mild_scanner
        from lumber.privacy.residue import ResidueScanner

        try:
            self._rule = _scanning_rule(manifest.privacy)
        except ValueError as error:
            report.add(MANIFEST, f"privacy: is not what a rule can be read from: {error!r}")
            return
        self._scanner = ResidueScanner(self._rule)
        self._mild = mild_scanner(self._rule)

    def shard(
        self, file: BinaryIO, path: str, kind: str, fields: list[FieldEntry], *, is_table: bool
    ) -> None:
        """Scan an open shard of a kind or of a derived table."""
        if self._rule is None:
            return
        from lumber.privacy.shard_scan import scan_open_shard

        plain = pa.schema(
            [
                (
                    json_field(field.name) if field.is_json else pa.field(field.name, arrow_type(field))
                ).with_nullable(field.nullable)
                for field in fields
            ]
        )
        schema = with_json_text(plain, [field.name for field in fields if field.is_json_text])
        scanner = self._mild if is_table else self._scanner
        try:
            for finding in scan_open_shard(file, path, _kind(kind), scanner, schema, _SHOWN, self._expansion):
                self._found(path, finding.type, finding.column, finding.row)
        except Unreadable as error:
            self._report.add(path, f"cannot be scanned: it {error}")

    def rejects(self, file: BinaryIO, path: str, kind: str) -> None:
        """Scan the open file of a kind's rejects."""
        known = _kind(kind)
        if self._rule is None or known is None:
            return
        from lumber.privacy.shard_scan import scan_open_rejects

        for finding in scan_open_rejects(file, path, known, self._scanner, _SHOWN):
            self._found(path, finding.type, finding.column, finding.row)

    def finish(self) -> None:
        """Note what was scanned for, if nothing was found."""
        if self._rule is None or not self._is_clean:
            return
        types = ["addresses"] if self._scanner.judges_addresses else []
        types += sorted(self._rule.identifiers)
        types += ["secrets"] if self._rule.removes_secrets else []
        text = _SCANNED if self._scanner.judges_addresses else _UNJUDGED
        self._report.note(MANIFEST, text.format(types=", ".join(types) or "anything but these"))

    def _found(self, path: str, type_: str, column: str, row: int | None) -> None:
        self._is_clean = False
        where = column if row is None else f"{column} of row {row:,}"
        self._report.add(path, f"holds what its privacy does not allow: {type_} in {where}")


def _scanning_rule(section: PrivacyRuleSection) -> PrivacyRule:
    """Return a rule that finds what the export's rule found. Raises ValueError for unknown values."""
    from lumber.privacy.rule import AddressMode, Identifier, PrivacyRule

    if section.secrets not in ("removed", "kept"):
        raise ValueError(f"secrets is {section.secrets!r}, and may be removed or kept")
    return PrivacyRule(
        addresses=AddressMode(section.addresses),
        ipv4_prefix=24 if section.ipv4_prefix is None else section.ipv4_prefix,
        ipv6_prefix=48 if section.ipv6_prefix is None else section.ipv6_prefix,
        identifiers=frozenset(Identifier(name) for name in section.tokens),
        removes_secrets=section.secrets == "removed",
        key=_NO_KEY,
        renumbers_ids=section.row_ids is not None,
        own=_own_rules(section.own_rules),
    )


def _own_rules(section: OwnRulesSection | None) -> OwnRules:
    """Return what is kept by the owner's rules. A manifest doesn't say what they always replace."""
    from lumber.privacy.own_rules import ColumnAction, Match, OwnRules

    if section is None:
        return OwnRules()
    return OwnRules(
        allow=(
            *(Match(value=value) for value in section.allow_values),
            *(Match(pattern=pattern) for pattern in section.allow_patterns),
        ),
        columns=tuple((name, ColumnAction(action)) for name, action in section.columns.items()),
        json_paths=tuple((path, ColumnAction(action)) for path, action in section.json_paths.items()),
    )


def _kind(name: str) -> Kind | None:
    try:
        return get_kind(name)
    except ConfigError:
        return None
