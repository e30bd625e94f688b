"""A program that opens datasets with `mlcroissant` and pickles what it sees.

It runs as its own process, because the library warns of its own dependencies when it is imported. Each line
of standard input is a JSON list: the path of croissant.json and the record sets to read. Each answer on
standard output is a pickled {"warnings", "files", "records": {record set: rows}, ...}, or the error's text.
"""

from __future__ import annotations

import json
import pickle
import sys
from typing import Any

import mlcroissant


def opened(path: str, record_sets: list[str]) -> Any:
    """Return what a dataset is to the library."""
    try:
        dataset = mlcroissant.Dataset(path)
        metadata = dataset.metadata
        return {
            "version": metadata.ctx.conforms_to.value,
            "warnings": sorted(metadata.ctx.issues.warnings),
            "files": {file.content_url: (file.sha256, file.content_size) for file in metadata.file_objects},
            "record_sets": [record_set.id for record_set in metadata.record_sets],
            "limitations": metadata.data_limitations,
            "sensitive": metadata.personal_sensitive_information,
            "records": {
                name: [
                    {key.partition("/")[2]: plain(value) for key, value in row.items()}
                    for row in dataset.records(name)
                ]
                for name in record_sets
            },
        }
    except (mlcroissant.ValidationError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def plain(value: Any) -> Any:
    """Turn texts, which the library gives as bytes, and its numbers and times into Python's."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def main() -> None:
    """Answer every line."""
    for line in sys.stdin:
        path, record_sets = json.loads(line)
        sys.stdout.buffer.write(pickle.dumps(opened(path, record_sets)))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
