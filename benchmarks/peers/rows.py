"""What all peers export: the log table's columns as they are stored, in the order of our datasets."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NAMES = (
    "id",
    "timestamp",
    "log_level",
    "severity_text",
    "process_name",
    "message",
    "device_id",
    "device_ip",
    "host_name",
    "raw_message",
    "structured_data",
)
COLUMNS = ", ".join(NAMES)
QUERY = f"SELECT {COLUMNS} FROM log_entries ORDER BY timestamp, id"


@dataclass(frozen=True)
class Job:
    """What a peer is asked to do. Without a level, the format isn't compressed or its level is fixed."""

    url: str
    output_format: str
    target: Path
    level: int | None = None
    memory_limit: str | None = None


def run(export: Callable[[Job], None]) -> None:
    """Call a peer with its command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("output_format")
    parser.add_argument("target", type=Path)
    parser.add_argument("--level", type=int)
    parser.add_argument("--memory-limit")
    export(Job(**vars(parser.parse_args())))
