"""The whole lines in the first bytes of a file, for a dry run before the file is sent."""

from __future__ import annotations

import codecs
import io

from lumber.errors import IngestError
from lumber.ingest.decompress import MAGIC_BYTES, Decompressed, is_compressed
from lumber.ingest.encodings import BOM_BYTES, encoding_of
from lumber.ingest.limits import Limits

_PARQUET_MAGIC = b"PAR1"
_MOST_BYTES = 2 * 1024 * 1024
_READ_BYTES = 64 * 1024


def whole_lines(name: str, data: bytes, limits: Limits) -> bytes:
    """Return the whole lines that the first bytes of a file have, decompressed, at most 2 MiB of them.

    Text in UTF-16 becomes UTF-8. Raises IngestError if compressed data is damaged from its start, and for
    Parquet, whose index is at the end of a file.
    """
    if data.startswith(_PARQUET_MAGIC):
        raise IngestError(
            f"{name} is a Parquet file, whose first bytes show no rows. Send all of it to preview it, or "
            "load it."
        )
    if is_compressed(data[:MAGIC_BYTES]):
        data = _decompressed(name, data, limits)
    if encoding := encoding_of(data[:BOM_BYTES]):
        text = codecs.getincrementaldecoder(encoding)("surrogatepass").decode(data)
        data = text.removeprefix("\ufeff").encode(errors="surrogatepass")
    return data[: data.rfind(b"\n") + 1] or data


def _decompressed(name: str, data: bytes, limits: Limits) -> bytes:
    """Return what the first bytes of compressed data contain. They end in the middle of a member."""
    stream = Decompressed(name, io.BytesIO(data), limits)
    pieces: list[bytes] = []
    size = 0
    try:
        while size < _MOST_BYTES and (piece := stream.read(_READ_BYTES)):
            pieces.append(piece)
            size += len(piece)
    except IngestError:
        if not pieces:
            raise
    return b"".join(pieces)
