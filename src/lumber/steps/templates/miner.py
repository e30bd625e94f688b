"""TemplateMiner: the templates of the rows of train."""

from __future__ import annotations

import polars as pl

from lumber.steps.templates.drain import Drain
from lumber.steps.templates.index import TemplateIndex
from lumber.steps.templates.masks import mask
from lumber.steps.templates.options import TemplateOptions
from lumber.steps.templates.table import Template, TemplateTable, template_id
from lumber.steps.templates.tokens import masked, split

_SEEN = {"text": pl.String, "rows": pl.Int64, "first": pl.Int64, "last": pl.Int64}
_TOTALS = (pl.sum("rows"), pl.min("first"), pl.max("last"))
# Rows that wait before they are added up.
_PENDING_ROWS = 50_000


class TemplateMiner:
    """Collects the masked messages of train, and mines them at the end.

    What comes out is a function of the rows alone: neither batches, nor their order, nor partitions show.
    The tree gets each different masked message once, in the order of its first time and then of its text.
    Memory is that of `max_distinct` masked messages; beyond them the earliest are kept, and the table has no
    counts.
    """

    def __init__(self, options: TemplateOptions | None = None) -> None:
        self.options = options or TemplateOptions()
        self._masks = self.options.masking
        self._seen = pl.DataFrame(schema=_SEEN)
        self._pending: list[pl.DataFrame] = []
        self._has_overflowed = False

    def fit_batch(self, messages: pl.Series, times: pl.Series) -> None:
        """Add rows of train: messages, and their times. A null message is passed over."""
        rows = pl.DataFrame(
            {"message": messages, "first": times.cast(pl.Datetime("us", "UTC")).cast(pl.Int64)}
        )
        rows = rows.drop_nulls("message").with_columns(last="first", rows=pl.lit(1, pl.Int64))
        unique = rows.group_by("message").agg(_TOTALS)
        shapes = (
            pl.concat([unique, mask(unique["message"], self._masks)], how="horizontal")
            .group_by("skeleton", "kinds")
            .agg(_TOTALS)
        )
        slots = self._masks.slot_of_code
        rows_of_shapes = shapes.select("skeleton", "kinds").iter_rows()
        texts = (" ".join(masked(split(skeleton), kinds, slots)) for skeleton, kinds in rows_of_shapes)
        self._add(shapes.select(pl.Series("text", list(texts), pl.String), "rows", "first", "last"))

    def merge(self, other: TemplateMiner) -> None:
        """Add what another miner with the same options has collected, of a partition for example."""
        self._has_overflowed |= other._has_overflowed
        for frame in (other._seen, *other._pending):
            self._add(frame)

    def finish(self) -> TemplateTable:
        """Return the templates."""
        self._settle()
        seen = self._seen.sort("first", "text")
        drain = Drain(self.options)
        tokens = [tuple(text.split(" ")) if text else () for text in seen["text"].to_list()]
        for message in tokens:
            drain.add(message)
        templates = sorted(drain.templates(), key=lambda one: template_id(" ".join(one)))
        index = TemplateIndex(templates, self._masks.is_kept)
        totals = (
            seen.with_columns(pl.Series("template", map(index.find, tokens), pl.Int64))
            .drop_nulls("template")
            .group_by("template")
            .agg(_TOTALS)
        )
        is_exact = not self._has_overflowed
        return TemplateTable.of(
            self._masks,
            (
                Template(
                    " ".join(templates[place]), rows if is_exact else None, first, last if is_exact else None
                )
                for place, rows, first, last in totals.iter_rows()
            ),
        )

    def _add(self, frame: pl.DataFrame) -> None:
        self._pending.append(frame)
        if sum(map(len, self._pending)) > max(_PENDING_ROWS, len(self._seen)):
            self._settle()

    def _settle(self) -> None:
        """Add up what waits, and keep no more than is allowed."""
        seen = pl.concat([self._seen, *self._pending]).group_by("text").agg(_TOTALS)
        self._pending = []
        if len(seen) > self.options.max_distinct:
            self._has_overflowed = True
            seen = seen.sort("first", "text").head(self.options.max_distinct)
        self._seen = seen
