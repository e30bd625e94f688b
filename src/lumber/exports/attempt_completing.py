"""The last stage of an attempt: write the committed dataset to its destination, and complete the export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lumber.engine.plan import Plan
from lumber.errors import DestinationError
from lumber.exports.attempt_context import AttemptContext
from lumber.exports.attempt_versions import find_gate
from lumber.exports.commit import Packed
from lumber.exports.config import ExportConfig
from lumber.exports.folding import FoldedResults
from lumber.exports.metadata import ExportMetadata
from lumber.store.patience import patiently
from lumber.store.shielded import shielded
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.exports.versions.publishing import VersionOutcome
    from lumber.exports.versions.running import VersionRun
    from lumber.store.models import ExportPublication


async def complete(
    attempt: AttemptContext,
    packed: Packed,
    config: ExportConfig,
    plan: Plan | None,
    results: FoldedResults,
    version: VersionRun | None,
) -> ExportMetadata:
    """Publish and record the committed dataset. Once it is published, being stopped changes nothing."""
    publication = await _published(attempt, config)
    outcome: VersionOutcome | None = None
    if plan is not None and plan.version is not None:
        from lumber.exports.versions.publishing import version_outcome

        assert version is not None
        judge = partial(
            (await find_gate(attempt, version)).judge, attempt.folder.path, results, version.folder
        )
        outcome = await attempt.in_thread(
            lambda: version_outcome(attempt.folder.path, plan, results).held(judge())
        )
    size = sum(file.size_bytes for file in packed.files)
    attempt.note(f"Wrote {counted(len(packed.files), 'file')}, {counted(size, 'byte')}.")
    record = partial(
        attempt.ledger.complete,
        attempt.claim,
        packed.counts,
        packed.files,
        publication,
        outcome,
        attempt.progress.finished(),
    )
    return await shielded(patiently(record), attempt.is_stopped.set)


async def _published(attempt: AttemptContext, config: ExportConfig) -> ExportPublication | None:
    """Write the committed dataset to its destination, if it has one, and return where it is there."""
    if config.destination is None:
        return None
    # Exports without a destination don't need it.
    from lumber.exports.publishing import destination_of, publication_row, publish_export

    async with attempt.database.session() as session:
        destination = await destination_of(session, config.destination)

    def tell(percent: float) -> None:
        attempt.progress.published_percent = percent

    attempt.progress.published_percent = 0.0
    attempt.tell("publishing")
    folder, umask = attempt.folder.path, attempt.settings.file_umask
    try:
        async with attempt.reporting():
            made = await attempt.in_thread(
                lambda: publish_export(destination, config, folder, umask, tell, attempt.is_stopped.is_set)
            )
    except DestinationError as error:
        if not attempt.is_service:
            text = f"{error} The dataset in {folder} is complete. Write it there with `lumber destination "
            error.args = (f"{text}publish {destination.name} {folder}`.",)
        raise
    return publication_row(destination.name, made)
