"""Tests build hundreds of finders, of a few rules: what depends on the rule alone is made once."""

from collections.abc import Collection
from functools import cache

import pytest

from lumber.privacy.phrases import finding
from lumber.privacy.secret_rules import finding as secret_rules

_of_secrets = cache(secret_rules.maybe)
_making = finding.maybe


@cache
def _of_names(types: frozenset[str]) -> str:
    return _making(types)


def _of_any_names(types: Collection[str]) -> str:
    return _of_names(frozenset(types))


@pytest.fixture(autouse=True)
def _patterns_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the patterns of which most of the time of a finder goes, 0.1 s for each rule."""
    monkeypatch.setattr(finding, "maybe", _of_any_names)
    monkeypatch.setattr(secret_rules, "maybe", _of_secrets)
