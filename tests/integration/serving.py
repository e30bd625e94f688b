"""`lumber serve` and `lumber worker` as processes, and exports that take long enough to be disturbed."""

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.datasets import query
from tests.integration.processes import LUMBER, PATIENCE_SECONDS, Running, forked, started, until

ADDRESS = re.compile(r"http://\S+")
# Steps of one row: a test can come in between.
SLOW_CONFIG = {"data_types": ["logs"], "output_format": "jsonl", "batch_size": 1}
SLOW_ROWS = 400
PARTITION_ROWS = 50


def environment(url: str, folder: Path, **more: object) -> dict[str, Any]:
    """Return settings of a small service whose exports have many partitions."""
    chosen = {"LUMBER_WORKERS": 1, "LUMBER_PARTITION_ROWS": PARTITION_ROWS}
    return {"LUMBER_DATABASE_URL": url, "LUMBER_DATA_DIR": folder, **chosen, **more}


@contextmanager
def serving(
    url: str, folder: Path, *arguments: object, is_script: bool = False, **more: object
) -> Iterator[tuple[Running, str]]:
    """Serve on a free port; yield the process and its address, once it is ready.

    With `is_script`, the process begins with the script, and loads the service.
    """
    command, variables = ("serve", "--port", 0, *arguments), environment(url, folder, **more)
    begun = started(LUMBER, *command, **variables) if is_script else forked(*command, **variables)
    with begun as running:
        found = until(lambda: running.assert_runs() or ADDRESS.search(running.stdout))
        yield running, found.group()


def call(address: str, path: str, body: Any = None) -> Any:
    """Call the service; return the JSON that it answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{address}/api/v1{path}", data=data, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return json.load(answer)


def wait_for_end(address: str, export_id: str) -> None:
    """Follow an export until it has ended: no question a moment, which would take what it runs on."""
    with urllib.request.urlopen(
        f"{address}/api/v1/export/{export_id}/events", timeout=PATIENCE_SECONDS
    ) as events:
        for _ in events:
            pass


def wait_for_partitions(running: Running, url: str) -> None:
    """Wait until the export has finished some, and has many to go."""
    until(lambda: running.assert_runs() or query(url, "SELECT count(*) FROM export_partitions")[0][0] >= 2)


def outcomes(url: str) -> list[str | None]:
    """Return how the attempts ended, the first one first."""
    return [row[0] for row in query(url, "SELECT outcome FROM export_attempts ORDER BY export_id, number")]
