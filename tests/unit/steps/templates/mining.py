"""Rows to mine: messages, a second apart."""

from collections.abc import Sequence

import polars as pl

from lumber.steps.templates import TemplateMatcher, TemplateMiner, TemplateOptions, TemplateTable


def series(messages: Sequence[str | None]) -> pl.Series:
    return pl.Series("message", messages, pl.String)


def times(count: int, first: int = 0) -> pl.Series:
    return pl.Series([(first + place) * 1_000_000 for place in range(count)]).cast(pl.Datetime("us", "UTC"))


def mine(messages: Sequence[str | None], options: TemplateOptions | None = None) -> TemplateTable:
    miner = TemplateMiner(options)
    miner.fit_batch(series(messages), times(len(messages)))
    return miner.finish()


def texts(table: TemplateTable) -> dict[str, str]:
    return {template.id: template.text for template in table.templates}


def apply(table: TemplateTable, messages: Sequence[str | None]) -> list[tuple[str, list[str] | None]]:
    """Return the template's text (or `<unk>`) and the values of each message."""
    found = TemplateMatcher(table).apply(series(messages))
    known = texts(table)
    return [(known.get(name, name), values) for name, values in found.iter_rows()]
