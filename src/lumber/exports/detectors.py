"""The check that the detectors that an export's labels name have found something."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.labels import LabelOptions
from lumber.store.detectors import recent_detectors, silent_detectors

# So many names an answer lists.
_MOST = 20


async def require_detectors(options: LabelOptions | None, connection: AsyncConnection) -> None:
    """Refuse labels by a detector that has no anomaly: they would lack what was asked for, in silence.

    Raises ConfigError with the detectors that have some.
    """
    if options is None or not options.detectors:
        return
    silent = await silent_detectors(connection, options.detectors)
    if not silent:
        return
    known = tuple(await recent_detectors(connection, _MOST))
    some = "leave it out, or name one that has some" if known else "no anomaly here names its detector"
    raise ConfigError(
        [
            FieldProblem("labels.detectors", name, f"{name!r} has no anomaly in this database: {some}", known)
            for name in silent
        ]
    )
