"""Datasets with columns that only a source has, whose names have a dot, open in `datasets` and pandas."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.hub import Hub
from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.sources.declared import PATHS, make_requests
from tests.integration.sources.rsyslog import write_mapping

ROWS = 40


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An export of a source in each format."""
    home = tmp_path_factory.mktemp("sources")
    url, ledger = f"sqlite:///{home / 'plant.db'}", f"sqlite:///{home / 'ledger.db'}"
    make_tables(ledger)
    make_requests(url, ROWS)

    def run(*arguments: object) -> None:
        done = lumber(*arguments, "--database-url", ledger, LUMBER_DATA_DIR=home / "data", LUMBER_WORKERS=1)
        assert done.returncode == 0, done.stderr

    run("source", "add", "plant", "--url", url)
    run("source", "map", "plant", write_mapping(home, PATHS))
    found = {}
    for name in ("parquet", "jsonl", "csv"):
        found[name] = home / name
        run("export", "-d", "logs", "--source", "plant", "--format", name, "--output", found[name])
    return found


@pytest.mark.parametrize("name", ["parquet", "jsonl", "csv"])
def test_datasets_opens_columns_whose_names_have_a_dot(exports: dict[str, Path], hub: Hub, name: str) -> None:
    answer: Any = hub.load(str(exports[name]), "logs")
    assert not isinstance(answer, str), answer
    types, rows = answer["train"]
    assert len(rows) == ROWS - ROWS // 10
    assert types["extra.duration_ms"] == "int64"
    assert types["extra.share"] == "float64"
    assert types["extra.is_cached"] == "bool"
    first = min(rows, key=lambda row: row["id"])
    assert (first["extra.duration_ms"], first["extra.share"], first["extra.is_cached"]) == (10, 0.25, False)
