"""Versions of a data type that only a source has, in a bucket: written, verified there, and opened."""

import json
from pathlib import Path
from subprocess import CompletedProcess

from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.datasets import execute
from tests.integration.destinations.servers import BUCKET, Server
from tests.integration.sources.rsyslog import write_mapping

MAPPING = """
kind = "door_events"
table = "doors"
key = "id"
time = { column = "at", unit = "s" }
guarantee = "append_only"
message = "text"
[fields]
text = { column = "text", required = true }
"""
ROWS = 300


def add_doors(url: str, first: int) -> None:
    execute(
        url,
        f"INSERT INTO doors WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n "
        f"WHERE i < {first + ROWS - 1}) SELECT i, 1767225600 + i, 'door ' || i FROM n",
    )


def test_versions_of_a_source_are_whole_in_a_bucket(
    sqlite_url: str, s3: Server, prefix: str, tmp_path: Path
) -> None:
    make_tables(sqlite_url)
    plant = f"sqlite:///{tmp_path / 'plant.db'}"
    execute(plant, "CREATE TABLE doors (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT)")
    add_doors(plant, 1)

    def call(*arguments: object) -> CompletedProcess[str]:
        chosen = {"LUMBER_DATA_DIR": tmp_path / "data", "LUMBER_WORKERS": 1, "LUMBER_PARTITION_ROWS": 100}
        done = lumber(*arguments, "--database-url", sqlite_url, **chosen)
        assert done.returncode == 0, done.stderr + done.stdout
        return done

    url = f"s3://{BUCKET}/{prefix}"
    call("destination", "add", "lake", url, "--endpoint", s3.endpoint, "--secret-file", s3.secrets)
    call("source", "add", "plant", "--url", plant)
    call("source", "map", "plant", write_mapping(tmp_path, MAPPING))
    for number in (1, 2):
        options = ("--source", "plant", "--dataset", "doors", "--incremental", "--destination", "lake")
        call("export", "-d", "door_events", *options)
        found = json.loads(call("verify", f"lake:doors@v{number}", "--json").stdout)
        assert (found["ok"], found["rows"]) == (True, {"door_events": number * ROWS}), found
        add_doors(plant, number * ROWS + 1)
