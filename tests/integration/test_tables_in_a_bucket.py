"""Tables in a bucket, made from the versions that lie there."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from pyiceberg.catalog.sql import SqlCatalog

import lumber
from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.naming import name_version
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Promises, Status
from lumber.destinations.publishing import publish
from lumber.destinations.registry import Probe, add_destination
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.commands import lumber as command
from tests.integration.datasets import execute
from tests.integration.destinations.servers import BUCKET, KEY, SECRET, Server, seaweed
from tests.integration.test_tables import NEW
from tests.integration.workers import fill_all, settings_for

PROMISES = Promises(True, True, True, True, True)


@pytest.mark.slow
def test_versions_in_a_bucket_become_tables_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows come from a bucket and go to one, each way through a library with threads of its own."""
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    fill_all(url, 60)
    settings = settings_for(url, tmp_path / "data")
    monkeypatch.setenv("LAKE_KEY", KEY)
    monkeypatch.setenv("LAKE_SECRET", SECRET)
    (tmp_path / "weed").mkdir()
    with seaweed(tmp_path / "weed") as weed:
        asyncio.run(_fill_lake(settings, weed))
        environment = {"LUMBER_DATABASE_URL": url, "LUMBER_DATA_DIR": tmp_path}
        for format in ("delta", "iceberg"):
            arguments = ("datasets", "to-table", "lake:plant", "--format", format, "--to", "lake")
            done = command(*arguments, **environment)
            assert done.returncode == 0, done.stderr
            assert "v2 (1.1.0) of logs: 10 rows appended." in done.stdout
            assert SECRET not in done.stdout + done.stderr
            assert "appended" not in command(*arguments, **environment).stdout
        environment = {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": weed.endpoint,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        wanted = lumber.open(f"s3://{BUCKET}/lumber/plant").to_polars("logs").sort("id")
        options = {**environment, "AWS_ALLOW_HTTP": "true"}
        of_delta = pl.read_delta(f"s3://{BUCKET}/lumber/plant/tables/delta/logs", storage_options=options)
        assert of_delta.sort("id").drop("split").equals(wanted)
        catalog = SqlCatalog(
            "lumber",
            uri=f"sqlite:///{tmp_path / 'iceberg.db'}",
            **{
                "s3.endpoint": weed.endpoint,
                "s3.access-key-id": KEY,
                "s3.secret-access-key": SECRET,
                "s3.region": "us-east-1",
            },
        )
        assert catalog.load_table(("plant", "logs")).scan().to_arrow().num_rows == wanted.height == 70
        catalog.close()


async def _fill_lake(settings: Settings, weed: Server) -> None:
    """Register the bucket, and publish two versions there."""
    variables = {"access_key_id": "LAKE_KEY", "secret_access_key": "LAKE_SECRET"}
    database = open_database(DatabaseUrl.parse(settings.effective_database_url))
    try:
        async with database.session() as session:
            lake = await add_destination(
                session,
                "lake",
                parse_address(f"s3://{BUCKET}/lumber"),
                DestinationOptions(endpoint=weed.endpoint),
                Credentials(Source.ENVIRONMENT, variables=variables),
                Probe(Status.OK, PROMISES, "", datetime.now(UTC)),
            )
    finally:
        await database.close()
    for number in (1, 2):
        config = ExportConfig(data_types=["logs"], output_format="parquet", dataset="plant", incremental=True)
        done = await DataExporter(config, settings=settings).export_data()
        published = publish(lake.open(), PROMISES, settings.effective_exports_dir / done.export_id, "plant")
        name_version(
            lake.open(),
            PROMISES,
            "plant",
            number=number,
            data_version=("1.0.0", "1.1.0")[number - 1],
            export_id=done.export_id,
            manifest_sha256=published.manifest_sha256,
        )
        execute(settings.effective_database_url, NEW)
