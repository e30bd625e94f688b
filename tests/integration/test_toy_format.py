"""Another package adds an output format with one module: export, verify, open, diff and the card know it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import lumber
from lumber.errors import DatasetDamaged
from lumber.formats import all_formats, get_format
from tests.acceptance.exporting import export, fill_with_sample
from tests.integration.toy_package import Installation, install, on_path

BUDGET_REASON = "Every command runs as it is installed, with a format of another package."

MODULE = '''
"""ORC files, as an example of a format from outside."""

from collections.abc import Iterator

import pyarrow as pa

from lumber.formats import Compression, Format, WriteOptions
from lumber.formats.columnar import ColumnarShard
from lumber.formats.reading import ShardReader, arrow_types
from lumber.formats.sink import HashingFile


class OrcShard(ColumnarShard):
    """Writes one ORC file."""

    def __init__(self, sink: HashingFile, schema: pa.Schema, options: WriteOptions) -> None:
        from pyarrow import orc

        super().__init__(sink, schema)
        codec = "uncompressed" if options.compression is Compression.NONE else options.compression.value
        with self._valve.opened():
            self._encoder = orc.ORCWriter(self._valve.file, compression=codec)

    def _write_group(self, group: pa.RecordBatch) -> None:
        self._encoder.write(pa.Table.from_batches([group]))

    def _close_encoder(self) -> None:
        self._encoder.close()


class OrcReader(ShardReader):
    """Reads one ORC file, whose types are wider than those of the record: all times have nanoseconds."""

    def _batches(self) -> Iterator[pa.RecordBatch]:
        from pyarrow import orc

        file = orc.ORCFile(self._file)
        self._require_columns(file.schema.names, [field.name for field in self._fields])
        types = arrow_types(self._chosen)
        for number in range(file.nstripes):
            stripe = file.read_stripe(number, columns=list(types))
            columns = [stripe.column(name).cast(type_) for name, type_ in types.items()]
            yield pa.RecordBatch.from_arrays(columns, list(types))


FORMAT = Format(
    name="orc",
    title="ORC",
    suffix=".orc",
    media_type="application/vnd.apache.orc",
    writer=OrcShard,
    reader=OrcReader,
    codecs=(Compression.NONE, Compression.ZSTD),
    usual_codec=Compression.ZSTD,
    opening=("import pandas", 'frame = pandas.read_orc("PATH/{table}/train-00000-of-00001{suffix}")'),
    card_note=("ORC has no time zones: times are UTC.",),
    limitation="ORC keeps no time before 1677.",
)
'''
ROWS = 300
TRAINING = {
    "split": "time",
    "labels": True,
    "templates": True,
    "sequences": True,
    "data_types": ["logs", "anomalies"],
}
CONFIGS: dict[str, dict[str, Any]] = {
    "plain": {"data_types": ["logs", "anomalies", "ips"], "compression": True},
    "training": TRAINING,
    "private": {**TRAINING, "order": "shuffle", "privacy": True},
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installed package with nothing in it but the format."""
    folder = tmp_path_factory.mktemp("toy") / "packages"
    return install(folder, "toy_orc", MODULE, {"lumber.formats": {"orc": "FORMAT"}})


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Sample rows."""
    address = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'rows.db'}"
    fill_with_sample(address, ROWS)
    return address


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of private exports."""
    monkeypatch.setenv("LUMBER_PRIVACY_KEY", "9f4c1e7ab2d85036cc17f0e9a45b38d1")


