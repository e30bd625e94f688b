"""The rules of all policies of an account together, each with the policies that state it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, Field

from lumber.catalog.registry import all_kinds
from lumber.exports.policies.judging import Judge, allowed_columns, allowed_kinds
from lumber.identity.policies.document import PolicyDocument
from lumber.identity.policies.stored import Policy


class StatedBy(BaseModel):
    """A policy that states a rule."""

    policy_id: str
    name: str
    version: int

    @classmethod
    def of(cls, policy: Policy) -> StatedBy:
        """Return how a rule names its policy."""
        return cls(policy_id=policy.policy_id, name=policy.document.name, version=policy.version)


class MergedRule(BaseModel):
    """One rule: what is left when each policy allows it, and the policies that state it.

    The value is a list for kinds, columns, processes, privacy_modules and destinations, a time for earliest
    and latest, true for privacy_required, and otherwise a number.
    """

    rule: str = Field(description="kinds, columns, processes, earliest, latest and so on.")
    kind: str | None = Field(default=None, description="With columns: the data type.")
    value: Any = Field(description="What is allowed.")
    policies: list[StatedBy] = Field(description="The policies that state it.")


def merged_rules(judge: Judge) -> list[MergedRule]:
    """Return the rules that apply, the strictest of each."""
    found = [rule for merge in _MERGES for rule in merge(judge.policies)]
    return [*_kinds(judge.policies), *_columns(judge.policies), *found]


def _kinds(policies: Sequence[Policy]) -> Iterator[MergedRule]:
    stating = [policy for policy in policies if allowed_kinds(policy.document) is not None]
    if stating:
        lists = [allowed_kinds(policy.document) or () for policy in stating]
        yield _rule("kinds", _common(lists), stating)


def _columns(policies: Sequence[Policy]) -> Iterator[MergedRule]:
    for kind in all_kinds():
        stating = [policy for policy in policies if kind in (policy.document.columns or {})]
        if stating:
            lists = [allowed_columns(policy.document, kind) for policy in stating]
            yield _rule("columns", _common(lists), stating, kind)


def _common(lists: Sequence[Sequence[str]]) -> list[str]:
    first, *others = lists
    return [each for each in first if all(each in other for other in others)]


def _rule(rule: str, value: Any, stating: Sequence[Policy], kind: str | None = None) -> MergedRule:
    return MergedRule(rule=rule, kind=kind, value=value, policies=[StatedBy.of(each) for each in stating])


def _merging(
    rule: str, strictest: Callable[[Sequence[Any]], Any]
) -> Callable[[Sequence[Policy]], Iterator[MergedRule]]:
    def merge(policies: Sequence[Policy]) -> Iterator[MergedRule]:
        stating = [policy for policy in policies if _states(policy.document, rule)]
        if stating:
            yield _rule(rule, strictest([_value(each.document, rule) for each in stating]), stating)

    return merge


def _states(document: PolicyDocument, rule: str) -> bool:
    return _value(document, rule) not in (None, False, ())


def _value(document: PolicyDocument, rule: str) -> Any:
    return tuple(document.modules) if rule == "privacy_modules" else getattr(document, rule)


def _union(lists: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(each for one in lists for each in one))


_MERGES = (
    _merging("processes", _common),
    _merging("earliest", max),
    _merging("latest", min),
    _merging("max_days", min),
    _merging("privacy_required", any),
    _merging("privacy_modules", _union),
    _merging("max_rows", min),
    _merging("destinations", _common),
    _merging("rows_per_day", min),
    _merging("bytes_per_day", min),
)
