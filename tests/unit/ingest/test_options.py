"""Options of a load that are checked before anything is read."""

import pytest

from lumber.errors import ConfigError
from lumber.ingest.options import check_year


@pytest.mark.parametrize("year", [0, 24, 1969, 2201, 20240])
def test_an_unlikely_year_is_refused_with_the_allowed_ones(year) -> None:
    with pytest.raises(ConfigError, match="1970 to 2200"):
        check_year(year)


@pytest.mark.parametrize("year", [None, 1970, 2024, 2200])
def test_a_likely_year_is_taken(year) -> None:
    assert check_year(year) == year
