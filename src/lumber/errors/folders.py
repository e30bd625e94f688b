"""Errors of output folders and of finished datasets on disk."""

from __future__ import annotations

from lumber.errors.base import LumberError


class OutputError(LumberError):
    """The output folder can't be used."""

    code = "output_error"


class OutputOccupied(OutputError):
    """The output folder isn't empty."""

    code = "output_occupied"


class OutputUnwritable(OutputError):
    """The output folder isn't writable."""

    code = "output_unwritable"


class DiskFull(OutputError):
    """The disk is full."""

    code = "disk_full"
    retryable = True


class DatasetMissing(LumberError):
    """The folder contains no finished dataset."""

    code = "dataset_missing"


class DatasetDamaged(LumberError):
    """The files of a dataset don't match its manifest."""

    code = "dataset_damaged"
