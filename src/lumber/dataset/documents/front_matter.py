"""The front matter of the card, which the Hugging Face Hub and `datasets.load_dataset(folder, name)` read.

Parquet and Arrow files have types. For text formats the front matter names them: a reader that guesses turns
the device "007" into the number 7, and gives every JSON object the keys of all others. It also names the
splits: a reader that guesses finds words such as `test` anywhere in a path.
"""

from __future__ import annotations

import pyarrow as pa

from lumber.catalog.kind import is_json_field
from lumber.dataset.documents.contents import Contents, Table
from lumber.formats import OutputFormat
from lumber.formats.options import TEXT_FORMATS

_TIME = "timestamp[us, tz=UTC]"
_NAMES = {pa.float64(): "float64", pa.timestamp("us", "UTC"): _TIME}
_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")


def front_matter(contents: Contents) -> list[str]:
    """Return its lines. They say only what is known: the owner of the data and its language aren't."""
    tables = contents.tables
    lines = ["---", "license: unknown", "pretty_name: Lumber export"]
    if tables:
        lines += ["size_categories:", f"- {size_category(sum(table.rows for table in tables))}"]
    lines += ["tags:", "- lumber", *(f"- {name}" for name in contents.kinds)]
    lines += ["configs:"] if tables else ["configs: []"]
    for table in tables:
        lines += [f"- config_name: {table.name}", "  data_files:"]
        for split in table.shards:
            lines += [f"  - split: {split}", f"    path: {table.name}/{split}-*{contents.suffix}"]
        lines += _reading(table, contents.output_format)
    return [*lines, "---"]


def size_category(rows: int) -> str:
    """Return the Hub's name for a number of rows."""
    if rows < 1_000:
        return "n<1K"
    place = (len(str(rows)) - 1) - 3
    return f"{_SIZES[place]}<n<{_SIZES[place + 1]}" if place + 1 < len(_SIZES) else "n>1T"


def _reading(table: Table, output_format: OutputFormat) -> list[str]:
    """Return the options of the reader that `datasets` picks for the format."""
    if output_format not in TEXT_FORMATS:
        return []
    lines = ["  field: data"] if output_format is OutputFormat.JSON else []
    if output_format is OutputFormat.CSV:
        # An empty cell is null; the texts NA, null and None are texts.
        lines += ["  keep_default_na: false", "  na_values: ['']", "  float_precision: round_trip"]
    lines += ["  features:"]
    for field in table.schema:
        if output_format is OutputFormat.CSV:
            type_ = _csv_type(field.type, has_nulls=field.name in table.has_nulls)
        else:
            type_ = "json" if is_json_field(field) else _NAMES.get(field.type, str(field.type))
        lines += [f"  - name: {field.name}", f"    dtype: {type_}"]
    return lines


def _csv_type(type_: pa.DataType, *, has_nulls: bool) -> str:
    """Return the type under which pandas, which reads the CSV for `datasets`, loses nothing.

    It has no time zone at this place and no whole number beside a null: times stay text, small numbers
    with nulls are floats, and large ones with nulls, which a float would round, stay text.
    """
    if pa.types.is_timestamp(type_):
        return "string"
    if pa.types.is_integer(type_) and has_nulls:
        return "float64" if type_.bit_width <= 32 else "string"
    return _NAMES.get(type_, str(type_))
