"""Folders of Parquet, CSV and JSON Lines with the events of `rsyslog`, in several files."""

import csv
import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.integration.datasets import START
from tests.integration.sources.rsyslog import at

FORMATS = ("parquet", "csv", "jsonl.gz")
_FILES = 3


def make_lake(folder: Path, rows: int, ending: str) -> str:
    """Write events to files in a folder `events`; return the address of the folder."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    size = -(-rows // _FILES)
    for number in range(_FILES):
        first = number * size + 1
        events = [make_event(each) for each in range(first, min(rows, first + size - 1) + 1)]
        write_events(folder / "events" / f"part-{number}.{ending}", events)
    return f"folder://{folder}"


def write_events(path: Path, events: list[dict[str, Any]]) -> None:
    """Write a file in the format that its name tells."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(events), path)
        return
    texts = [{**event, "ReceivedAt": event["ReceivedAt"].isoformat(" ")} for event in events]
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(texts[0]))
            writer.writeheader()
            writer.writerows(texts)
        return
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(text) + "\n" for text in texts)


def make_event(number: int) -> dict[str, Any]:
    """Return an event of `rsyslog`, as a row of a file."""
    return {
        "ID": number,
        "ReceivedAt": (START + timedelta(microseconds=at(number))).replace(tzinfo=None),
        "Facility": 3,
        "Priority": (3, 4, 6)[number % 3],
        "FromHost": f"host{number % 5}",
        "Message": f"line {number} é",
        "SysLogTag": "sshd[1]:",
    }
