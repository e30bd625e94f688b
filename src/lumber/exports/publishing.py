"""Publishes the dataset of an export to the destination of its config, and says where results go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from lumber.destinations.layout import root_of
from lumber.destinations.publishing import Publication, publish
from lumber.destinations.registry import Destination, find_destination, list_destinations
from lumber.errors import ConfigError, DestinationNotFound, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.store.models import ExportPublication


async def destination_of(session: AsyncSession, name: str) -> Destination:
    """Return the destination that a config names. Raises ConfigError that lists those that exist."""
    try:
        return await find_destination(session, name)
    except DestinationNotFound:
        known = tuple(each.name for each in await list_destinations(session))
        message = f"there is no destination {name!r}"
        if not known:
            message += ". Register one: lumber destination add NAME URL"
        raise ConfigError([FieldProblem("destination", name, message, known)]) from None


async def address_of(session: AsyncSession, config: ExportConfig) -> str | None:
    """Return the address that an export is published to, with its root; None without a destination.

    Raises ConfigError for a destination that doesn't exist.
    """
    if config.destination is None:
        return None
    return (await destination_of(session, config.destination)).address.below(root_in(config))


def root_in(config: ExportConfig) -> str:
    """Return the root of an export in its destination."""
    return root_of(getattr(config, "dataset", None))


def publish_export(
    destination: Destination,
    config: ExportConfig,
    folder: Path,
    umask: int,
    on_percent: Callable[[float], None],
    is_cancelled: Callable[[], bool],
) -> Publication:
    """Publish the dataset in a folder. Blocks. Raises ExportCancelled, DatasetDamaged or DestinationError."""

    def tell(done: int, total: int) -> None:
        on_percent(100.0 if not total else 1_000 * done // total / 10)

    return publish(
        destination.open(umask=umask),
        destination.promises,
        folder,
        root_in(config),
        on_progress=tell,
        is_cancelled=is_cancelled,
    )


def publication_row(name: str, made: Publication) -> ExportPublication:
    """Return the ledger's row of a publication."""
    return ExportPublication(
        export_id=made.export_id,
        destination=name,
        url=made.url,
        root=made.root,
        manifest_sha256=made.manifest_sha256,
        not_promised=list(made.not_promised),
        files=made.files,
        size_bytes=made.size_bytes,
        uploaded_files=made.uploaded_files,
        uploaded_bytes=made.uploaded_bytes,
    )
