"""The front matter of the card, which the Hugging Face Hub and `datasets.load_dataset(folder, name)` read.

If files don't carry their types, the front matter names them: a reader that guesses turns the device "007"
into the number 7, and gives every JSON object the keys of all others. It also names the splits: a reader that
guesses finds words such as `test` anywhere in a path.
"""

from __future__ import annotations

from lumber.dataset.documents.contents import Contents, Table
from lumber.formats.format import HubLoader

_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")


def front_matter(contents: Contents) -> list[str]:
    """Return its lines. They say only what is known: the owner of the data and its language aren't."""
    tables = contents.tables
    lines = ["---", "license: unknown", "pretty_name: Lumber export"]
    if tables:
        lines += ["size_categories:", f"- {size_category(sum(table.rows for table in tables))}"]
    lines += ["tags:", "- lumber", *(f"- {name}" for name in contents.kinds)]
    hub = contents.format.hub
    if hub is None or not tables:
        return [*lines, "configs: []", "---"]
    lines += ["configs:"]
    for table in tables:
        lines += [f"- config_name: {table.name}", "  data_files:"]
        for split in table.shards:
            folders = table.folders.replace("*", split, 1)
            path = f"{table.name}/{folders}{split}-*{contents.suffix}"
            lines += [f"  - split: {split}", f"    path: {path}"]
        lines += _reading(table, hub)
    return [*lines, "---"]


def size_category(rows: int) -> str:
    """Return the Hub's name for a number of rows."""
    if rows < 1_000:
        return "n<1K"
    place = (len(str(rows)) - 1) - 3
    return f"{_SIZES[place]}<n<{_SIZES[place + 1]}" if place + 1 < len(_SIZES) else "n>1T"


def _reading(table: Table, hub: HubLoader) -> list[str]:
    """Return the options of the reader that `datasets` picks for the format."""
    lines = [f"  {name}: {value}" for name, value in hub.options.items()]
    if hub.feature_type is None:
        return lines
    lines += ["  features:"]
    for field in table.schema:
        type_ = hub.feature_type(field, field.name in table.has_nulls)
        lines += [f"  - name: {field.name}", f"    dtype: {type_}"]
    return lines
