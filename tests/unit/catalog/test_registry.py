"""The registry finds the built-in kinds and those of other packages, and no name twice."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Any

import pyarrow as pa
import pytest

from lumber.catalog import registry
from lumber.catalog.kind import Kind, Leader, required
from lumber.catalog.kinds import logs
from lumber.errors import ConfigError

assert logs.KIND.labels_from is not None
LABELS = logs.KIND.labels_from


@pytest.fixture
def fresh_registry() -> Iterator[None]:
    registry.built_in_kinds.cache_clear()
    yield
    registry.built_in_kinds.cache_clear()


class FakeEntryPoint:
    """What another package would install."""

    value = "elsewhere:KIND"

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def load(self) -> Kind:
        return self._kind


def install(monkeypatch: pytest.MonkeyPatch, name: str) -> Kind:
    kind = replace(registry.get_kind("logs"), name=name)

    def entry_points(*, group: str) -> list[EntryPoint | FakeEntryPoint]:
        assert group == "lumber.kinds"
        return [FakeEntryPoint(kind)]

    registry.built_in_kinds.cache_clear()
    monkeypatch.setattr(registry, "entry_points", entry_points)
    return kind


def test_built_in_kinds_are_found_in_reading_order() -> None:
    assert list(registry.all_kinds())[:3] == ["logs", "anomalies", "ips"]
    assert all(kind.name == name for name, kind in registry.all_kinds().items())


def test_an_unknown_kind_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigError) as caught:
        registry.get_kind("nothing")
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("data_types", "nothing")
    assert problem.allowed == tuple(registry.all_kinds())


@pytest.mark.usefixtures("fresh_registry")
def test_another_package_adds_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = install(monkeypatch, "alerts")
    assert registry.get_kind("alerts") is kind
    assert list(registry.all_kinds()) == ["logs", "anomalies", "ips", "alerts"]


@pytest.mark.usefixtures("fresh_registry")
def test_a_name_that_is_taken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "ips")
    with pytest.raises(ValueError, match=r"two kinds are named 'ips'.*elsewhere:KIND"):
        registry.all_kinds()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"message_column": "text"}, "message_column names 'text'"),
        ({"device_column": "device"}, "device_column names 'device'"),
        ({"schema": pa.schema([required("id", pa.int64())])}, "message_column names 'message'.* schema"),
        ({"leader": Leader("id", "lines")}, "leader names 'lines', which is not a kind"),
        (
            {"labels_from": replace(LABELS, kind="findings")},
            "labels_from names 'findings', which is not a kind",
        ),
        (
            {"labels_from": replace(LABELS, score_column="p")},
            "labels_from names 'p', not a column of anomalies",
        ),
    ],
)
def test_a_kind_that_names_what_does_not_exist_is_refused(changes: dict[str, Any], wrong: str) -> None:
    kinds = {**registry.all_kinds(), "alerts": replace(logs.KIND, name="alerts", **changes)}
    with pytest.raises(ValueError, match=f"kind 'alerts': {wrong}"):
        registry.check_kinds(kinds)
