"""What a service answers is read into the dataclasses of this version."""

from datetime import UTC, datetime

import pytest

from lumber.errors import RemoteError
from lumber.remote.client import Client
from lumber.remote.named_datasets import _DETAILS, _LIST

_VERSION = {
    "version": "v12",
    "number": 12,
    "data_version": "1.11.0",
    "export_id": "1c4b6a0e",
    "path": None,
    "rows": 5,
    "added": 5,
    "changed": 0,
    "removed": 0,
    "state": "published",
    "reason": None,
    "tags": ["production"],
    "parent": None,
    "is_incremental": True,
    "created_at": "2026-11-29T02:00:41Z",
    "kinds": {"logs": {"mode": "append"}},
}
_NAMED = {"name": "plant", "keep_last": 30, "keep_days": None, "created_at": "2026-11-01T02:00:00Z"}


def test_a_version_is_read_as_the_dataclass_of_the_ledger() -> None:
    client = Client("http://127.0.0.1:9")
    given = {**_NAMED, "dataset_id": "", "owner_id": None, "versions": [{**_VERSION, "later": 1}], "later": 1}
    found = client.read_as(_DETAILS, given)
    assert found.versions[0].tags == ("production",)
    assert found.versions[0].created_at == datetime(2026, 11, 29, 2, 0, 41, tzinfo=UTC)
    assert found.latest is found.versions[0]
    listed = client.read_as(_LIST, [{**_NAMED, "versions": 1, "held": 0, "latest": _VERSION}])
    assert [each.as_json() for each in listed] == [found.as_json()]


def test_an_answer_of_another_form_is_an_error_in_words() -> None:
    client = Client("http://127.0.0.1:9")
    client.connection.waits = ()
    with pytest.raises(RemoteError, match=r"can't read \(0\.latest\.rows\)"):
        client.read_as(_LIST, [{**_NAMED, "versions": 1, "held": 0, "latest": {**_VERSION, "rows": "many"}}])
