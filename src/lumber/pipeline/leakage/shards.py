"""Certifies shards on the disk, before they are a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumber.catalog.kind import Kind
from lumber.errors import DatasetDamaged, ExportCancelled
from lumber.pipeline.leakage.certificate import Certifier, Compared
from lumber.pipeline.manifest import schema_json
from lumber.pipeline.staging import output_errors
from lumber.pipeline.verify.listing import ListedField
from lumber.pipeline.verify.reading import ShardName, ShardReader, Unreadable, parse_shard_name
from lumber.pipeline.verify.unescape import is_escaped, unescaped


@dataclass(frozen=True, slots=True)
class WrittenShard:
    """A shard where it lies now, and the path that it will have in the dataset."""

    at: Path
    path: str


def certify_shards(
    kind: Kind,
    shards: Sequence[WrittenShard],
    config: Mapping[str, Any],
    folder: Path,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[dict[str, Any]]:
    """Read the shards of a kind, as it is written, and return its certificate.

    `config` is the export's as plain JSON values. A temporary file may be made in `folder`; nothing is left
    of it. Raises ExportCancelled, an OutputError, or DatasetDamaged for a shard that does not read back.
    """
    fields = [ListedField.model_validate(field) for field in schema_json(kind.schema)]
    compared = Compared.of(kind, kind.schema.names, config.get("split") or {})
    with output_errors(folder), Certifier(compared, folder) as certifier:
        for shard in shards:
            name = parse_shard_name(shard.path)
            assert name is not None
            try:
                _add(certifier, shard, name, fields, compared, config, is_cancelled)
            except Unreadable as error:
                raise DatasetDamaged(f"{shard.path} {error}") from error
        return certifier.finish()


def _add(
    certifier: Certifier,
    shard: WrittenShard,
    name: ShardName,
    fields: Sequence[ListedField],
    compared: Compared,
    config: Mapping[str, Any],
    is_cancelled: Callable[[], bool],
) -> None:
    # Rows are counted, so one column is read in any case.
    columns = compared.columns or (fields[0].name,)
    with shard.at.open("rb") as file:
        for batch in ShardReader(file, name, fields, columns=columns).batches():
            if is_cancelled():
                raise ExportCancelled("The export was cancelled.")
            certifier.add(name.split, unescaped(batch) if is_escaped(name.format, config) else batch)
