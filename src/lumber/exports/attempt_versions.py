"""What an attempt does for the version of a dataset: reserve it, find it again, judge it, name it.

Exports without a dataset don't load what that takes.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from lumber.engine.plan import VersionPlan
from lumber.exports.attempt_context import AttemptContext
from lumber.exports.config import ExportConfig
from lumber.exports.metadata import ExportMetadata
from lumber.exports.snapshot import Snapshot
from lumber.store.shielded import shielded

if TYPE_CHECKING:
    from lumber.exports.gates.holding import VersionGate
    from lumber.exports.versions.running import VersionRun

_log = logging.getLogger(__name__)


async def begin_version(
    attempt: AttemptContext, config: ExportConfig, name: str, snapshot: Snapshot, privacy_key_id: str | None
) -> tuple[VersionRun, Snapshot]:
    """Reserve and plan the next version of dataset `name`; return it with the snapshot of what is new."""
    from lumber.exports.versions.running import VersionRun

    reserve = partial(attempt.ledger.reserve_version, attempt.claim, name, is_incremental=config.incremental)
    reserved = await attempt.write(reserve)
    limits = attempt.settings.read_limits
    version, snapshot = await VersionRun.begin(
        config, snapshot, reserved, privacy_key_id, attempt.database, limits
    )
    if (whole := version.plan.reason) is not None:
        _log.info("Export %s reads everything again: %s.", attempt.claim.export_id, whole)
    for kind, reason in version.plan.reasons.items():
        _log.info("Export %s reads all %s again: %s.", attempt.claim.export_id, kind, reason)
    return version, snapshot


async def resumed_version(attempt: AttemptContext, plan: VersionPlan) -> VersionRun:
    """Return the version that an earlier attempt planned."""
    from lumber.exports.versions.running import VersionRun

    parent, watermark = await attempt.write(partial(attempt.ledger.version_parent, plan))
    return VersionRun(plan, parent, watermark, {}, {})


async def find_gate(attempt: AttemptContext, version: VersionRun) -> VersionGate:
    """Return what may hold the version."""
    from lumber.exports.gates.holding import VersionGate

    async with attempt.database.session() as session:
        return await VersionGate.find(session, attempt.claim.export_id, version.plan.dataset)


async def name_version(attempt: AttemptContext, done: ExportMetadata) -> None:
    """Name a completed version in its destination, if it has both."""
    dataset = done.export_config.get("dataset")
    if dataset is None or done.export_config.get("destination") is None:
        return
    from lumber.exports.versions.naming import try_to_name

    naming = try_to_name(attempt.database, dataset, umask=attempt.settings.file_umask)
    await shielded(naming, lambda: None)
