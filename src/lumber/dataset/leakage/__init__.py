"""The leakage certificate: what the splits of a kind have in common, counted from the rows that were written.

normal_form   texts brought to one form, so that near copies are the same
tally         how often each value comes in each split, in bounded memory
certificate   the rows of all splits in, one section for each pair of splits out
wording       the same in words, for the dataset card
"""

from __future__ import annotations

from lumber.dataset.leakage.certificate import Certifier, Compared

__all__ = ["Certifier", "Compared"]
