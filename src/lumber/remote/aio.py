"""`lumber.connect_async(...)`: the same for programs with an event loop, which it never blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumber.errors import LumberError
from lumber.exports.history import HistoryQuery
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import Naming
from lumber.exports.progress import ExportProgress
from lumber.exports.status import ENDED
from lumber.remote.client import Client, completed
from lumber.remote.library import RemoteService, connect

if TYPE_CHECKING:
    from types import TracebackType

    from lumber.dataset.open import Dataset
    from lumber.exports.config import ExportConfig

# Between two looks at an export: the first ones come soon, because small exports are quick.
_FIRST_LOOK_SECONDS, _LONGEST_LOOK_SECONDS = 0.1, 2.0


class AsyncRemoteService:
    """A service at another address, as `RemoteService`, with methods to await.

    Calls run in threads. A cancelled `export` cancels the export at the service.
    """

    def __init__(self, service: RemoteService) -> None:
        self._service = service

    async def __aenter__(self) -> AsyncRemoteService:
        return self

    async def __aexit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"Async{self._service!r}"

    @property
    def client(self) -> Client:
        """The other calls. They block."""
        return self._service.client

    async def close(self) -> None:
        """Close the connection."""
        await asyncio.to_thread(self._service.close)

    async def export(
        self,
        config: ExportConfig | Mapping[str, Any],
        *,
        output: str | Path | None = None,
        name: str | None = None,
        tags: Sequence[str] = (),
        note: str | None = None,
        on_progress: Callable[[ExportProgress], None] | None = None,
    ) -> Dataset:
        """Export rows at the service, download the dataset and return it, as `RemoteService.export`.

        `on_progress` is called on the event loop.
        """
        create = self._service.creation(config, output, Naming.checked(name, tags, note))
        try:
            export_id = await asyncio.to_thread(create)
            await self._ended(export_id, on_progress)
        except asyncio.CancelledError:
            # The thread may not have got its answer.
            await asyncio.shield(asyncio.to_thread(self._cancel, create))
            raise
        return await self.open(export_id, output=output)

    async def open(self, place: str, *, output: str | Path | None = None) -> Dataset:
        """Download a dataset of the service and open it, as `RemoteService.open`."""
        return await asyncio.to_thread(self._service.open, place, output=output)

    async def exports(self, query: HistoryQuery | None = None) -> Sequence[ExportMetadata]:
        """Return the exports of the service that match a search, as `RemoteService.exports`."""
        return await asyncio.to_thread(self._service.exports, query)

    async def _ended(self, export_id: str, on_progress: Callable[[ExportProgress], None] | None) -> None:
        """Wait until an export has ended. Raises the error of a failed one, or ExportCancelled."""
        wait = _FIRST_LOOK_SECONDS
        while True:
            export = await asyncio.to_thread(self.client.state, export_id)
            if on_progress is not None:
                progress = await asyncio.to_thread(self.client.progress, export_id)
                if progress is not None:
                    on_progress(progress)
            if export.status in ENDED:
                completed(export)
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_LOOK_SECONDS)

    def _cancel(self, create: Callable[[], str]) -> None:
        try:
            self.client.cancel(create())
        except LumberError:
            # It has ended, or the service is gone; the cancelled task has nobody to tell.
            return


def connect_async(
    server: str | None = None, key: str | None = None, *, ca_file: str | Path | None = None
) -> AsyncRemoteService:
    """Return the same service as `connect`, with methods to await.

    >>> async with lumber.connect_async("https://lumber.example.org") as service:
    ...     ds = await service.export({"data_types": ["logs"], "output_format": "parquet"})
    """
    return AsyncRemoteService(connect(server, key, ca_file=ca_file))
