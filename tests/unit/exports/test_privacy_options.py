"""What an export may be asked to hide."""

import pytest

from lumber.errors import ConfigError
from lumber.exports.config import ExportConfig
from lumber.exports.options.privacy import PrivacyOptions
from lumber.exports.parsing import parse_config


def _asked(value: object) -> PrivacyOptions | None:
    return ExportConfig.model_validate({"data_types": ["logs"], "privacy": value}).privacy


@pytest.mark.parametrize("value", [True, {}, "prefix_preserving"])
def test_every_way_to_ask_for_the_defaults_asks_for_privacy(value: object) -> None:
    assert _asked(value) == PrivacyOptions()


@pytest.mark.parametrize("value", [False, None])
def test_privacy_is_off_only_when_that_is_said(value: object) -> None:
    assert _asked(value) is None


def test_an_unknown_field_of_an_own_rule_is_named() -> None:
    rules = {"deny": [{"value": "Falcon", "colour": "red"}]}
    with pytest.raises(ConfigError) as caught:
        parse_config({"data_types": ["logs"], "privacy": {"rules": rules}})
    (problem,) = caught.value.problems
    assert problem.field == "privacy.rules.deny.0.colour"
