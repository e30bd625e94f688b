"""SQL statements that are compiled once for all databases of a test run, as in a service that runs for long.

SQLAlchemy keeps what it compiled for each engine, and nearly every test opens an engine or several. Measured
over the tests of versions, a fifth of their time went into compiling the same statements again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Mapper
from sqlalchemy.util import LRUCache

_STATEMENTS = 2_000
_OF_A_MAPPER = 200


class _Shared(LRUCache):
    """Keeps compiled statements under what of a dialect changes them, instead of under the dialect itself."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_named(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_named(key), value)


def _named(key: Any) -> Any:
    dialect, *others = key
    return (
        type(dialect),
        dialect.paramstyle,
        dialect.server_version_info,
        dialect.default_schema_name,
        dialect.max_identifier_length,
        dialect.use_insertmanyvalues,
        *others,
    )


def share_compiled_statements() -> None:
    """Let all engines of this process share what they compile."""
    shared = _Shared(_STATEMENTS)
    begin = Engine.__init__

    def begin_and_share(self: Engine, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        self._compiled_cache = shared

    Engine.__init__ = begin_and_share  # type: ignore[method-assign]
    of_mappers: dict[Mapper[Any], _Shared] = {}
    Mapper._compiled_cache = property(  # type: ignore[method-assign,assignment]
        lambda self: of_mappers.setdefault(self, _Shared(_OF_A_MAPPER))
    )
