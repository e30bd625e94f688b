"""An export whose manifest nobody could read fails before its commit, and says what to do."""

from pathlib import Path
from typing import Any

import pytest

from lumber.errors import ExportError
from lumber.files import json_text
from tests.acceptance.exporting import export, fill_with_sample


def test_a_dataset_of_too_many_files_is_not_committed(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_with_sample(sqlite_url, 60)
    small: dict[str, Any] = {"settings": {"shard_size_bytes": 1}, "kinds": ["logs"], "batch_size": 2}
    export(sqlite_url, tmp_path / "fits", **small)
    assert (tmp_path / "fits" / "manifest.json").stat().st_size > 10_000
    monkeypatch.setattr(json_text, "DOCUMENT_BYTES", 10_000)
    with pytest.raises(ExportError, match=r"nobody could read its manifest: it is larger than 10,000 bytes"):
        export(sqlite_url, tmp_path / "out", **small)
    assert not (tmp_path / "out").exists()
