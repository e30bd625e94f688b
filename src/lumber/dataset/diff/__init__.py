"""The difference between two datasets: rows that were added, removed, changed or moved to another split.

opened       the shards of a dataset, with the same plain values in every format
keys         the id, hash and split of every row, 17 bytes each, on the disk if there are many
compare      two such lists, one range of ids at a time
columns      the columns of two records, and the content of those that both have
rows         the rows of one kind: counts, and examples with their changes
listing      a file with all rows that differ
settings     the configs, and the limits of a comparison
difference   the result
datasets     all of it in order
"""

from __future__ import annotations

from lumber.dataset.diff.datasets import diff_datasets
from lumber.dataset.diff.difference import Change, Difference, KindDifference, RowChange

__all__ = ["Change", "Difference", "KindDifference", "RowChange", "diff_datasets"]
