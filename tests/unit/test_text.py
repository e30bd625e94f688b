"""Counts in messages read well: one row, two rows."""

import re
from pathlib import Path

import pytest

import lumber
from lumber.text import counted

NOUNS = "rows|lines|exports|files|shards|problems|records|rejects|nulls|ids|fields"
# A number that is put before a plural whatever it is; names of constants say that they are never one.
BARE = re.compile(rf"\{{(?!_[A-Z])[^{{}}]*\}} (?:rejected |more |log )?(?:{NOUNS})\b(?!/)")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_000, "1,000 rows"), (-1, "-1 rows")]
)
def test_a_count_has_its_noun(count: int, text: str) -> None:
    assert counted(count, "row") == text


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(count, "anomaly", "anomalies") for count in (1, 2)] == ["1 anomaly", "2 anomalies"]


def test_no_message_puts_a_plural_after_a_number_that_may_be_one() -> None:
    assert BARE.search('f"{total:,} rows"')
    package = Path(lumber.__file__).parent
    found = [
        f"{path.relative_to(package)}: {match.group()}"
        for path in package.rglob("*.py")
        for match in BARE.finditer(path.read_text())
    ]
    assert found == []
