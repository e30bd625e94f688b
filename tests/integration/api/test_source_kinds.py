"""A data type that the mapping of a source declares is described, previewed and exported over HTTP."""

from typing import Any

from fastapi.testclient import TestClient

from lumber.settings import Settings
from lumber.sources.adding import keep, register
from lumber.sources.mapping import parse_mapping
from lumber.sources.password import Password
from lumber.store.url import DatabaseUrl
from tests.integration.ledgers import with_database
from tests.integration.sources.public_schemas import BUILD_MAPPING, add_builds, make_builds

CONFIG: dict[str, Any] = {"data_types": ["ci_runs"], "source": "PLANT", "filters": {"result": ["failure"]}}


def test_a_declared_kind_over_http(client: TestClient, settings: Settings, empty_sqlite_url: str) -> None:
    make_builds(empty_sqlite_url)
    add_builds(empty_sqlite_url, 1, 210)

    async def prepare(database: Any) -> None:
        await register(database, "plant", DatabaseUrl.parse(empty_sqlite_url), Password())
        await keep(database, "plant", parse_mapping(BUILD_MAPPING))

    with_database(settings.database_url, prepare)
    (described,) = client.get("/api/v1/sources/plant/datasets").json()
    assert (described["kind"], described["is_built_in"], described["title"]) == ("ci_runs", False, "CI runs")
    assert {"name": "label", "type": "int8"}.items() <= described["columns"][-1].items()
    assert [each["name"] for each in described["filters"]][:4] == ["id", "timestamp", "number", "builder"]
    mapping = client.get("/api/v1/sources/plant").json()["mappings"]["ci_runs"]
    assert mapping["declares"]["fields"][0] == {"name": "number", "type": "integer", "min": 1}

    shown = client.post("/api/v1/export/preview", json=CONFIG)
    assert shown.status_code == 200, shown.text
    assert shown.json()["kinds"]["ci_runs"]["rows"] == 60
    made = client.post("/api/v1/export/", json=CONFIG)
    assert made.status_code == 200, made.text
    listed = client.get("/api/v1/export/").json()
    assert listed[0]["export_config"]["data_types"] == ["ci_runs"]
    for changes, field in (
        ({"filters": {"speed": 1}}, "filters.speed"),
        ({"source": None}, "data_types"),
        ({"data_types": ["ci_run"]}, "data_types"),
        ({"templates": True}, "templates"),
    ):
        refused = client.post("/api/v1/export/", json={**CONFIG, **changes})
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["field"] == field
    # Nobody else has come to know the data type.
    assert "ci_runs" not in [each["kind"] for each in client.get("/api/v1/datasets").json()]
