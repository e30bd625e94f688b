"""Recipes: how the values of a message become the parameters of its template."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import polars as pl

from lumber.steps.lists import cut_into_lists
from lumber.steps.templates.tokens import Pieces

# The parameters of a template, each in pieces.
Rewrite = tuple[Pieces, ...]


def cook(values: pl.Series, places: pl.Series, recipes: Sequence[Rewrite | None]) -> pl.Series:
    """Return the parameters of each row, a list of text: null where the recipe is None.

    `values` has the values of each row, and `places` the place of its recipe in `recipes`.
    """
    pieces = [_pieces(recipe or ()) for recipe in recipes]
    ends = list(accumulate(map(len, pieces)))
    of_recipes = pl.DataFrame(
        {
            "from": [0, *ends[:-1]] if ends else [],
            "to": ends,
            "params": [len(recipe or ()) for recipe in recipes],
            "is_none": [recipe is None for recipe in recipes],
        },
        schema={"from": pl.Int64, "to": pl.Int64, "params": pl.Int64, "is_none": pl.Boolean},
    )
    of_pieces = pl.DataFrame(
        [piece for recipe in pieces for piece in recipe],
        schema={"text": pl.String, "value": pl.Int64, "is_first": pl.Boolean},
        orient="row",
    )
    counts = values.list.len().cast(pl.Int64)
    rows = of_recipes[places].with_columns(first_value=counts.cum_sum() - counts)
    used = rows.select("first_value", piece=pl.int_ranges("from", "to", dtype=pl.Int64)).explode(
        "piece", empty_as_null=False
    )
    used = used.select("first_value").hstack(of_pieces[used["piece"]])
    flat = values.explode(empty_as_null=False)
    texts = used["text"].fill_null(flat.gather(used["first_value"] + used["value"]))
    if not used["is_first"].all():
        starts = used["is_first"].arg_true().cast(pl.Int64)
        texts = cut_into_lists(texts, starts.shift(-1, fill_value=len(texts)) - starts).list.join("")
    params = cut_into_lists(texts, rows["params"])
    return pl.select(pl.when(~rows["is_none"]).then(params)).to_series()


def _pieces(recipe: Rewrite) -> list[tuple[str | None, int | None, bool]]:
    """Return (text, number of the value, begins a parameter) of each piece; one of the first two is null."""
    return [
        (piece if isinstance(piece, str) else None, piece if isinstance(piece, int) else None, place == 0)
        for pieces in recipe
        for place, piece in enumerate(pieces)
    ]
