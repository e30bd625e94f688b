"""Each sample of the parsers' benchmark loads whole, so that its figure is that of its format."""

import pytest

from benchmarks.parser_samples import BASE, SAMPLES
from benchmarks.parsers import run, table


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_record_of_a_sample_loads(sample) -> None:
    result = run(50, 1, (SAMPLES[0], sample))
    assert SAMPLES[0].name == BASE
    assert f"| {sample.name} |" in table(result)
