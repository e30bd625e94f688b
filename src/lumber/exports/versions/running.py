"""VersionRun: the version that an attempt makes, from its reservation until its export completes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lumber.dataset.manifest_file import read_manifest
from lumber.engine.plan import Plan, VersionPlan
from lumber.errors import DatasetDamaged, DatasetMissing
from lumber.exports.config import ExportConfig
from lumber.exports.snapshot import Snapshot
from lumber.exports.stored import SPLIT_RULE
from lumber.exports.versions.few_rows import few_rows
from lumber.exports.versions.frozen import frozen_parts, why_major
from lumber.exports.versions.inheriting import Inherited, inherited_results, link_results
from lumber.exports.versions.packing import VersionPacking
from lumber.exports.versions.planning import plan_version
from lumber.exports.versions.reserving import Parent, Reservation
from lumber.exports.versions.templates import KeptTemplates, find_templates
from lumber.files.expansion import ReadLimits
from lumber.steps.split import SplitRule
from lumber.store.database import Database

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VersionRun:
    """What an attempt knows about its version.

    `inherited` are the parent's results, linked into staging. `templates` is the template table that it takes
    from the parent. `config` has the dates of the version, if this attempt planned it.
    """

    plan: VersionPlan
    parent: Parent | None
    watermark: dict[str, Any]
    frozen: dict[str, Any]
    inherited: Inherited
    config: ExportConfig | None = None
    templates: KeptTemplates | None = None

    @classmethod
    async def begin(
        cls,
        config: ExportConfig,
        snapshot: Snapshot,
        reserved: Reservation,
        privacy_key_id: str | None,
        database: Database,
        limits: ReadLimits,
    ) -> tuple[VersionRun, Snapshot]:
        """Plan the version; return it with the snapshot, as it shows only what is new in it.

        Raises DatasetDamaged if the template table of its parent is gone or was changed.
        """
        parent, templates, reason = reserved.parent, None, None
        frozen = frozen_parts(config, privacy_key_id)
        if parent is not None and (reason := why_major(config, parent.frozen, frozen)) is None:
            if parent.frozen.get("split") is not None:
                frozen["split"] = parent.frozen["split"]
            if config.has_templates:
                templates = await find_templates(database, parent, config.template_options, limits)
        since = None if templates is None else templates.since
        planned = await plan_version(config, snapshot, reserved, reason, since)
        run = cls(planned.plan, parent, planned.watermark, frozen, {}, planned.config, templates)
        return run, planned.snapshot

    async def resumed(self, config: ExportConfig, database: Database, limits: ReadLimits) -> VersionRun:
        """Return the run with the template table that an earlier attempt has planned to take."""
        if self.plan.templates_since is None or self.parent is None:
            return self
        found = await find_templates(database, self.parent, config.template_options, limits)
        return replace(self, templates=found)

    @property
    def split(self) -> SplitRule | None:
        """The split rule that an earlier version has found; None: this one finds it."""
        stored = self.frozen.get("split")
        return None if stored is None else SPLIT_RULE.load(stored)

    def with_split(self, plan: Plan) -> VersionRun:
        """Freeze the split that was planned. Without rows there is nothing yet that could move."""
        if "split" in self.frozen or not plan.rows:
            return self
        if (few := few_rows(plan.split, {kind.kind: kind.rows for kind in plan.kinds})) is not None:
            _log.warning("%s v%d: %s.", self.plan.dataset, self.plan.number, few)
        return replace(self, frozen={**self.frozen, "split": SPLIT_RULE.dump(plan.split)})

    @property
    def folder(self) -> Path | None:
        """The folder of the parent, which may be gone."""
        return None if self.parent is None else Path(self.parent.path)

    @property
    def unlinked(self) -> Inherited:
        """The parent's results, with the paths of the files in its folder."""
        return inherited_results(self.plan, self.parent)

    def linked(self, staging: Path) -> VersionRun:
        """Link the parent's files into staging. Raises DatasetDamaged if one is gone or was changed."""
        inherited = link_results(self.unlinked, self.parent, staging)
        templates = None if self.templates is None else self.templates.linked(staging)
        return replace(self, inherited=inherited, templates=templates)

    def packing(self, limits: ReadLimits) -> VersionPacking:
        """Return what packing needs to know about the version.

        If the files of the parent are gone, there is nothing to share or to compare: all rows count as new.
        """
        parent = self.parent
        if parent is not None and not self.inherited:
            try:
                read_manifest(Path(parent.path), limits)
            except (DatasetMissing, DatasetDamaged):
                parent = None
        return VersionPacking(self.plan, parent, self.watermark, limits, self.templates)
