"""A worker helps with an export of a data type that only a source has: the work itself tells what it is."""

from pathlib import Path

import pytest

from lumber.exports import ExportConfig
from tests.commands import lumber
from tests.databases import FIXTURES
from tests.integration.crews import claimed, crew_of
from tests.integration.datasets import execute
from tests.integration.processes import until
from tests.integration.sources.rsyslog import write_mapping
from tests.integration.workers import assert_complete, create, ended, run_undisturbed, settings_for

ROWS = 4_000
MAPPING = """
kind = "door_events"
table = "doors"
key = "id"
time = { column = "at", unit = "s" }
message = "text"
[fields]
state = { column = "state", one_of = ["open", "shut"] }
text = { column = "text", required = true }
"""
# Only the coordinator reads a source. Certificates and shuffled files are made by all workers.
CONFIG = ExportConfig(
    data_types=["door_events"], source="plant", output_format="csv", order="shuffle", split="random"
)


# It lasts until another worker has taken some of its jobs.
@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql"])
def test_a_worker_helps_with_a_data_type_that_only_a_source_has(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue(FIXTURES[database])
    plant = f"sqlite:///{tmp_path / 'plant.db'}"
    execute(plant, "CREATE TABLE doors (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, state TEXT, text TEXT)")
    execute(
        plant,
        "INSERT INTO doors WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        f"WHERE i < {ROWS}) SELECT i, 1767225600 + i, iif(i % 2, 'open', 'shut'), 'door ' || i FROM n",
    )
    for arguments in (("add", "plant", "--url", plant), ("map", "plant", write_mapping(tmp_path, MAPPING))):
        done = lumber("source", *arguments, "--database-url", url)
        assert done.returncode == 0, done.stderr
    settings = settings_for(url, tmp_path / "data", partition_rows=20, lease_seconds=5)
    twin = run_undisturbed(settings.model_copy(update={"engine": "pool"}), CONFIG, tmp_path / "twin")
    with crew_of("claims", settings) as crew:
        (export_id,) = create(url, [CONFIG])
        helped: set[str] = set()
        until(lambda: helped.update(claimed(url)) or ended(url, [export_id]))
        assert_complete(url, settings, export_id, twin)
        assert helped, crew.says()
