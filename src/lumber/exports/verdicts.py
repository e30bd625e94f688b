"""Judges the dataset of a completed export."""

from __future__ import annotations

import asyncio

from lumber.dataset.manifest_file import read_without_files
from lumber.dataset.verdicts.judging import judge
from lumber.dataset.verdicts.verdict import Verdict, unknown
from lumber.errors import DatasetDamaged
from lumber.exports.download import DatasetFiles, find_dataset
from lumber.exports.ledger import ExportStatusManager


async def verdicts_on(ledger: ExportStatusManager, export_id: str) -> list[Verdict]:
    """Return the verdicts on an export: grey ones if its manifest can't be read.

    Raises ExportNotFound, ExportStateError before it is completed, and ExportFileNotFound when its manifest
    is gone.
    """
    dataset = await find_dataset(ledger, export_id, paths=lambda _kinds: ())
    return await asyncio.to_thread(_judged, dataset)


def _judged(dataset: DatasetFiles) -> list[Verdict]:
    try:
        with dataset.open_manifest() as file:
            return judge(read_without_files(file))
    except DatasetDamaged as error:
        return unknown(f"This can't be told: {error}")
