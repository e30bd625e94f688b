"""The names of shards, built and read: `logs/train-00000-of-00004.csv.gz`.

With folders for periods: `logs/train/date=2026-11-24/train-00000-of-00004.csv.gz`. Shards are numbered
through all folders of a split, so the numbers give the order of the rows and show a missing shard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from lumber.formats.compression import Compression
from lumber.formats.format import Format
from lumber.formats.periods import FOLDER_PATTERN
from lumber.formats.reading import Unreadable
from lumber.formats.registry import all_formats, built_in_formats

_NAME = re.compile(
    rf"(?P<kind>[^/]+)/(?:(?P<home>[^/]+)/(?P<folder>{FOLDER_PATTERN})/)?"
    r"(?P<split>[^/]+)-(?P<index>[0-9]{5,})-of-(?P<count>[0-9]{5,})(?P<suffix>\.[^/]+)"
)


@dataclass(frozen=True, slots=True)
class ShardName:
    """What a shard's path says. `kind` may also be a table that was made of a kind's rows.

    `folder` is that of the period of its rows; None without such folders.
    """

    kind: str
    split: str
    index: int
    count: int
    format: Format
    compression: Compression
    folder: str | None = None


def shard_path(kind: str, split: str, index: int, count: int, suffix: str, folder: str | None = None) -> str:
    """Return the path of a shard in its dataset. `folder` is that of the period of its rows."""
    name = f"{split}-{index:05d}-of-{count:05d}{suffix}"
    return f"{kind}/{name}" if folder is None else f"{kind}/{split}/{folder}/{name}"


def parse_shard_name(path: str) -> ShardName:
    """Read a shard's path. Raises Unreadable: it isn't the name of a shard, or of a format unknown here."""
    match = _NAME.fullmatch(path)
    if match is None or match["home"] not in (None, match["split"]):
        raise Unreadable("is not the name of a shard")
    format, compression = _lookup(match["suffix"])
    index, count = int(match["index"]), int(match["count"])
    return ShardName(match["kind"], match["split"], index, count, format, compression, match["folder"])


def format_of_file(name: str) -> tuple[Format, Compression]:
    """Return the format and the codec of a staged file by its name. Raises Unreadable if none has it.

    The codec is `none` for a format that compresses parts of its files: they tell it themselves.
    """
    places = [place for place, character in enumerate(name) if character == "."]
    return _lookup(*(name[place:] for place in places))


def _lookup(*suffixes: str) -> tuple[Format, Compression]:
    # Built-in formats first: to look for others takes time.
    for known in (_built_in_suffixes, _all_suffixes):
        for suffix in suffixes:
            if suffix in known():
                return known()[suffix]
    raise Unreadable(
        f"is of a format that is not installed here ({', '.join(_all_suffixes())}): install the package that "
        "adds it"
    )


@cache
def _built_in_suffixes() -> MappingProxyType[str, tuple[Format, Compression]]:
    return _suffixes(built_in_formats())


def _all_suffixes() -> MappingProxyType[str, tuple[Format, Compression]]:
    return _suffixes(all_formats().values())


def _suffixes(formats: Iterable[Format]) -> MappingProxyType[str, tuple[Format, Compression]]:
    return MappingProxyType(
        {
            format.extension(codec): (format, codec if format.is_whole_file else Compression.NONE)
            for format in formats
            for codec in format.codecs
        }
    )
