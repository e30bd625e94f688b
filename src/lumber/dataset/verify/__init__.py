"""Re-reads a dataset against its manifest, with other code than the one that wrote it.

manifest    what the manifest says, with nothing in it trusted
files      the files that it lists, opened safely: paths, sizes, sha256
reading    shards read back into Arrow batches: Parquet, Arrow, CSV; `json_rows` for JSON
rows       order, keys, nulls and ids of the rows
rejects    the rejects, line by line
balance    the counts
privacy    the residue scan of a private dataset
anonymity  the k-anonymity of a private dataset
leakage    what the splits share
dataset    all of it in order
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lumber.dataset.verify.report import Problem, Report

if TYPE_CHECKING:
    from lumber.dataset.verify.dataset import verify_dataset

__all__ = ["Problem", "Report", "verify_dataset"]


def __getattr__(name: str) -> Any:
    # Who only reads shards back, as a private export does, does without all the rest.
    if name != "verify_dataset":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lumber.dataset.verify.dataset import verify_dataset

    return verify_dataset
