"""What an attempt resumes from: the plan and the finished partitions of earlier attempts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lumber.engine.partition import PartitionSpec
from lumber.engine.plan import Plan
from lumber.engine.result import FinishedPartition
from lumber.engine.staging import OutputFolder
from lumber.exports.config import ExportConfig
from lumber.exports.folding import FoldedResults
from lumber.exports.ledger.attempts import Job
from lumber.exports.planner import is_current, mixes_moments
from lumber.exports.stored import load_plan
from lumber.sources.guest import Guest
from lumber.store.database import Database


class FitChanged(Exception):
    """First passes found something else than those of earlier attempts: rows were changed or deleted."""


def resumed(
    job: Job,
    config: ExportConfig,
    database: Database,
    folder: OutputFolder,
    privacy_key_id: str | None,
    guest: Guest | None = None,
) -> tuple[Plan | None, FoldedResults]:
    """Open the folder, and return the plan and the finished partitions that still hold; None: begin anew.

    Raises an OutputError when the folder can't be opened.
    """
    plan = None if job.plan is None else load_plan(job.plan)
    results = job.results
    if guest is not None and guest.collector is not None:
        # What was collected decides what holds, and it is in the folder.
        folder.open({*_staged(results), *guest.collector.file_names})
        guest.continue_collected()
    has_digests = all(result.fit_digest is not None for result in results)
    if plan is not None and (
        not is_current(plan, config, database, privacy_key_id, guest)
        or mixes_moments(plan, config, results.keys, has_digests=has_digests)
    ):
        plan, results = None, FoldedResults()
    if guest is None or guest.collector is None:
        folder.open(_staged(results))
    is_gone = results.lacks_times or _is_missing(folder.staging, results)
    if is_gone or (plan is None and job.plan is not None):
        plan, results = None, FoldedResults()
    return plan, results


def check_fits(specs: Sequence[PartitionSpec], results: FoldedResults) -> None:
    """Raise FitChanged if finished partitions have another fit than what is still to be made.

    `specs` are all partitions of the plan, fitted. Results of earlier versions have no digest, and any fit.
    """
    fits = {spec.kind: spec.fit_digest for spec in specs}
    if all(result.fit_digest in (None, fits.get(result.kind)) for result in results):
        return
    is_finished = all((spec.kind, spec.ordinal) in results for spec in specs)
    if not is_finished or any(output.reads_fit for spec in specs for output in spec.outputs):
        raise FitChanged


def _staged(results: Iterable[FinishedPartition]) -> set[str]:
    """Return the names of the files of partitions in staging."""
    return {name for result in results for file in result.staged for name, _ in file.staged}


def _is_missing(staging: Path, results: Iterable[FinishedPartition]) -> bool:
    """Return whether a file that the ledger knows is no longer in staging, or not complete."""
    for result in results:
        for name, size_bytes in (each for file in result.staged for each in file.staged):
            try:
                if (staging / name).stat().st_size != size_bytes:
                    return True
            except FileNotFoundError:
                return True
    return False
