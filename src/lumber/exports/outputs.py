"""Which outputs a config asks for: the shards of each kind, and what is made beside them."""

from __future__ import annotations

from lumber.engine.output import Output, Shards
from lumber.exports.config import ExportConfig
from lumber.steps.recipe import Recipe
from lumber.steps.templates.step import Templates


def outputs_of(config: ExportConfig, recipe: Recipe) -> tuple[Output, ...]:
    """Return what is made of the records of a kind with this recipe, in the order in which it is finished."""
    # Each is loaded where it is asked for: most exports ask for none but the shards.
    outputs: list[Output] = [Shards()]
    if (shuffle := config.order.rule()) is not None:
        from lumber.engine.shuffle import ShuffledShards

        outputs = [ShuffledShards(shuffle)]
    if len(recipe.splits) > 1:
        from lumber.engine.split_contents import SplitContents

        outputs.append(SplitContents(config.split.model_dump(mode="json")))
    if recipe.step(Templates.name) is not None:
        from lumber.engine.template_table import TemplateFile

        outputs.append(TemplateFile())
        if config.sequences is not None:
            from lumber.engine.sequences.job import Sequences

            outputs.append(Sequences(config.sequences.rule()))
    return tuple(outputs)
