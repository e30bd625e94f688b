"""Finds the reader of an address: one of ours, or one that an installed package adds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from lumber.errors import ConfigError, LumberError, SourceUnfit
from lumber.sources.address import SourceAddress, refused
from lumber.sources.interface import ENTRY_POINTS, Opens, Reader, ReaderOptions

# Where the reader of a scheme is, the addresses that it takes, and what installs what it needs.
_OURS: dict[str, tuple[str, str, str | None]] = {
    "collected": (
        "lumber.sources.readers.database:open_collected",
        "collected+postgresql://USER@HOST/NAME",
        None,
    ),
    "mysql": ("lumber.sources.readers.mysql:MySqlReader", "mysql://USER@HOST/NAME", "mysql"),
    "mariadb": ("lumber.sources.readers.mysql:MySqlReader", "mariadb://USER@HOST/NAME", "mysql"),
    "elasticsearch": (
        "lumber.sources.readers.search:SearchReader",
        "elasticsearch+https://USER@HOST:PORT",
        None,
    ),
    "opensearch": ("lumber.sources.readers.search:SearchReader", "opensearch+https://USER@HOST:PORT", None),
    "folder": ("lumber.sources.readers.folder:FolderReader", "folder:///PATH", "duckdb"),
    "s3": ("lumber.sources.readers.bucket:BucketReader", "s3://KEY_ID@BUCKET/PREFIX", "duckdb"),
}


def known_addresses() -> tuple[str, ...]:
    """Return the forms of addresses that sources have, those of installed packages included."""
    ours = tuple(dict.fromkeys(form for _, form, _ in _OURS.values()))
    added = sorted(point.name for point in entry_points(group=ENTRY_POINTS) if point.name not in _OURS)
    return (
        "postgresql://USER@HOST/NAME",
        "sqlite:///FILE",
        *ours,
        *(f"{name}://..." for name in added),
    )


def is_ours(address: SourceAddress) -> bool:
    """Say whether a reader of this program reads the address."""
    return address.name in _OURS


def require_reader(address: SourceAddress) -> None:
    """Raise ConfigError if nothing reads the addresses of this scheme. Nothing is loaded."""
    if address.name not in _OURS and _added(address.name) is None:
        raise refused(f"{address.scheme[:32]!r} is not a kind of source", known_addresses())


def open_reader(address: SourceAddress, options: ReaderOptions) -> Reader:
    """Open a source. Raises ConfigError, SourceUnfit if a library is missing, or SourceFailed."""
    require_reader(address)
    opens = _load(address)
    with _translated(address.name):
        return opens(address, options)


def _load(address: SourceAddress) -> Opens:
    if address.name in _OURS:
        place, _, extra = _OURS[address.name]
        module, _, name = place.partition(":")
        try:
            found: Opens = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("lumber"):
                raise
            raise SourceUnfit(
                f"Sources of {address.name} need {error.name}, which isn't installed. Install it on every "
                f'machine that reads the source: pip install "lumber[{extra}]"'
            ) from None
        return found
    point = _added(address.name)
    assert point is not None
    with _translated(address.name):
        loaded: Opens = point.load()
        return loaded


def _added(scheme: str) -> EntryPoint | None:
    return next(iter(entry_points(group=ENTRY_POINTS, name=scheme)), None)


@contextmanager
def _translated(scheme: str) -> Iterator[None]:
    """Turn what a package raises that knows nothing of our errors into SourceUnfit."""
    try:
        yield
    except (LumberError, ConfigError):
        raise
    except Exception as error:
        text = str(error).strip().splitlines()
        shown = text[0] if text else type(error).__name__
        raise SourceUnfit(f"The reader of {scheme} can't be used: {shown}") from error
