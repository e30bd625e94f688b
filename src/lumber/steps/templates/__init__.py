"""Log templates: mined from train, applied to every split.

masks      what is a value by its form: numbers, addresses, ...
tokens     a masked message as words, and back
recipes    the values of a message as the parameters of its template
drain      the tree that groups masked messages
index      the template of a masked message
miner      train's messages in, a table out
table      the templates as a file
matcher    a table and messages in, ids and values out

The Python libraries at hand do not fit. drain3, the known one, pins a jsonpickle with a known hole and has
had no release since 2022. drain3-improved, its living fork, numbers templates in the order of the messages,
one at a time, so that batches and partitions show, and its fast search misses templates that would match.
logparser3 pins an old `regex` and holds whole files in pandas; logmine, of 2022 too, reads and prints files.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumber.steps.templates.masks import UNKNOWN
    from lumber.steps.templates.matcher import TemplateMatcher
    from lumber.steps.templates.miner import TemplateMiner
    from lumber.steps.templates.options import TemplateOptions
    from lumber.steps.templates.table import TEMPLATE_SCHEMA, TemplateTable
    from lumber.steps.templates.tokens import fill

__all__ = [
    "TEMPLATE_SCHEMA",
    "UNKNOWN",
    "TemplateMatcher",
    "TemplateMiner",
    "TemplateOptions",
    "TemplateTable",
    "fill",
]

# Loaded when they are asked for: every config looks at the options, and few exports at the rest.
_PLACES = {
    "TEMPLATE_SCHEMA": "table",
    "UNKNOWN": "masks",
    "TemplateMatcher": "matcher",
    "TemplateMiner": "miner",
    "TemplateOptions": "options",
    "TemplateTable": "table",
    "fill": "tokens",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
