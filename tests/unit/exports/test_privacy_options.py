"""What an export may be asked to hide."""

import pytest

from lumber.exports.config import ExportConfig
from lumber.exports.options.privacy import PrivacyOptions


def _asked(value: object) -> PrivacyOptions | None:
    return ExportConfig.model_validate({"data_types": ["logs"], "privacy": value}).privacy


@pytest.mark.parametrize("value", [True, {}, "prefix_preserving"])
def test_every_way_to_ask_for_the_defaults_asks_for_privacy(value: object) -> None:
    assert _asked(value) == PrivacyOptions()


@pytest.mark.parametrize("value", [False, None])
def test_privacy_is_off_only_when_that_is_said(value: object) -> None:
    assert _asked(value) is None
