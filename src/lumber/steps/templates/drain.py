"""Drain: groups masked messages by a tree of fixed depth.

He, Zhu, Zheng, Lyu: Drain: An Online Log Parsing Approach with Fixed Depth Tree, ICWS 2017. The tree goes
from the number of tokens over the leading tokens to a leaf of groups; a message joins the group of its leaf
with the largest share of equal tokens, and where they differ the group gets a wildcard. Unlike there, all
leading tokens that look like values share a branch, not only those with digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import eq

from lumber.steps.templates.masks import WILDCARD
from lumber.steps.templates.options import TemplateOptions

# A token like this is likely a value, a path or a name of a host: it must not make a branch of its own.
_LIKE_A_VALUE = re.compile(r"[0-9./@]|<")


@dataclass(slots=True)
class _Node:
    children: dict[str | int, _Node] = field(default_factory=dict)
    groups: list[list[str]] = field(default_factory=list)


class Drain:
    """The tree. What comes out depends on the order of the messages, which the caller fixes."""

    def __init__(self, options: TemplateOptions) -> None:
        self._options = options
        self._is_kept = options.masking.is_kept
        self._root = _Node()
        self._groups: list[list[str]] = []

    def add(self, tokens: tuple[str, ...]) -> None:
        """Let a message join a group or open one. Without room for either it is left out."""
        is_full = len(self._groups) >= self._options.max_templates
        leaf = self._leaf(tokens, may_grow=not is_full)
        if leaf is None:
            return
        group, similarity = _most_alike(self._open_to(leaf.groups, tokens), tokens)
        if group is None or (
            similarity < self._options.similarity
            and len(leaf.groups) < self._options.max_groups
            and not is_full
        ):
            if not is_full:
                leaf.groups.append(list(tokens))
                self._groups.append(leaf.groups[-1])
            return
        for place, token in enumerate(tokens):
            if group[place] != token:
                group[place] = WILDCARD

    def templates(self) -> list[tuple[str, ...]]:
        """Return the tokens of every group, each once, in the order in which they were opened."""
        return list(dict.fromkeys(map(tuple, self._groups)))

    def _open_to(self, groups: list[list[str]], tokens: tuple[str, ...]) -> list[list[str]]:
        """Return the groups that have the same kept tokens in the same places."""
        is_kept = self._is_kept
        if is_kept is None:
            return groups
        return [
            group
            for group in groups
            if not any(
                one != two and (is_kept(one) or is_kept(two)) for one, two in zip(group, tokens, strict=True)
            )
        ]

    def _leaf(self, tokens: tuple[str, ...], *, may_grow: bool) -> _Node | None:
        node: _Node | None = self._child(self._root, len(tokens), may_grow=may_grow)
        for token in tokens[: self._options.prefix_tokens]:
            if node is None:
                return None
            key = WILDCARD if _LIKE_A_VALUE.search(token) else token
            if key not in node.children and len(node.children) >= self._options.max_children:
                key = WILDCARD
            node = self._child(node, key, may_grow=may_grow)
        return node

    @staticmethod
    def _child(node: _Node, key: str | int, *, may_grow: bool) -> _Node | None:
        if may_grow:
            return node.children.setdefault(key, _Node())
        return node.children.get(key)


def _most_alike(groups: list[list[str]], tokens: tuple[str, ...]) -> tuple[list[str] | None, float]:
    """Return the group with most equal tokens; of several the one with most wildcards, then the oldest."""
    best: list[str] | None = None
    best_score = (-1, -1)
    for group in groups:
        equal = sum(map(eq, group, tokens))
        if equal >= best_score[0]:
            score = (equal, group.count(WILDCARD))
            if score > best_score:
                best, best_score = group, score
    return best, best_score[0] / len(tokens) if tokens else 1.0
