"""TemplateMatcher: gives rows the ids and values of a table's templates."""

from __future__ import annotations

import polars as pl

from lumber.steps.templates.index import TemplateIndex
from lumber.steps.templates.masks import UNKNOWN, mask
from lumber.steps.templates.rewrite import Rewrite, cook
from lumber.steps.templates.table import TemplateTable
from lumber.steps.templates.tokens import masked, parameters, split

# Shapes of messages whose template is remembered between batches.
_CACHED_SHAPES = 50_000
_CACHED_CHARACTERS = 1_000
_SHAPE = ["skeleton", "kinds"]
_Found = tuple[str, Rewrite | None]


class TemplateMatcher:
    """Finds the template of each message. What is found is a function of table and message alone."""

    def __init__(self, table: TemplateTable) -> None:
        ordered = sorted(table.templates, key=lambda template: template.id)
        self._ids = [template.id for template in ordered]
        self._templates = [tuple(one.text.split(" ")) if one.text else () for one in ordered]
        self._masks = table.masks
        self._slots = self._masks.slot_of_code
        self._index = TemplateIndex(self._templates, self._masks.is_kept)
        self._cache: dict[tuple[str, str], _Found] = {}

    def apply(self, messages: pl.Series) -> pl.DataFrame:
        """Return `template_id` and `template_params` (list of text), row for row.

        A message without a template, and a null, has the id `<unk>` and null for its values.
        """
        rows = pl.DataFrame({"message": messages.cast(pl.String)})
        unique = rows.drop_nulls().unique()
        masked_rows = mask(unique["message"], self._masks)
        shapes = masked_rows.select(_SHAPE).unique().with_row_index("place")
        found = [self._find(skeleton, kinds) for _, skeleton, kinds in shapes.iter_rows()]
        places = masked_rows.join(shapes, on=_SHAPE, how="left", maintain_order="left")["place"]
        unique = unique.with_columns(
            template_id=pl.Series([name for name, _ in found], dtype=pl.String).gather(places),
            template_params=cook(masked_rows["values"], places, [recipe for _, recipe in found]),
        )
        return rows.join(unique, on="message", how="left", maintain_order="left").select(
            pl.col("template_id").fill_null(UNKNOWN), "template_params"
        )

    def _find(self, skeleton: str, kinds: str) -> _Found:
        shape = (skeleton, kinds)
        found = self._cache.get(shape)
        if found is None:
            found = self._look_up(skeleton, kinds)
            if len(self._cache) >= _CACHED_SHAPES:
                self._cache.clear()
            if len(skeleton) <= _CACHED_CHARACTERS:
                self._cache[shape] = found
        return found

    def _look_up(self, skeleton: str, kinds: str) -> _Found:
        tokens = split(skeleton)
        place = self._index.find(masked(tokens, kinds, self._slots))
        if place is None:
            return UNKNOWN, None
        return self._ids[place], parameters(tokens, self._templates[place])
