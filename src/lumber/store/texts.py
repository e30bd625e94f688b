"""Reads all texts in the table of a kind, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.kind import Column, Kind
from lumber.store.reading import plain_column
from lumber.store.tables import table_of
from lumber.store.url import Dialect

_PAGE_ROWS = 2_000

TextRow = Sequence[str | None]


def text_columns(kind: Kind) -> tuple[Column, ...]:
    """Return the columns of a kind's table that hold texts or JSON."""
    return tuple(column for column in kind.columns if column.content is not None)


async def text_pages(
    connection: AsyncConnection, kind: Kind, dialect: Dialect
) -> AsyncIterator[Sequence[TextRow]]:
    """Yield pages of rows, each with the values of `text_columns` in their order, in the order of ids.

    What isn't UTF-8 is shown by replacement characters.
    """
    table = table_of(kind)
    key = table.c[kind.id_column]
    texts: list[sa.ColumnElement[bytes]] = [
        sa.literal_column(plain_column(column, dialect)) for column in text_columns(kind)
    ]
    statement = sa.select(key, *texts).select_from(table).order_by(key).limit(_PAGE_ROWS)
    last: int | None = None
    while True:
        page = statement if last is None else statement.where(key > last)
        rows = (await connection.execute(page)).all()
        if not rows:
            return
        yield [[_text(value) for value in row[1:]] for row in rows]
        last = rows[-1][0]


def _text(value: object) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else None
