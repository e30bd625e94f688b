"""The costs of options: each is an export of its own, compared with the plain one."""

from __future__ import annotations

from typing import Any

from benchmarks import options
from lumber.exports.parsing import parse_config


def test_every_option_is_a_config_of_its_own() -> None:
    configs = {name: parse_config(options.config_of(option)) for name, option in options.OPTIONS.items()}
    assert len({config.hash for config in configs.values()}) == len(options.OPTIONS)
    assert configs[options.PLAIN] == parse_config(options.config_of({}))


def test_medians_are_compared_with_those_of_the_plain_export() -> None:
    def run(seconds: float, cpu: float) -> dict[str, Any]:
        sizes = {"peak_pss_bytes": 200_000_000, "output_bytes": 1_500_000, "rows_written": 990}
        return {"seconds": seconds, "cpu_seconds": cpu, **sizes}

    plain = [run(1, 2), run(2, 4), run(9, 9)]
    result = {"rows": 1_000, "options": [{"option": "plain", "runs": plain}]}
    result["options"].append({"option": "other", "runs": [run(3, 4), run(2.5, 5), run(4, 6)]})  # type: ignore[attr-defined]
    lines = options.table(result).splitlines()
    assert lines[0].startswith("1,000 log rows")
    assert lines[-2] == "| plain | 990 | 2.00 (1.00 to 9.00) | 4.0 | 200 | 1.5 | 1.00 | 1.00 |"
    assert lines[-1] == "| other | 990 | 3.00 (2.50 to 4.00) | 5.0 | 200 | 1.5 | 1.50 | 1.25 |"
