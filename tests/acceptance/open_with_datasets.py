"""A program that opens datasets with `datasets` and pickles what it sees.

It runs as its own process, because `datasets` reads its settings when it is imported: offline, with its
caches in a folder of the tests. Each line of standard input is a JSON object with the arguments of
`load_dataset`. Each answer on standard output is a pickled {split: (types by column, rows)}, or the error's
text.
"""

from __future__ import annotations

import json
import pickle
import sys
from typing import Any

import datasets


def opened(arguments: dict[str, Any]) -> Any:
    """Return what one call of `load_dataset` gives."""
    try:
        loaded = datasets.load_dataset(*arguments.pop("args", []), **arguments)
    except (datasets.exceptions.DatasetsError, ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return {
        split: (
            {name: str(getattr(feature, "dtype", feature)) for name, feature in dataset.features.items()},
            # The stored values: JSON columns as their text.
            dataset.data.table.to_pylist(),
        )
        for split, dataset in loaded.items()
    }


def main() -> None:
    """Answer every line."""
    datasets.disable_progress_bars()
    for line in sys.stdin:
        sys.stdout.buffer.write(pickle.dumps(opened(json.loads(line))))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
