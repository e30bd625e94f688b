"""What the tests of private data have in common."""

import pytest

from lumber.privacy import together


@pytest.fixture(autouse=True)
def rewrite_few_texts_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small columns of tests go the way that large ones go in exports."""
    monkeypatch.setattr(together, "_FEW", 0)
