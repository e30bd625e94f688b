"""TemplateOptions: how templates are mined."""

from __future__ import annotations

from dataclasses import dataclass

from lumber.errors import ConfigError, FieldProblem
from lumber.steps.templates.masks import DEFAULT_MASKS, PATTERNS, Masks


@dataclass(frozen=True, slots=True)
class TemplateOptions:
    """How templates are mined; `masks` also says how a table is applied.

    masks          what is a value by its form, of `masks.PATTERNS`; their order means nothing
    custom_masks   further forms, name and pattern, as `Masks.custom`
    keep           texts that are never values, as `Masks.keep`
    similarity     share of equal tokens, 0 to 1, from which on a message belongs to a group
    prefix_tokens  leading tokens that messages of a group have in common
    max_children   different tokens that a place of the prefix tells apart; further ones share one branch
    max_groups     groups below one prefix; when full, a message joins the group most alike
    max_templates  groups in all; when full, a message below an unknown prefix gets no template
    max_distinct   different masked messages that are kept in memory; the earliest are
    """

    masks: tuple[str, ...] = DEFAULT_MASKS
    custom_masks: tuple[tuple[str, str], ...] = ()
    keep: tuple[str, ...] = ()
    similarity: float = 0.7
    prefix_tokens: int = 2
    max_children: int = 100
    max_groups: int = 100
    max_templates: int = 10_000
    max_distinct: int = 1_000_000

    def __post_init__(self) -> None:
        problems = [
            FieldProblem("masks", name, "is not a mask", tuple(PATTERNS))
            for name in self.masks
            if name not in PATTERNS
        ]
        if not 0 <= self.similarity <= 1:
            problems.append(FieldProblem("similarity", self.similarity, "must be between 0 and 1"))
        for field in ("prefix_tokens", "max_children", "max_groups", "max_templates", "max_distinct"):
            value = getattr(self, field)
            if value < 1:
                problems.append(FieldProblem(field, value, "must be 1 or more"))
        if problems:
            raise ConfigError(problems)
        object.__setattr__(self, "masks", tuple(name for name in PATTERNS if name in self.masks))

    @property
    def masking(self) -> Masks:
        """What is masked in a message."""
        return Masks(self.masks, self.custom_masks, self.keep)
