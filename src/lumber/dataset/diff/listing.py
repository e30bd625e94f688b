"""ChangeList: the full list of differing rows, as JSON Lines."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import polars as pl

from lumber.dataset.diff.compare import Changes
from lumber.dataset.diff.difference import Change
from lumber.dataset.layout import output_errors
from lumber.files.temporary import part_folder


class ChangeList:
    """Writes `{"kind", "id", "changes", "split_a", "split_b"}` for each row, by kind and ascending id.

    The file appears only when it is complete. After an exception the previous file stays. Raises an
    OutputError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = ExitStack()

    def __enter__(self) -> ChangeList:
        with output_errors(self._path):
            self._part = self._kept.enter_context(part_folder(self._path.absolute().parent)) / "part"
            self._file = self._part.open("wb")
        return self

    def add(self, kind: str, changes: Changes, splits: list[str]) -> None:
        """Write rows; `splits` are the names of their numbers."""
        names = dict(enumerate(splits))
        texts = [pl.when(pl.Series(changes.of(change))).then(pl.lit(change.value)) for change in Change]
        rows = pl.DataFrame({"id": changes.ids, "a": changes.splits_a, "b": changes.splits_b}).select(
            pl.lit(kind).alias("kind"),
            "id",
            pl.concat_list(texts).list.drop_nulls().alias("changes"),
            *(
                pl.col(side)
                .replace_strict(names, default=None, return_dtype=pl.String)
                .alias(f"split_{side}")
                for side in ("a", "b")
            ),
        )
        with output_errors(self._path):
            rows.write_ndjson(self._file)

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._kept, output_errors(self._path):
            self._file.close()
            if type_ is None:
                self._part.replace(self._path)
