"""TemplateTable: the templates as a file."""

import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumber.errors import ConfigError
from lumber.steps.templates import TEMPLATE_SCHEMA, TemplateOptions, TemplateTable
from lumber.steps.templates.table import DESCRIPTIONS
from tests.unit.steps.templates.mining import mine

MESSAGES = [
    "",
    "from 10.0.0.1 port 22",
    "from 10.0.0.2 port 23",
    "job a done",
    "job b done",
    "x <*>\x01 日本",
]


@pytest.mark.parametrize(
    "options",
    [
        TemplateOptions(),
        TemplateOptions(masks=("ip",), max_distinct=2),
        TemplateOptions(custom_masks=(("job", "job [a-z]"),), keep=("日本", "done")),
    ],
)
def test_a_table_is_the_same_after_a_way_through_a_file(options: TemplateOptions, tmp_path: Path):
    table = mine(MESSAGES, options)
    arrow = table.to_arrow()
    arrow.validate(full=True)
    assert arrow.schema.remove_metadata() == TEMPLATE_SCHEMA
    pq.write_table(arrow, tmp_path / "templates.parquet")
    assert TemplateTable.from_arrow(pq.read_table(tmp_path / "templates.parquet")) == table
    assert pickle.loads(pickle.dumps(table)) == table


def test_a_table_says_what_its_slots_are():
    row = mine(MESSAGES[1:3]).to_arrow().to_pylist()[0]
    assert row["template"] == "from <ip> port <num>"
    assert row["slots"] == ["ip", "num"]
    assert row["count"] == 2
    assert set(row) == set(DESCRIPTIONS)


def test_no_value_of_a_message_is_in_the_table():
    arrow = mine(["login of 10.1.2.3 with 4711", "login of 10.1.2.4 with 4712"]).to_arrow()
    assert "10.1.2" not in str(arrow.to_pylist())
    assert "471" not in str(arrow.to_pylist())


def test_another_table_is_refused():
    arrow = mine(MESSAGES).to_arrow()
    with pytest.raises(ConfigError, match="is not a template table"):
        TemplateTable.from_arrow(pa.table({"template": ["a"]}))
    with pytest.raises(ConfigError, match="is not a template table"):
        TemplateTable.from_arrow(arrow.replace_schema_metadata({}))
    metadata = {b"lumber.templates": b'{"masks": ["ip"], "version": 99}'}
    with pytest.raises(ConfigError, match="masks of version 99"):
        TemplateTable.from_arrow(arrow.replace_schema_metadata(metadata))
    column = pa.array(["changed"] * len(arrow), pa.string())
    with pytest.raises(ConfigError, match="are not those of its templates"):
        TemplateTable.from_arrow(arrow.set_column(1, arrow.schema.field(1), column))


def test_a_table_without_custom_masks_of_the_version_before_is_read() -> None:
    table = mine(MESSAGES)
    old = {b"lumber.templates": b'{"masks": ["uuid", "mac", "ip", "time", "num", "hex"], "version": 1}'}
    assert TemplateTable.from_arrow(table.to_arrow().replace_schema_metadata(old)) == table
