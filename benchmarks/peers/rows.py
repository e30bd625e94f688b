"""What all peers export: the log table's columns as they are stored, in the order of our datasets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

COLUMNS = (
    "id, timestamp, log_level, severity_text, process_name, message, device_id, device_ip, host_name, "
    "raw_message, structured_data"
)
QUERY = f"SELECT {COLUMNS} FROM log_entries ORDER BY timestamp, id"


def run(export: Callable[[str, str, Path], None]) -> None:
    """Call a peer with its command line: the database, the format and the file to write."""
    url, output_format, file = sys.argv[1:]
    export(url, output_format, Path(file))
