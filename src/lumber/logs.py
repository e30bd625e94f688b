"""What the service and its workers log: one line per event on standard error, without secrets.

On a terminal `key=value`, elsewhere one JSON object per line. Bind what belongs to all that follows with
`structlog.contextvars.bound_contextvars(request_id=..., export_id=...)`.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import IO, Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_MASK = "***"
# What follows `//` up to the last @ is the user and the password: a password may hold an @ itself.
_ADDRESS = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s:/@]*:)(?P<secret>[^\s'\"]*)@", re.IGNORECASE)
_NAMED = re.compile(r"(?P<before>(?:password|passwd|pwd)\s*[=:]\s*)(?P<secret>[^\s&;,'\"]+)", re.IGNORECASE)
_SECRET_KEYS = re.compile(r"password|passwd|secret|token|api_?key|authorization|cookie", re.IGNORECASE)
# The HTTP client logs each address that it calls, and that of a webhook may be a secret. The SDK of tools for
# agents logs two lines for each message, and the texts of errors.
_TELL_TOO_MUCH = ("httpx2", "httpcore2", "mcp")
_KEYS = ["timestamp", "level", "logger", "event"]


def configure_logging(
    *, level: str = "INFO", stream: IO[str] | None = None, as_json: bool | None = None
) -> None:
    """Send every log line of this process, of libraries too, to `stream` (default: standard error).

    `as_json`: default true unless the stream is a terminal.
    """
    target = stream or sys.stderr
    chosen = not target.isatty() if as_json is None else as_json
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask_secrets,
                structlog.processors.JSONRenderer(default=str) if chosen else _key_value,
            ],
        )
    )
    for name in _TELL_TOO_MUCH:
        logging.getLogger(name).setLevel(logging.WARNING)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def mask_secrets(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Mask passwords in addresses and in `password=...`, and every value whose name says it is secret."""
    return {key: _masked_field(key, value) for key, value in event.items()}


def masked(text: str) -> str:
    """Return `text` without the passwords of database addresses."""
    without = _ADDRESS.sub(rf"\g<before>{_MASK}@", text)
    return _NAMED.sub(rf"\g<before>{_MASK}", without)


def _masked_field(key: str, value: Any) -> Any:
    return _MASK if _SECRET_KEYS.search(key) else _masked_value(value)


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {str(key): _masked_field(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else masked(str(value))


def _key_value(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """Write one line of `key=value`, and what an exception says below it."""
    exception = event.pop("exception", None)
    plain = {key: _printable(value) for key, value in event.items()}
    line = str(structlog.processors.LogfmtRenderer(key_order=_KEYS, drop_missing=True)(logger, name, plain))
    if exception is None:
        return line
    return "\n".join([line, *(_printable(part) for part in exception.splitlines())])


def _printable(value: Any) -> Any:
    """Escape what a terminal would obey: text in a log may come from anybody."""
    if not isinstance(value, str):
        return value
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in value)
