"""Known values go from worker to worker in files that only who holds the key can read."""

import pickle
from pathlib import Path

import pytest

from lumber.exports.helping.parcel import Own, read_parcel, write_parcel
from lumber.privacy.known import KnownValues
from lumber.privacy.sealed import sealed, unsealed
from tests.unit.privacy.rules import OTHER_KEY, rule

KNOWN = KnownValues(("zeusbox",), (("short", 2),), ("Alice7",))
FOUND = rule(finds_known=True, known=KNOWN)


def test_a_parcel_has_the_known_values_and_nobody_reads_them_in_it(tmp_path: Path) -> None:
    place = write_parcel({"rule": FOUND}, Own(tmp_path, privacy=FOUND))
    content = (tmp_path / place["file"]).read_bytes()
    assert b"zeusbox" not in content
    assert b"Alice7" not in content
    assert FOUND.key not in content
    assert b"zeusbox" in pickle.dumps(FOUND)
    helper = Own(tmp_path, privacy=rule(finds_known=True))
    assert read_parcel(place, helper) == {"rule": FOUND}


def test_a_rule_without_known_values_is_that_of_the_worker(tmp_path: Path) -> None:
    plain = rule(finds_known=True)
    place = write_parcel(plain, Own(tmp_path, privacy=plain))
    assert read_parcel(place, Own(tmp_path, privacy=plain)) == plain


def test_another_key_opens_nothing() -> None:
    assert sealed(FOUND) != sealed(FOUND)
    for other in (rule(key=OTHER_KEY), rule(context="Acme")):
        with pytest.raises(ValueError, match="under another key"):
            unsealed(other, sealed(FOUND))
