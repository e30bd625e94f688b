"""The kinds that the manifest of a dataset declares: those of the mappings of its source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lumber.catalog.declared import Declaration
from lumber.catalog.registry import declaring, require_declarable
from lumber.dataset.manifest import Manifest


@contextmanager
def kinds_of(manifest: Manifest) -> Iterator[str | None]:
    """Let the kinds that a manifest declares be known for the block.

    Yields what is wrong with the declarations, of which then none is known; None: nothing is.
    """
    source, problem = manifest.plan.source or {}, None
    declarations: list[Declaration] = []
    try:
        kinds = source.get("kinds", {}).values()
        declarations = [Declaration.of_json(each["declares"]) for each in kinds if "declares" in each]
        require_declarable(declarations)
    except (ValueError, TypeError, AttributeError) as error:
        declarations, problem = [], f"plan.source {error}"
    with declaring(str(source.get("name", "")), declarations):
        yield problem
