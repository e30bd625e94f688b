"""The difference between two datasets: rows that were added, removed, changed or moved to another split.

opened       a dataset's shards, read as plain values whatever their format
keys         id, hash and split of every row, 17 bytes each, on the disk where there are many
compare      two such lists against each other, one range of ids after the other
columns      the columns of two records, and the content of those that both have
rows         the rows of one kind: counts, and examples with what changed in them
listing      all rows that differ, as a file
settings     the configs, and what makes a comparison say less than it seems to
difference   what was found, as data
datasets     all of it in order
"""

from __future__ import annotations

from lumber.dataset.diff.datasets import diff_datasets
from lumber.dataset.diff.difference import Change, Difference, KindDifference, RowChange

__all__ = ["Change", "Difference", "KindDifference", "RowChange", "diff_datasets"]
