"""How many examples a property test gets: all in `make test-all`, a sixth of them in `make test`."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

FULL_EXAMPLES = 100
QUICK_EXAMPLES = 17


def register_profiles() -> None:
    """Make the profiles of both targets, and load that of `make test`.

    Neither has a deadline: a busy machine is slow at times, whatever the code does. `make test-all` loads the
    other one with `--hypothesis-profile=full`.
    """
    settings.register_profile("quick", deadline=None, max_examples=QUICK_EXAMPLES)
    settings.register_profile("full", deadline=None, max_examples=FULL_EXAMPLES)
    settings.load_profile("quick")


def examples(count: int, **more: Any) -> settings:
    """Return settings for `count` examples in `make test-all`, and for a sixth of them in `make test`."""
    loaded = settings.default
    assert loaded is not None
    share = min(1.0, loaded.max_examples / FULL_EXAMPLES)
    return settings(max_examples=max(10, round(count * share)), deadline=None, **more)
