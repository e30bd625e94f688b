"""Documents that are read whole are bounded; the manifest of a very large dataset is within the bounds."""

import json

import pytest

from lumber.dataset.manifest import FileEntry
from lumber.files import json_text
from lumber.files.json_text import load_document, require_document


def test_a_manifest_of_100_000_files_is_within_the_bounds() -> None:
    entry = FileEntry(
        path="logs/date=2026-01-01/train-00000-of-100000.parquet",
        kind="logs",
        split="train",
        rows=250_000,
        size_bytes=12_345_678,
        sha256="a" * 64,
        content_sha256="b" * 64,
        first_key=[1_767_225_600_000_000, 1_000_000_000],
        last_key=[1_767_225_600_000_000, 1_000_000_000],
        since=12,
    )
    listed = json.dumps({"files": [entry.as_json()]}, indent=2)[:-8]
    one = listed[listed.index("[") + 1 :]
    require_document(("[" + ",".join([one] * 100_000) + "]").encode())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[" + b"0," * 50 + b"0]", "it is larger than 60 bytes"),
        (b"[0,0,0,0,0]", "it has more than 4 values"),
    ],
)
def test_what_is_refused_before_it_is_written_is_what_cannot_be_read(
    content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_text, "DOCUMENT_BYTES", 60)
    monkeypatch.setattr(json_text, "_DOCUMENT_VALUES", 4)
    monkeypatch.setattr(json_text, "_SHORT", 0)
    for read in (require_document, load_document):
        with pytest.raises(ValueError, match=said):
            read(content)
