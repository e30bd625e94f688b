"""ResidueScan: a fast check that no address is left in texts, the counterpart of `AddressRewriter`.

It finds at least what `ResidueScanner` finds; in raw text also what only looks similar. If it doesn't report
a text as clean, the scanner decides, and reports type and position.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lumber.privacy.address_rewriter import escaped_rows, told_rows
from lumber.privacy.address_scan import Sightings, Texts, sight
from lumber.privacy.addresses import special_ipv4
from lumber.privacy.issued import Issued
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rule import AddressMode, PrivacyRule

_IPV4_BITS = 32


class ResidueScan:
    """Judges texts under a rule that covers only addresses."""

    def __init__(self, rule: PrivacyRule, scanner: ResidueScanner, issued: Issued | None) -> None:
        self._rule = rule
        self._scanner = scanner
        self._issued = issued

    def is_clean_column(self, values: pa.Array[Any], *, is_json: bool) -> bool:
        """Return whether a column of strings contains no address."""
        texts = Texts.of(values)
        seen = sight(texts, is_quoted=is_json)
        told = told_rows(values, texts, seen)
        if len(told):
            judge = self._scanner.json if is_json else self._scanner.text
            if any(judge(str(text)) for text in set(values.take(told).to_pylist())):
                return False
            others = np.ones(len(values), np.bool_)
            others[told] = False
            values = values.filter(pa.array(others))
            texts = Texts.of(values)
            seen = sight(texts, is_quoted=is_json)
        if not self._is_clean(texts, seen):
            return False
        if not is_json or not seen:
            return True
        rows = escaped_rows(texts, seen)
        documents = {texts.data[texts.offsets[row] : texts.offsets[row + 1]].tobytes() for row in rows}
        return not any(self._scanner.json(document.decode()) for document in documents)

    def is_clean_text(self, text: bytes) -> bool:
        """Return whether a part of a text file (whole lines of JSON or CSV) contains no address."""
        texts = Texts.of_bytes(text)
        seen = sight(texts, is_quoted=True)
        whole = pa.array([text], pa.large_binary()).cast(pa.large_string())
        if len(told_rows(whole, texts, seen)):
            # Lines are read one by one, with their columns.
            return False
        return self._is_clean(texts, seen)

    def _is_clean(self, texts: Texts, seen: Sightings) -> bool:
        words = {
            texts.data[start:end].tobytes()
            for start, end in zip(seen.word_starts.tolist(), seen.word_ends.tolist(), strict=True)
        }
        return self._are_meant(seen.values) and not any(map(self._has_residue, words))

    def _are_meant(self, values: npt.NDArray[np.uint32]) -> bool:
        is_meant = special_ipv4(values)
        match self._rule.addresses:
            case AddressMode.KEEP:
                return True
            case AddressMode.PREFIX_PRESERVING:
                if self._issued is None or not self._issued.is_complete:
                    return True
                is_meant |= self._issued.has_ipv4(values)
            case AddressMode.TRUNCATE:
                is_meant |= (values & np.uint32((1 << (_IPV4_BITS - self._rule.ipv4_prefix)) - 1)) == 0
        return bool(is_meant.all())

    def _has_residue(self, word: bytes) -> bool:
        text = word.decode(errors="replace")
        return any(self._scanner.text(spelling) for spelling in _spellings(text))


def _spellings(text: str) -> Iterable[str]:
    """Yield a word of raw text, and the word decoded as part of a JSON string."""
    yield text
    if "\\" in text:
        # A word ends before a quote; a backslash at its end escapes the quote.
        body = text[:-1] if (len(text) - len(text.rstrip("\\"))) % 2 else text
        try:
            yield str(json.loads(f'"{body}"', strict=False))
        except ValueError:
            yield text.replace("\\", " ")
