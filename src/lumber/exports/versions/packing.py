"""Packs a version: shares files with its parent, counts what it changes, and describes it in the manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lumber.dataset.layout import is_change_list, sketches_path
from lumber.dataset.manifest import (
    BeginningSection,
    FileEntry,
    Manifest,
    ParentSection,
    VersionKindSection,
    VersionSection,
    VersionTemplates,
)
from lumber.dataset.manifest_file import read_manifest
from lumber.dataset.totals import KindTotals
from lumber.engine.plan import Plan, VersionPlan
from lumber.exports.config import ExportConfig
from lumber.exports.versions.changes import KindChanges, find_changes
from lumber.exports.versions.inheriting import link_files, share_files
from lumber.exports.versions.reserving import Parent
from lumber.exports.versions.semantic import next_version
from lumber.exports.versions.templates import KeptTemplates
from lumber.files.expansion import ReadLimits
from lumber.formats import WriteOptions
from lumber.formats.staged_file import StagedFile


@dataclass(slots=True)
class VersionPacking:
    """What packing needs to know about the version, and what it finds out: `changes` and `matches`, by kind.

    `templates` is the table that the version takes from its parent, and `matches` says how it fits the rows.
    """

    plan: VersionPlan
    parent: Parent | None
    watermark: dict[str, Any]
    limits: ReadLimits
    templates: KeptTemplates | None = None
    matches: dict[str, VersionTemplates] = field(default_factory=dict)
    changes: dict[str, KindChanges] = field(default_factory=dict)
    parent_manifest: Manifest | None = None

    def compare(
        self,
        config: ExportConfig,
        plan: Plan,
        totals: Mapping[str, KindTotals],
        staging: Path,
        options: WriteOptions,
        is_cancelled: Callable[[], bool],
    ) -> None:
        """Share files with the parent, and count what differs from it. Raises DatasetDamaged."""
        self._compare(config, plan, totals, staging, options, is_cancelled)
        if config.has_templates:
            for kind in config.kinds:
                if kind.message_column is not None:
                    self.matches[kind.name] = self._matched(kind.name, totals[kind.name])

    def _compare(
        self,
        config: ExportConfig,
        plan: Plan,
        totals: Mapping[str, KindTotals],
        staging: Path,
        options: WriteOptions,
        is_cancelled: Callable[[], bool],
    ) -> None:
        parent = self.parent
        if parent is None or self.plan.is_major:
            gone = {} if parent is None else {kind: _rows(each) for kind, each in parent.totals.items()}
            self.changes = {
                kind: KindChanges(added=found.written, removed=gone.get(kind, 0))
                for kind, found in totals.items()
            }
            return
        self.parent_manifest = read_manifest(Path(parent.path), self.limits)
        share_files(totals, parent, self.parent_manifest, staging)
        kinds = {kind.name: kind for kind in config.written_kinds()}
        for kind, found in totals.items():
            if self.plan.is_append(kind):
                self.changes[kind] = KindChanges(added=found.written - _rows(parent.totals[kind]))
                self._inherit_sections(kind, plan, found)
            elif kind not in parent.totals:
                self.changes[kind] = KindChanges(added=found.written)
            elif self._is_shared(kind, found):
                self.changes[kind] = KindChanges()
            else:
                self.changes[kind] = find_changes(
                    kinds[kind],
                    found.shards,
                    staging,
                    options,
                    Path(parent.path),
                    self.limits,
                    is_cancelled=is_cancelled,
                )

    @property
    def data_version(self) -> str:
        """The semantic version."""
        before = self.plan.parent
        return next_version(
            None if before is None else before.data_version,
            is_major=self.plan.is_major,
            is_same=all(each.is_empty for each in self.changes.values()),
        )

    def section(self, created_at: datetime) -> VersionSection:
        """Return the manifest's section of the version. `created_at` is when its export was created."""
        plan, parent = self.plan, self.plan.parent
        return VersionSection(
            name=plan.dataset,
            number=plan.number,
            data_version=self.data_version,
            parent=None
            if parent is None
            else ParentSection(
                number=parent.number,
                data_version=parent.data_version,
                export_id=parent.export_id,
                manifest_sha256=parent.manifest_sha256,
            ),
            began=self._began(created_at),
            is_major=plan.is_major,
            reason=plan.reason,
            watermark=self.watermark,
            kinds={
                kind: VersionKindSection(
                    mode=plan.modes[kind],
                    added=each.added,
                    changed=each.changed,
                    removed=each.removed,
                    reason=plan.reasons.get(kind),
                    templates=self.matches.get(kind),
                )
                for kind, each in self.changes.items()
            },
        )

    def _began(self, created_at: datetime) -> BeginningSection | None:
        if self.plan.parent is None or self.plan.is_major:
            return BeginningSection(number=self.plan.number, created_at=created_at.isoformat())
        manifest = self.parent_manifest
        before = None if manifest is None else manifest.dataset
        if manifest is None or before is None or before.began is not None:
            return None if before is None else before.began
        # Manifests of earlier programs don't say it.
        if manifest.created_at is None or not (before.parent is None or before.is_major):
            return None
        return BeginningSection(number=before.number, created_at=manifest.created_at)

    def unchanged_files(self, plan: Plan, totals: Mapping[str, KindTotals]) -> list[FileEntry] | None:
        """Return the parent's files if the version has the same rows and counts; None if anything differs."""
        manifest = self.parent_manifest
        if manifest is None or self.parent is None or self.plan.reason is not None:
            return None
        if manifest.kinds.keys() != totals.keys():
            return None
        if self.templates is not None and not self.templates.is_in_folder:
            return None
        for kind, found in totals.items():
            if found.counts() != manifest.kinds[kind].counts() or not self.changes[kind].is_empty:
                return None
            if plan.kind(kind).rows if self.plan.is_append(kind) else not self._is_shared(kind, found):
                return None
        number = self.parent.number
        return [
            entry if entry.since is not None else entry.model_copy(update={"since": number})
            for entry in manifest.files
            if not is_change_list(entry.path)
        ]

    def earlier_sketches(self, kind: str, shards: Sequence[StagedFile]) -> list[FileEntry]:
        """Return the files with the sketches of shards that are those of earlier versions."""
        if self.parent_manifest is None or self.parent is None:
            return []
        paths = {sketches_path(kind, shard.since) for shard in shards if shard.since is not None}
        number = self.parent.number
        return [
            entry if entry.since is not None else entry.model_copy(update={"since": number})
            for entry in self.parent_manifest.files
            if entry.path in paths
        ]

    def link(self, entries: list[FileEntry], staging: Path) -> dict[str, str]:
        """Link files of the parent into staging. Return their final paths by their names there."""
        assert self.parent is not None
        return link_files(entries, self.parent, staging)

    def _matched(self, kind: str, found: KindTotals) -> VersionTemplates:
        """Return how many messages match no template, of all rows and of those that the version adds."""
        changes, added = self.changes[kind], found.own_unmatched
        if not self.plan.is_append(kind) and changes.added != found.written:
            # Of all rows that were read again, those of the parent match as they did, if they are all there.
            now = None if self.templates is None or changes.removed else found.unmatched
            before = None if self.parent is None else self.parent.totals.get(kind, {}).get("unmatched")
            added = None if now is None or before is None else now - before
        since = self.plan.number if self.templates is None else self.templates.since
        return VersionTemplates(since=since, unmatched=found.unmatched, unmatched_added=added)

    def _is_shared(self, kind: str, found: KindTotals) -> bool:
        """Say whether all shards of a kind are those of the parent."""
        assert self.parent_manifest is not None
        listed = [entry for entry in self.parent_manifest.files if entry.kind == kind]
        return len(listed) == len(found.shards) and all(shard.since is not None for shard in found.shards)

    def _inherit_sections(self, kind: str, plan: Plan, found: KindTotals) -> None:
        """Take from the parent what the jobs after the partitions find, if there was no partition."""
        assert self.parent_manifest is not None
        if not plan.kind(kind).partitions:
            section = self.parent_manifest.kinds[kind]
            found.leakage = list(section.leakage or ())
            found.json_text = tuple(each.name for each in section.fields if each.is_json_text)


def _rows(result: Mapping[str, Any]) -> int:
    return int(result["written"])
