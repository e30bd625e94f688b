"""The examples of docs/formats.md: each source becomes the row below it."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from lumber.ingest.dry_run import dry_run
from lumber.ingest.options import IngestOptions
from lumber.ingest.sources import Source

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
EXAMPLES = re.findall(r"```log\n(.*?)```\n\n```json\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.mark.parametrize(("text", "row"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_becomes_the_row_that_the_page_shows(text: str, row: str, tmp_path: Path) -> None:
    path = tmp_path / "example"
    path.write_text(text)
    found = dry_run(Source.find(str(path)), IngestOptions("logs"), "sqlite")
    assert found.report.rejected == 0
    [loaded] = found.rows
    if loaded["raw_message"] is not None:
        # Zeek's files have lines that are not records.
        records = [line for line in text.splitlines() if not line.startswith("#")]
        # A slow query log has them in its records.
        assert loaded["raw_message"] in ("\n".join(records), text.rstrip("\n"))
    shown = json.loads(row)
    known = {name: value for name, value in loaded.items() if value is not None and name != "raw_message"}
    time = datetime.fromisoformat(known.pop("timestamp"))
    # An RFC 3164 time has no year of its own.
    assert "timestamp" not in shown or time == datetime.fromisoformat(shown.pop("timestamp"))
    assert known == shown


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 9
