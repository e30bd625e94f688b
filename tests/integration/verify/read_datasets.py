"""Verifies, opens and compares datasets; says what each says, and the most memory that it took.

Run it with the folders. It is a process of its own, because a test's process is larger than what is measured.
"""

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

import lumber
from lumber.dataset.verify import verify_dataset
from lumber.errors import DatasetDamaged


def main() -> None:
    for folder in sys.argv[1:]:
        gc.collect()
        pa.default_memory_pool().release_unused()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
        begin = time.process_time()
        said = read(folder)
        said |= {"peak_kib": peak_kib(), "seconds": time.process_time() - begin}
        sys.stdout.write(json.dumps(said) + "\n")


def read(folder: str) -> dict[str, Any]:
    return {
        "verify": [f"{item.path}: {item.problem}" for item in verify_dataset(Path(folder)).problems],
        "open": damage(lambda: lumber.open(folder).to_arrow("logs")),
        "diff": damage(lambda: lumber.diff(folder, folder)),
    }


def damage(call) -> str | None:
    try:
        call()
    except DatasetDamaged as error:
        return str(error)
    return None


def peak_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
