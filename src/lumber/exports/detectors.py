"""The check that the detectors that an export's labels name have made findings."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.store.detectors import recent_detectors, silent_detectors
from lumber.store.relations import OWN, Relations

# Maximum names that an error lists.
_MOST = 20


async def require_detectors(
    config: ExportConfig, connection: AsyncConnection, relations: Relations = OWN
) -> None:
    """Reject labels by a detector without anomalies, because it would label no row.

    Raises ConfigError with the detectors that have anomalies.
    """
    if config.labels is None or not config.labels.detectors:
        return
    sources = [kind.labels_from for kind in config.kinds if kind.labels_from is not None]
    silent = await silent_detectors(connection, sources, config.labels.detectors, relations)
    if not silent:
        return
    known = tuple(await recent_detectors(connection, sources, _MOST, relations))
    kinds = ", ".join(dict.fromkeys(source.kind for source in sources))
    advice = (
        "remove it, or name a detector that has some" if known else f"no row of {kinds} names its detector"
    )
    raise ConfigError(
        [
            FieldProblem(
                "labels.detectors", name, f"{name!r} has no {kinds} in this database: {advice}", known
            )
            for name in silent
        ]
    )
