"""The hash of what does not tell one run from another in a JSON document: its text before the metadata."""

from __future__ import annotations

import hashlib

from lumber.formats.json_rows import Readable

# Metadata is short; what is kept back of the text is longer.
_KEPT_BYTES = 256 * 1024
# Within the metadata a quote has a backslash before it: the last of these begins it.
_METADATA = b', "export_metadata": '


class HashedContent:
    """Passes a document's text on and hashes it. `sha256` is asked when all of it was read."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._kept = b""

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        block = self._stream.read(size)
        self._kept += block
        if len(self._kept) > _KEPT_BYTES:
            self._digest.update(self._kept[:-_KEPT_BYTES])
            self._kept = self._kept[-_KEPT_BYTES:]
        return block

    @property
    def sha256(self) -> str | None:
        """The hash of the text before the metadata; None where there is no metadata."""
        begin = self._kept.rfind(_METADATA)
        if begin < 0:
            return None
        digest = self._digest.copy()
        digest.update(self._kept[:begin])
        return digest.hexdigest()
