"""Keys of a destination: made from hashes, and recognised strictly, because what matches may be deleted."""

import pytest

from lumber.destinations.layout import data_key, is_data_key, manifest_key, root_of, suffix_of
from lumber.errors import DatasetDamaged

SHA = "ab" + "0" * 62


@pytest.mark.parametrize(
    ("path", "suffix"),
    [
        ("logs/train-00000-of-00004.jsonl.gz", ".jsonl.gz"),
        ("README.md", ".md"),
        ("SHA256SUMS", ""),
        ("logs/date=2026-01-31/x.parquet", ".parquet"),
        ("a.b/c", ""),
        ("evil.../x", ""),
    ],
)
def test_a_key_keeps_the_suffix_of_the_path(path: str, suffix: str) -> None:
    assert suffix_of(path) == suffix
    key = data_key("plant", SHA, path)
    assert key == f"plant/data/ab/{SHA}{suffix}"
    assert is_data_key("plant", key)


@pytest.mark.parametrize(
    "key",
    [
        f"plant/data/{SHA}",
        f"plant/data/cd/{SHA}",
        f"plant/data/ab/{SHA}/more",
        f"plant/data/ab/{SHA}.tar.gz.old.bak",
        f"plants/data/ab/{SHA}",
        f"data/ab/{SHA}",
        "plant/manifests/x.json",
        f"plant/data/ab/{SHA}\n",
    ],
)
def test_other_keys_are_not_lumbers(key: str) -> None:
    assert not is_data_key("plant", key)


def test_what_a_manifest_claims_can_not_lead_elsewhere() -> None:
    with pytest.raises(DatasetDamaged):
        data_key("plant", "../../x", "a.csv")
    for name in ("../x", "a/b", "", ".x"):
        with pytest.raises(ValueError, match="can't be a part of a key"):
            manifest_key("plant", name)
        with pytest.raises(ValueError, match="can't be a part of a key"):
            root_of(name)
    assert root_of(None) == "exports"
