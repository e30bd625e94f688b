"""Sources in other encodings and compressions: the same rows as from plain text, within limits."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import lumber
from tests.integration.loading import rows

LINES = "Mar  1 10:00:00 box app[1]: hello\nMar  1 10:00:01 box app[1]: h\u00e9\n"
FORMS: dict[str, Callable[[str], bytes]] = {
    "utf16": lambda text: text.encode("utf-16"),
    "utf16be": lambda text: ("\ufeff" + text).encode("utf-16-be"),
    "bz2": lambda text: bz2.compress(text.encode()),
    "xz": lambda text: lzma.compress(text.encode()),
    "utf16_in_gzip": lambda text: gzip.compress(text.encode("utf-16")),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_rows_are_those_of_the_text(sqlite_url: str, tmp_path: Path, form: str) -> None:
    source = tmp_path / "file"
    for text, skipped in ((LINES, 0), (LINES + LINES[:34], 2)):
        source.write_bytes(FORMS[form](text))
        command = ("ingest", "logs", source, "--year", "2024", "--database-url", sqlite_url, "--json")
        done = lumber(*command, LUMBER_DATA_DIR=tmp_path / "data")
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert (report["loaded"], report["rejected"], report["skipped"]) == (2 - skipped // 2, 0, skipped)
    query = "SELECT host_name, process_name, message, raw_message FROM log_entries ORDER BY id"
    assert rows(sqlite_url, query) == [
        ("box", "app", "hello", LINES.split("\n")[0]),
        ("box", "app", "h\u00e9", LINES.split("\n")[1]),
        ("box", "app", "hello", LINES.split("\n")[0]),
    ]


def test_a_binary_file_is_refused_in_one_sentence(sqlite_url: str, tmp_path: Path) -> None:
    source = tmp_path / "file.evtx"
    source.write_bytes(b"ElfFile\0" + bytes(5000))
    command = ("ingest", "logs", source, "--database-url", sqlite_url, "--json")
    done = lumber(*command, LUMBER_DATA_DIR=tmp_path / "data")
    assert done.returncode == 1
    assert "Windows event log (EVTX)" in done.stdout
    assert rows(sqlite_url, "SELECT id FROM log_entries") == []
