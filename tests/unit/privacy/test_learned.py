"""What one pass of a process over rows learned about shapes serves the next pass of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumber.catalog.registry import get_kind
from lumber.privacy.rule import PrivacyRule
from lumber.privacy.step import PrivacyStep
from lumber.steps.cast import cast_batch
from lumber.steps.step import Records
from lumber.steps.transform import DataTransformer
from tests.unit.engine.batches import batch_of
from tests.unit.privacy.rules import rule


def _taken(one_rule: PrivacyRule, message: str) -> PrivacyStep:
    logs = get_kind("logs")
    taken = PrivacyStep(one_rule, logs, logs)
    frame = cast_batch(batch_of(logs, {"message": message}), logs).frame
    taken.add(Records(DataTransformer(logs).apply(frame)))
    return taken


@pytest.mark.parametrize("has_files", [False, True])
def test_a_step_begins_with_what_the_last_one_learned(tmp_path: Path, has_files: bool) -> None:
    one_rule = rule()
    first = _taken(one_rule, "refused 8.8.4.4")
    if has_files:
        first.check_files(tmp_path, [], None, get_kind("logs").schema)
    else:
        first.release()
    second = _taken(one_rule, "refused 8.8.8.8")
    assert second._pseudonymizer is first._pseudonymizer
    assert second._pseudonymizer.by_column == {"message": {"address": 1}}, "it counts anew"
    assert _taken(one_rule, "refused 8.8.8.8")._pseudonymizer is not first._pseudonymizer, "it is in use"