@pytest.fixture(scope="module")
def plain(package: Path, url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logs in the new format, which tests only read."""
    return exported(package, url, tmp_path_factory.mktemp("plain") / "out", {"data_types": ["logs"]})


def exported(package: Path, url: str, folder: Path, config: dict[str, Any]) -> Path:
    """Export in the new format, in processes of their own."""
    file = folder.with_name("config.json")
    file.write_text(json.dumps({"output_format": "orc", **config}))
    Installation(package, url).run("export", "--config", file, "--output", folder, code=0)
    return folder


# What is private is made for training too.
@pytest.mark.parametrize("name", ["plain", pytest.param("training", marks=pytest.mark.slow), "private"])
def test_a_format_of_another_package_holds_what_a_built_in_one_holds(
    package: Path, url: str, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = CONFIGS[name]
    folder = exported(package, url, tmp_path / "out", config)
    export(url, tmp_path / "parquet", kinds=config["data_types"], output_format="parquet", **rest(config))
    with on_path(package, monkeypatch):
        found, expected = lumber.open(folder), lumber.open(tmp_path / "parquet")
        assert found.kinds == expected.kinds
        for kind in expected.kinds:
            assert found.splits(kind) == expected.splits(kind)
            table = found.to_arrow(kind)
            assert table.num_rows == sum(found.splits(kind).values()) > 0
            assert table.equals(expected.to_arrow(kind))
        report = found.verify()
        assert report.problems == []
        assert report.rows["logs"] == found.to_polars("logs").height
        changed = lumber.diff(tmp_path / "parquet", folder)
        assert all(kind.is_same for kind in changed.kinds.values())
        assert changed.config["output_format"] == ("parquet", "orc")
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    assert {Path(file["path"]).suffix for file in listed if file["kind"]} == {".orc"}


def rest(config: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name != "data_types"}


def test_the_documents_say_how_to_open_it(plain: Path) -> None:
    card = (plain / "README.md").read_text()
    # `datasets` has no reader of it: nothing may tell the Hub to use one.
    assert yaml.safe_load(card.split("---")[1])["configs"] == []
    assert "load_dataset" not in card
    assert 'lumber.open("PATH").to_polars("logs")' in card
    assert 'pandas.read_orc("PATH/logs/train-00000-of-00001.orc")' in card
    assert "ORC has no time zones" in card
    assert "ORC keeps no time before 1677." in card
    croissant = json.loads((plain / "croissant.json").read_text())
    types = {item["@id"]: item["encodingFormat"] for item in croissant["distribution"]}
    assert types["logs-files"] == ["application/vnd.apache.orc"]
    shards = [file for file in types if file.endswith(".orc")]
    assert shards
    assert all(types[shard] == ["application/vnd.apache.orc"] for shard in shards)
    assert types["quality_report.json"] == ["application/json"]
    contract = yaml.safe_load((plain / "datacontract.yaml").read_text())
    (server,) = contract["servers"]
    assert (server["format"], server["path"]) == ("orc", "./logs/*.orc")


def test_without_the_package_its_datasets_are_an_error_and_not_empty(plain: Path) -> None:
    with pytest.raises(DatasetDamaged, match="install the package"):
        lumber.open(plain).to_polars()
    with pytest.raises(DatasetDamaged, match="install the package"):
        lumber.diff(plain, plain)
    problems = [found.problem for found in lumber.open(plain).verify().problems]
    assert problems
    assert all("install the package" in problem for problem in problems)


def test_an_unknown_format_is_refused_with_those_that_are_installed(
    package: Path, url: str, tmp_path: Path
) -> None:
    installed = Installation(package, url)
    arguments = ["-d", "logs", "--output", tmp_path / "out", "--format"]
    (field,) = installed.run("export", *arguments, "xls", code=3)["error"]["fields"]
    assert field["field"] == "output_format"
    assert field["allowed"] == ["json", "jsonl", "csv", "parquet", "arrow", "orc"]
    (field,) = installed.run("export", *arguments, "orc", "--compression", "gzip", code=3)["error"]["fields"]
    assert field["field"] == "compression"


@pytest.fixture
def offered(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A package that offers a format which differs from the toy in one place."""
    old, new = request.param
    module = MODULE.replace(old, new)
    package = install(tmp_path / "packages", "toy_same", module, {"lumber.formats": {"same": "FORMAT"}})
    with on_path(package, monkeypatch):
        yield


@pytest.mark.parametrize(
    "offered", [('name="orc"', 'name="csv"'), ('suffix=".orc"', 'suffix=".csv"')], indirect=True
)
@pytest.mark.usefixtures("offered")
def test_two_formats_of_one_name_or_suffix_are_refused() -> None:
    with pytest.raises(ValueError, match="toy_same:FORMAT"):
        all_formats()
    assert get_format("csv").title == "CSV"
