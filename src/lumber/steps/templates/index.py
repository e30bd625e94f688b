"""TemplateIndex: finds the template of a masked message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lumber.steps.templates.masks import WILDCARD

_Branch = dict[str, Any]


class TemplateIndex:
    """A tree of templates, by the number of tokens and then by token.

    A template matches a message with as many tokens, each equal to the template's or met by a wildcard. Of
    several the one with fewest wildcards is taken, then the one that comes first in `templates`. No wildcard
    meets a token that `is_kept`.
    """

    def __init__(
        self, templates: Sequence[tuple[str, ...]], is_kept: Callable[[str], bool] | None = None
    ) -> None:
        self._is_kept = is_kept
        self._roots: dict[int, _Branch] = {}
        self._empty = next((place for place, tokens in enumerate(templates) if not tokens), None)
        for place, tokens in enumerate(templates):
            if tokens:
                branch = self._roots.setdefault(len(tokens), {})
                for token in tokens[:-1]:
                    branch = branch.setdefault(token, {})
                branch.setdefault(tokens[-1], place)

    def find(self, tokens: Sequence[str]) -> int | None:
        """Return the place of the message's template in `templates`; None when it has none.

        The time is linear in the templates at worst, and in the tokens as a rule.
        """
        if not tokens:
            return self._empty
        best: tuple[int, int] | None = None
        # Exact branches come off the stack first: the first template found is mostly the best.
        open_branches: list[tuple[Any, int, int]] = [(self._roots.get(len(tokens), {}), 0, 0)]
        while open_branches:
            branch, depth, wildcards = open_branches.pop()
            if best is not None and wildcards > best[0]:
                continue
            if depth == len(tokens):
                best = min(best or (wildcards, branch), (wildcards, branch))
                continue
            token = tokens[depth]
            if WILDCARD in branch and not (self._is_kept and self._is_kept(token)):
                open_branches.append((branch[WILDCARD], depth + 1, wildcards + 1))
            if token != WILDCARD and token in branch:
                open_branches.append((branch[token], depth + 1, wildcards))
        return None if best is None else best[1]
